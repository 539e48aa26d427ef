// What links answer to what was asked of them, and what becomes of it.
#include <algorithm>
#include <utility>

#include "proto/format/limits.h"
#include "relay/federation/pulls.h"

namespace tamizdat::federation {

using sync::BlobPart;
using sync::BlobRun;

namespace {

bool begins_with(const BlobRun& asked, const BlobRun& answer) {
  return asked.blob == answer.blob && asked.part == answer.part && asked.first == answer.first &&
         answer.count <= asked.count;
}

}  // namespace

// Takes the run off what the link was asked first.
Result<Pulls::Answered> Pulls::answered(LinkNumber number, const BlobRun& run, env::MonotonicTime now) {
  const auto found = links_.find(number);
  if (found == links_.end()) return fail(kBlobUnasked, "the link has ended");
  Link& link = found->second;
  if (link.asked.empty() || !begins_with(link.asked.front().run, run))
    return fail(kBlobUnasked, "the peer sends blocks of attachment " + run.blob.text() + " that were not asked of it now");
  if (std::exchange(link.silent, false))
    for (auto& each : link.asked)
      if (now - each.at < kOverdueMax) ask_after_all(number, link, each);
  const bool was_given_up = link.asked.front().given_up;
  BlobRun& asked = link.asked.front().run;
  asked.first += run.count;
  asked.count -= run.count;
  link.asked_blocks -= run.count;
  if (asked.count == 0) {
    link.asked.pop_front();
    if (!was_given_up) no_longer_asked(run.blob);
  }
  link.answered_at = now;
  if (const auto wanted = wanted_.find(run.blob); wanted != wanted_.end()) wanted->second.reset();
  return Answered{link, was_given_up};
}

Result<Pulls::Taken> Pulls::on_block(LinkNumber number, sync::BlobBlock block, env::MonotonicTime now) {
  const auto answer = answered(number, block.run, now);
  if (!answer) return pass(answer);
  Link& link = answer->link;
  Active* const active = find_active(block.run.blob);
  link.window = std::min(link.window + 1, sync::kBlobBlocksAskedMax);
  if (active == nullptr) return Taken{};
  active->servers.insert(number);
  if (block.run.part == BlobPart::kLeaves) return take_leaves(*active, number, link, std::move(block));
  if (active->stage != Stage::kContent) return Taken{};
  const Block state = active->blocks[static_cast<std::size_t>(block.run.first)];
  if (state == Block::kArrived || state == Block::kHeld) return Taken{};
  set(*active, block.run.first, Block::kArrived);
  ++link.unstored_blocks;
  if (unstored_[block.run.blob].insert(block.run.first).second) ++unstored_blocks_;
  return Taken{true, Arrival{number, link.peer, block.run, std::move(block.octets)}};
}

Pulls::Taken Pulls::take_leaves(Active& active, LinkNumber number, const Link& link, sync::BlobBlock block) {
  const bool follows = active.stage == Stage::kLeaves && active.leaves_link == number &&
                       block.run.first == active.leaves.size() / format::kBlockBytes;
  if (!follows) return {};
  active.leaves += block.octets;
  if (active.leaves.size() < sync::part_size(block.run.blob, BlobPart::kLeaves)) return {true, {}};
  active.stage = Stage::kLeavesArrived;
  active.leaves_link.reset();
  const BlobRun all{block.run.blob, BlobPart::kLeaves, 0, block.run.first + 1};
  return {true, Arrival{number, link.peer, all, std::exchange(active.leaves, Bytes())}};
}

Result<void> Pulls::on_not_held(LinkNumber number, const BlobRun& run, env::MonotonicTime now) {
  const auto answer = answered(number, run, now);
  if (!answer) return pass(answer);
  Link& link = answer->link;
  if (!answer->was_given_up) unask(number, run);
  Active* const active = find_active(run.blob);
  const bool brought_some = active != nullptr && active->servers.erase(number) > 0;
  if (link.candidates.erase(run.blob) > 0 && brought_some) link.partly.insert(run.blob);
  return {};
}

bool Pulls::on_held(LinkNumber number, const BlobId& blob) {
  const auto link = links_.find(number);
  return link != links_.end() && wanted_.contains(blob) && link->second.candidates.insert(blob).second;
}

void Pulls::stored(LinkNumber number, const BlobRun& run) {
  if (const auto of = unstored_.find(run.blob); of != unstored_.end()) {
    if (run.part == BlobPart::kContent)
      for (std::uint64_t i = run.first; i < run.first + run.count; ++i) unstored_blocks_ -= of->second.erase(i);
    if (of->second.empty()) unstored_.erase(of);
  }
  if (const auto link = links_.find(number); link != links_.end() && run.part == BlobPart::kContent)
    link->second.unstored_blocks -= run.count;
  mark(run, Block::kArrived, Block::kHeld);
  const Active* const active = find_active(run.blob);
  if (active == nullptr) return;
  // All of it is here and it is not whole: something was damaged meanwhile.
  const bool is_all = active->stage == Stage::kContent && active->unheld == 0;
  if (active->stage == Stage::kLeavesArrived || is_all) look_up_again(run.blob);
}

void Pulls::lost(LinkNumber number, const BlobRun& run) {
  mark(run, Block::kArrived, Block::kMissing);
  stored(number, run);
}

void Pulls::watch(env::MonotonicTime now) {
  std::erase_if(distrusted_, [&](const auto& item) { return now - item.second >= kDistrustDelay; });
  std::erase_if(deferred_, [&](const auto& item) { return now >= item.second; });
  for (auto& [number, link] : links_) {
    link.candidates.merge(link.partly);
    link.partly.clear();
    if (!std::exchange(link.refilled, true)) link.refilled_at = now;
    if (now - link.refilled_at >= kAskAgainDelay) {
      link.refilled_at = now;
      for (const auto& [blob, likely] : wanted_) link.candidates.insert(blob);
    }
    if (!link.asked.empty() && now - link.answered_at >= kSilenceMax) link.silent = true;
    for (auto& each : link.asked)
      if (link.silent || now - each.at >= kOverdueMax) give_up(number, each);
  }
}

}  // namespace tamizdat::federation
