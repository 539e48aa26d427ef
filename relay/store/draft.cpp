#include "relay/store/draft.h"

#include <algorithm>

#include "proto/base/check.h"

namespace tamizdat::store {

const Chain& Draft::chain(const ProjectId& project) const {
  if (const auto found = chains_.find(project); found != chains_.end()) return found->second;
  const auto held = state_.chains().find(project);
  return held == state_.chains().end() ? none_ : held->second;
}

std::vector<LogId> Draft::logs_of(const ProjectId& project) const {
  std::vector<LogId> out;
  for (const auto& [id, log] : state_.logs())
    if (log.name.project == project) out.push_back(id);
  for (const auto& [id, log] : logs_)
    if (log.base == nullptr && log.name.project == project) out.push_back(id);
  return out;
}

Draft::Log& Draft::log(const LogId& id, const format::LogName& name) {
  const auto [place, is_new] = logs_.try_emplace(id);
  Log& log = place->second;
  if (!is_new) return log;
  log.name = name;
  log.base = state_.log(id);
  if (log.base == nullptr) return log;
  log.name = log.base->name;
  log.tail = log.base->tail;
  log.head = log.base->head;
  log.kept = log.tail.held.size();
  return log;
}

std::optional<Slot> Draft::slot(const Log& log, std::uint64_t index) const {
  if (index >= log.kept) {
    const std::uint64_t position = index - log.kept;
    if (position >= log.slots.size()) return std::nullopt;
    return log.slots[static_cast<std::size_t>(position)];
  }
  if (const auto found = log.filled.find(index); found != log.filled.end()) return found->second;
  if (const auto found = log.erased.find(index); found != log.erased.end()) return found->second;
  return log.base->slot(index, view_);
}

Hash32 Draft::leaf(const Log& log, std::uint64_t index) const {
  const auto found = slot(log, index);
  TMZ_CHECK(found.has_value());
  return found->id.value;
}

std::optional<Hash32> Draft::node(const Log& log, const NodeKey& key) const {
  if (const auto found = log.nodes.find(key); found != log.nodes.end()) return found->second;
  if (end_of(key) > log.kept) return std::nullopt;
  return log.base->node(key, view_);
}

format::PerfectHash Draft::perfect(const Log& log) const {
  return [this, &log](unsigned level, std::uint64_t index) {
    return perfect_hash({level, index}, [&](std::uint64_t at) { return leaf(log, at); },
                        [&](const NodeKey& key) { return node(log, key); });
  };
}

void Draft::cut(Log& log, std::uint64_t size) {
  if (size >= log.kept + log.slots.size()) return;
  log.kept = std::min(log.kept, size);
  log.slots.resize(static_cast<std::size_t>(size - log.kept));
  log.filled.erase(log.filled.lower_bound(size), log.filled.end());
  log.erased.erase(log.erased.lower_bound(size), log.erased.end());
  std::erase_if(log.nodes, [&](const auto& item) { return end_of(item.first) > size; });
  ++log.cuts;
}

void Draft::fill(Log& log, std::uint64_t index, const Slot& slot) {
  if (index >= log.kept)
    log.slots[static_cast<std::size_t>(index - log.kept)] = slot;
  else
    log.filled[index] = slot;
}

void Draft::erase(Log& log, std::uint64_t index, const Slot& slot) {
  TMZ_CHECK(index < log.kept && !log.filled.contains(index));
  Slot& erased = log.erased[index] = slot;
  erased.has_body = false;
  log.changed = true;
}

bool Draft::is_retracted(const EntryId& entry) const {
  return std::ranges::any_of(retracting_, [&](const auto& item) { return item.first == entry; }) ||
         !state_.retracting(entry, view_).empty();
}

void Draft::add_naming(const Store::Position& entry, std::span<const BlobId> blobs) {
  for (const auto& blob : blobs) naming_.emplace_back(blob, entry);
}

void Draft::complete_nodes(Log& log, std::uint64_t size_before) const {
  const std::uint64_t size = log.kept + log.slots.size();
  for (unsigned level = kNodeLevels; (size >> level) > 0; level += kNodeLevels)
    for (std::uint64_t index = size_before >> level; index < size >> level; ++index)
      log.nodes[{level, index}] = perfect(log)(level, index);
}

void Draft::move_to(const SegmentPlace& start) {
  const auto move = [&](Slot& slot) { slot.place = {start.segment, start.offset + slot.place.offset}; };
  for (auto& [id, log] : logs_) {
    for (Slot& slot : log.slots) move(slot);
    for (auto& [index, slot] : log.filled) move(slot);
  }
}

}  // namespace tamizdat::store
