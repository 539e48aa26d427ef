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
Result<Pulls::Link*> Pulls::answered(LinkNumber number, const BlobRun& run, env::MonotonicTime now) {
  const auto found = links_.find(number);
  if (found == links_.end()) return fail(kBlobUnasked, "the link has ended");
  Link& link = found->second;
  if (link.asked.empty() || !begins_with(link.asked.front().run, run))
    return fail(kBlobUnasked, "the peer sends blocks of attachment " + run.blob.text() + " that were not asked of it now");
  if (std::exchange(link.silent, false))
    for (const auto& each : link.asked) ask_after_all(number, link, each.run);
  BlobRun& asked = link.asked.front().run;
  asked.first += run.count;
  asked.count -= run.count;
  link.asked_blocks -= run.count;
  if (asked.count == 0) link.asked.pop_front();
  link.answered_at = now;
  if (const auto wanted = wanted_.find(run.blob); wanted != wanted_.end()) wanted->second.reset();
  return &link;
}

Result<Pulls::Taken> Pulls::on_block(LinkNumber number, sync::BlobBlock block, env::MonotonicTime now) {
  const auto link = answered(number, block.run, now);
  if (!link) return pass(link);
  Active* const active = find_active(block.run.blob);
  (*link)->window = std::min((*link)->window + 1, sync::kBlobBlocksAskedMax);
  if (active == nullptr) return Taken{};
  active->servers.insert(number);
  if (block.run.part == BlobPart::kLeaves) return take_leaves(*active, number, **link, std::move(block));
  if (active->stage != Stage::kContent) return Taken{};
  const Block state = active->blocks[static_cast<std::size_t>(block.run.first)];
  if (state == Block::kArrived || state == Block::kHeld) return Taken{};
  set(*active, block.run.first, Block::kArrived);
  ++(*link)->unstored_blocks;
  ++unstored_[block.run.blob];
  return Taken{true, Arrival{number, (*link)->peer, block.run, std::move(block.octets)}};
}

Pulls::Taken Pulls::take_leaves(Active& active, LinkNumber number, const Link& link, sync::BlobBlock block) {
  const bool follows = active.stage == Stage::kLeaves && active.leaves_link == number &&
                       block.run.first == active.leaves.size() / format::kBlockBytes;
  if (!follows) return {};
  active.leaves += block.octets;
  if (active.leaves.size() < sync::part_size(block.run.blob, BlobPart::kLeaves)) return {true, {}};
  active.stage = Stage::kLeavesArrived;
  active.leaves_link.reset();
  ++unstored_[block.run.blob];
  const BlobRun all{block.run.blob, BlobPart::kLeaves, 0, block.run.first + 1};
  return {true, Arrival{number, link.peer, all, std::exchange(active.leaves, Bytes())}};
}

Result<void> Pulls::on_not_held(LinkNumber number, const BlobRun& run, env::MonotonicTime now) {
  const auto link = answered(number, run, now);
  if (!link) return pass(link);
  unask(number, run);
  Active* const active = find_active(run.blob);
  const bool brought_some = active != nullptr && active->servers.erase(number) > 0;
  if ((*link)->candidates.erase(run.blob) > 0 && brought_some) (*link)->partly.insert(run.blob);
  return {};
}

void Pulls::on_held(LinkNumber number, const BlobId& blob) {
  const auto link = links_.find(number);
  if (link != links_.end() && wanted_.contains(blob)) link->second.candidates.insert(blob);
}

void Pulls::stored(LinkNumber number, const BlobRun& run) {
  if (const auto of = unstored_.find(run.blob); of != unstored_.end()) {
    of->second -= run.part == BlobPart::kContent ? run.count : 1;
    if (of->second == 0) unstored_.erase(of);
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
  for (auto& [number, link] : links_) {
    link.candidates.merge(link.partly);
    link.partly.clear();
    if (!std::exchange(link.refilled, true)) link.refilled_at = now;
    if (now - link.refilled_at >= kAskAgainDelay) {
      link.refilled_at = now;
      for (const auto& [blob, likely] : wanted_) link.candidates.insert(blob);
    }
    if (link.silent || link.asked.empty() || now - link.answered_at < kSilenceMax) continue;
    link.silent = true;
    for (const auto& each : link.asked) unask(number, each.run);
  }
}

}  // namespace tamizdat::federation
