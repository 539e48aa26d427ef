#include "relay/federation/pulls.h"

#include <algorithm>
#include <utility>

#include "proto/format/attachment.h"
#include "proto/format/limits.h"

namespace tamizdat::federation {
namespace {

using sync::BlobPart;
using sync::BlobRun;

}  // namespace

// ---- what is wanted ----

bool Pulls::want(const BlobId& blob, std::optional<LinkNumber> likely) {
  if (wanted_.contains(blob)) return true;
  if (is_full()) return false;
  wanted_.emplace(blob, likely);
  for (auto& [number, link] : links_) link.candidates.insert(blob);
  return true;
}

void Pulls::forget(const BlobId& blob) {
  wanted_.erase(blob);
  for (auto& [number, link] : links_) {
    link.candidates.erase(blob);
    link.partly.erase(blob);
  }
  deferred_.erase(blob);
  deactivate(blob);
}

std::size_t Pulls::make_room() {
  // Nobody can say now what there is.
  if (std::ranges::none_of(links_, [this](const auto& link) { return may_be_asked(link.second); })) return 0;
  const auto is_hopeless = [this](const BlobId& blob) { return !active_.contains(blob) && !anyone_may_bring(blob); };
  std::vector<BlobId> hopeless;
  for (const auto& [blob, likely] : wanted_)
    if (is_hopeless(blob)) hopeless.push_back(blob);
  for (const BlobId& blob : hopeless) forget(blob);
  return hopeless.size();
}

void Pulls::defer(const BlobId& blob, env::MonotonicTime until) {
  if (!wanted_.contains(blob)) return;
  deferred_[blob] = until;
  deactivate(blob);
}

// ---- links ----

void Pulls::join(LinkNumber number, const RelayId& peer) {
  Link& link = links_[number];
  link.peer = peer;
  for (const auto& [blob, likely] : wanted_) link.candidates.insert(blob);
}

void Pulls::leave(LinkNumber number) {
  const auto found = links_.find(number);
  if (found == links_.end()) return;
  const auto asked = std::move(found->second.asked);
  links_.erase(found);
  for (const auto& each : asked) {
    if (each.given_up) continue;
    no_longer_asked(each.run.blob);
    unask(number, each.run);
  }
}

bool Pulls::may_be_asked(const Link& link) const { return !link.silent && !distrusted_.contains(link.peer); }

bool Pulls::may_bring(const Link& link, const BlobId& blob) const {
  return may_be_asked(link) && (link.candidates.contains(blob) || link.partly.contains(blob));
}

bool Pulls::anyone_may_bring(const BlobId& blob) const {
  return std::ranges::any_of(links_, [&](const auto& link) { return may_bring(link.second, blob); });
}

void Pulls::distrust(const RelayId& peer, env::MonotonicTime now) { distrusted_[peer] = now; }

// ---- what is missing of an attachment ----

std::optional<BlobId> Pulls::next_to_look_up() {
  if (to_look_up_.empty()) return std::nullopt;
  const BlobId blob = to_look_up_.front();
  to_look_up_.pop_front();
  return blob;
}

void Pulls::looked_up(const BlobId& blob, Leaves leaves, std::span<const store::BlockRange> missing_blocks) {
  Active* const active = find_active(blob);
  if (active == nullptr || active->stage != Stage::kLookUp) return;
  if (leaves == Leaves::kMissing) {
    active->stage = Stage::kLeaves;
    return;
  }
  active->stage = Stage::kContent;
  active->blocks.assign(static_cast<std::size_t>(format::block_count(blob.size)), Block::kHeld);
  active->missing = active->unheld = 0;
  for (const auto& range : missing_blocks)
    for (std::uint64_t i = range.first; i < range.first + range.count; ++i) set(*active, i, Block::kMissing);
  for (const auto& [number, link] : links_)
    for (const auto& each : link.asked)
      if (!each.given_up && each.run.blob == blob) mark(each.run, Block::kMissing, Block::kAsked);
  if (const auto came = unstored_.find(blob); came != unstored_.end())
    for (const auto index : came->second) mark({blob, BlobPart::kContent, index, 1}, Block::kMissing, Block::kArrived);
}

void Pulls::look_up_again(const BlobId& blob) {
  Active* const active = find_active(blob);
  if (active == nullptr) return;
  active->stage = Stage::kLookUp;
  to_look_up_.push_back(blob);
}

bool Pulls::activate(const BlobId& blob) {
  const auto blocks = format::block_count(blob.size);
  const auto fits = [&] { return active_.size() < kActiveMax && active_blocks_ + blocks <= kActiveBlocksMax; };
  while (!fits())
    if (!make_inactive_above(blob)) return false;
  active_.try_emplace(blob);
  active_blocks_ += blocks;
  to_look_up_.push_back(blob);
  return true;
}

// Of which nothing is under way: larger ones, and those that nobody can bring.
bool Pulls::make_inactive_above(const BlobId& blob) {
  for (auto at = active_.rbegin(); at != active_.rend(); ++at) {
    const BlobId other = at->first;  // a copy: it goes with its entry
    const bool looked_at = at->second.stage == Stage::kLeaves || at->second.stage == Stage::kContent;
    if (!looked_at || is_under_way(other)) continue;
    if (!SmallFirst()(blob, other) && anyone_may_bring(other)) continue;
    deactivate(other);
    return true;
  }
  return false;
}

void Pulls::deactivate(const BlobId& blob) {
  if (active_.erase(blob) > 0) active_blocks_ -= format::block_count(blob.size);
}

bool Pulls::is_under_way(const BlobId& blob) const {
  return runs_asked_.contains(blob) || unstored_.contains(blob);
}

Pulls::Active* Pulls::find_active(const BlobId& blob) {
  const auto found = active_.find(blob);
  return found == active_.end() ? nullptr : &found->second;
}

// ---- asking ----

std::optional<BlobRun> Pulls::next(LinkNumber number, env::MonotonicTime now) {
  const auto found = links_.find(number);
  if (found == links_.end()) return std::nullopt;
  Link& link = found->second;
  if (!may_be_asked(link) || !has_room(link, now)) return std::nullopt;
  for (const BlobId& blob : link.candidates) {
    if (deferred_.contains(blob)) continue;
    Active* const active = find_active(blob);
    if (active == nullptr) {
      if (!activate(blob)) break;
      continue;
    }
    if (waits_for_another(blob, number)) continue;
    std::optional<BlobRun> run;
    if (active->stage == Stage::kLeaves) run = leaves_to_ask(blob, *active, number, link);
    if (active->stage == Stage::kContent) run = blocks_to_ask(blob, *active);
    if (!run) continue;
    if (link.asked.empty()) link.answered_at = now;
    link.asked.push_back({*run, now});
    ++runs_asked_[blob];
    link.asked_blocks += run->count;
    return run;
  }
  return std::nullopt;
}

// With less room than a run, one waits for more: a request for each block would be many. Where something is overdue, it
// is waited for: a slow link is not asked twice for the same.
bool Pulls::has_room(const Link& link, env::MonotonicTime now) const {
  if (unstored_blocks_ >= kUnstoredMax) return false;
  if (!link.asked.empty() && now - link.asked.front().at >= kWaitMax) return false;
  return link.asked_blocks + link.unstored_blocks + kRunMax <= link.window;
}

// The one that brought the entry is likely to have what it names: others would be asked in vain.
bool Pulls::waits_for_another(const BlobId& blob, LinkNumber number) const {
  const auto likely = wanted_.at(blob);
  if (!likely || *likely == number) return false;
  const auto other = links_.find(*likely);
  return other != links_.end() && may_bring(other->second, blob);
}

std::optional<BlobRun> Pulls::leaves_to_ask(const BlobId& blob, Active& active, LinkNumber number, const Link& link) {
  if (active.leaves_link && *active.leaves_link != number) return std::nullopt;
  if (!active.leaves_link) {
    if (active.leaves_by != link.peer) active.leaves.clear();
    active.leaves_by = link.peer;
    active.leaves_link = number;
    active.leaf_blocks_asked = active.leaves.size() / format::kBlockBytes;
  }
  const auto all = sync::part_blocks(blob, BlobPart::kLeaves);
  if (active.leaf_blocks_asked == all) return std::nullopt;
  const BlobRun run{blob, BlobPart::kLeaves, active.leaf_blocks_asked, std::min(kRunMax, all - active.leaf_blocks_asked)};
  active.leaf_blocks_asked += run.count;
  return run;
}

std::optional<BlobRun> Pulls::blocks_to_ask(const BlobId& blob, Active& active) {
  if (active.missing == 0) return std::nullopt;
  const auto begin = active.blocks.begin();
  auto first = std::find(begin + static_cast<std::ptrdiff_t>(active.cursor), active.blocks.end(), Block::kMissing);
  if (first == active.blocks.end()) first = std::find(begin, active.blocks.end(), Block::kMissing);
  BlobRun run{blob, BlobPart::kContent, static_cast<std::uint64_t>(first - begin), 0};
  for (auto at = first; at != active.blocks.end() && *at == Block::kMissing && run.count < kRunMax; ++at) ++run.count;
  for (std::uint64_t i = 0; i < run.count; ++i) set(active, run.first + i, Block::kAsked);
  active.cursor = (run.first + run.count) % active.blocks.size();
  return run;
}

void Pulls::set(Active& active, std::uint64_t index, Block to) {
  Block& block = active.blocks[static_cast<std::size_t>(index)];
  if (block == Block::kMissing) --active.missing;
  if (block != Block::kHeld) --active.unheld;
  block = to;
  if (block == Block::kMissing) ++active.missing;
  if (block != Block::kHeld) ++active.unheld;
}

void Pulls::mark(const BlobRun& run, Block from, Block to) {
  Active* const active = find_active(run.blob);
  if (active == nullptr || active->stage != Stage::kContent || run.part != BlobPart::kContent) return;
  for (std::uint64_t i = run.first; i < run.first + run.count; ++i)
    if (active->blocks[static_cast<std::size_t>(i)] == from) set(*active, i, to);
}

// The link will not bring it, or not soon.
void Pulls::unask(LinkNumber number, const BlobRun& run) {
  mark(run, Block::kAsked, Block::kMissing);
  Active* const active = find_active(run.blob);
  if (active != nullptr && run.part == BlobPart::kLeaves && active->leaves_link == number) active->leaves_link.reset();
}

void Pulls::give_up(LinkNumber number, Link::Asked& asked) {
  if (std::exchange(asked.given_up, true)) return;
  no_longer_asked(asked.run.blob);
  unask(number, asked.run);
}

void Pulls::no_longer_asked(const BlobId& blob) {
  const auto runs = runs_asked_.find(blob);
  if (--runs->second == 0) runs_asked_.erase(runs);
}

// It was silent, and brings it after all.
void Pulls::ask_after_all(LinkNumber number, const Link& link, Link::Asked& asked) {
  if (!std::exchange(asked.given_up, false)) return;
  const BlobRun& run = asked.run;
  ++runs_asked_[run.blob];
  mark(run, Block::kMissing, Block::kAsked);
  Active* const active = find_active(run.blob);
  if (active != nullptr && run.part == BlobPart::kLeaves && !active->leaves_link && active->leaves_by == link.peer)
    active->leaves_link = number;
}

}  // namespace tamizdat::federation
