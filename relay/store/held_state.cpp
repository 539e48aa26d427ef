#include "relay/store/held_state.h"

#include <algorithm>

#include "proto/base/check.h"
#include "proto/format/checkpoint.h"
#include "relay/store/draft.h"

namespace tamizdat::store {

Hash32 perfect_hash(const NodeKey& key, const LeafOf& leaf, const NodeOf& node) {
  if (key.level == 0) return leaf(key.index);
  if (key.level % kNodeLevels == 0)
    if (const auto kept = node(key)) return *kept;
  const Hash32 left = perfect_hash({key.level - 1, key.index * 2}, leaf, node);
  const Hash32 right = perfect_hash({key.level - 1, key.index * 2 + 1}, leaf, node);
  return format::node_hash(left, right);
}

std::optional<Slot> HeldLog::slot(std::uint64_t index, const Index::View& view) const {
  if (index >= tail.held.size()) return std::nullopt;
  if (index >= indexed) return recent[static_cast<std::size_t>(index - indexed)];
  if (const auto found = filled.find(index); found != filled.end()) return found->second;
  return view.slot(number, index);
}

std::optional<Hash32> HeldLog::node(const NodeKey& key, const Index::View& view) const {
  if (const auto found = nodes.find(key); found != nodes.end()) return found->second;
  if (end_of(key) > indexed) return std::nullopt;
  return view.node(number, key);
}

format::PerfectHash HeldLog::perfect(const Index::View& view) const {
  return [this, &view](unsigned level, std::uint64_t index) {
    const auto leaf = [&](std::uint64_t at) {
      const auto found = slot(at, view);
      return found ? found->id.value : Hash32{};
    };
    return perfect_hash({level, index}, leaf, [&](const NodeKey& key) { return node(key, view); });
  };
}

const HeldLog* HeldState::log(const LogId& id) const {
  const auto found = logs_.find(id);
  return found == logs_.end() ? nullptr : &found->second;
}

std::optional<Store::Position> HeldState::find(const EntryId& id, const Index::View& view) const {
  if (const auto found = recent_ids_.find(id); found != recent_ids_.end()) return found->second;
  const auto place = view.find(id);
  if (!place || place->log >= numbers_.size()) return std::nullopt;
  const LogId& log = numbers_[place->log];
  const auto slot = logs_.at(log).slot(place->index, view);
  if (!slot || slot->id != id) return std::nullopt;
  return Store::Position{log, place->index};
}

std::vector<Store::Position> HeldState::naming(const BlobId& blob, const Index::View& view) const {
  std::vector<Store::Position> out;
  for (auto at = recent_naming_.lower_bound({blob, {}}); at != recent_naming_.end() && at->first == blob; ++at)
    out.push_back(at->second);
  for (const auto& place : view.naming(blob))
    if (place.log < numbers_.size()) out.push_back({numbers_[place.log], place.index});
  return out;
}

std::vector<Store::Position> HeldState::retracting(const EntryId& target, const Index::View& view) const {
  std::vector<Store::Position> out;
  for (auto at = recent_retracting_.lower_bound({target, {}}); at != recent_retracting_.end() && at->first == target; ++at)
    out.push_back(at->second);
  for (const auto& place : view.retracting(target))
    if (place.log < numbers_.size()) out.push_back({numbers_[place.log], place.index});
  return out;
}

std::vector<EntryId> HeldState::retracted_after(const std::optional<EntryId>& after, std::size_t count,
                                                const Index::View& view) const {
  std::set<EntryId> out;
  for (const auto& entry : view.retracted_after(after, count)) out.insert(entry);
  std::size_t recent = 0;
  for (const auto& [entry, position] : recent_retracting_)
    if ((!after || *after < entry) && out.insert(entry).second && ++recent == count) break;
  std::vector<EntryId> sorted(out.begin(), out.end());
  if (sorted.size() > count) sorted.resize(count);
  return sorted;
}

std::vector<BlobId> HeldState::blobs_after(const std::optional<BlobId>& after, std::size_t count,
                                           const Index::View& view) const {
  std::set<BlobId> out;
  for (const auto& blob : view.blobs_after(after, count)) out.insert(blob);
  std::size_t recent = 0;
  for (const auto& [blob, position] : recent_naming_)
    if ((!after || *after < blob) && out.insert(blob).second && ++recent == count) break;
  std::vector<BlobId> sorted(out.begin(), out.end());
  if (sorted.size() > count) sorted.resize(count);
  return sorted;
}

Result<void> HeldState::load(Index::Contents contents) {
  for (auto& item : contents.charters) {
    Chain& chain = chains_[item.project];
    auto charter = chain.empty() ? format::verify_first_charter(std::move(item.signed_charter))
                                 : format::verify_charter_update(chain.back(), std::move(item.signed_charter));
    if (!charter || charter->project() != item.project)
      return fail(kIndexUnusable, "the index holds a charter that does not verify");
    chain.push_back(*std::move(charter));
  }
  for (auto& item : contents.logs) {
    const LogId id = format::log_id(item.name.project, item.name.desk);
    HeldLog& log = logs_[id];
    log.number = item.number;
    log.name = item.name;
    log.indexed = item.held.size();
    log.tail.held = std::move(item.held);
    log.tail.after = std::move(item.after);
    log.head = std::move(item.head);
    numbers_.push_back(id);
  }
  erased_octets_ = std::move(contents.erased_octets);
  return {};
}

Result<void> HeldState::verify_heads() {
  for (auto& [id, log] : logs_) {
    if (log.head.empty()) continue;
    const auto chain = chains_.find(log.name.project);
    if (chain == chains_.end()) return fail(kStoreDamaged, "the charters of log " + id.text() + " are gone");
    auto head = format::verify_head(chain->second.back(), log.head);
    if (!head) return fail(kStoreDamaged, "the head of log " + id.text() + " does not verify: " + head.error().text);
    log.tail.head = *std::move(head);
    if (!is_tied_to_head(log.tail))
      return fail(kStoreDamaged, "the entries of log " + id.text() + " do not lead to its head");
  }
  return {};
}

void HeldState::apply(Draft draft) {
  for (auto& [project, chain] : draft.chains_) {
    Chain& held = chains_[project];
    const auto same = static_cast<std::size_t>(
        std::ranges::mismatch(held, chain, {}, &format::VerifiedCharter::hash, &format::VerifiedCharter::hash).in1 - held.begin());
    if (same < held.size()) {
      std::erase_if(recent_charters_, [&](const auto& item) { return item.first == project && item.second > same; });
      cut_chains_.insert(project);
    }
    for (std::size_t i = same; i < chain.size(); ++i) recent_charters_.emplace_back(project, chain[i].version());
    waiting_ += chain.size() - same;
    held = std::move(chain);
  }
  for (auto& [id, change] : draft.logs_) {
    if (!change.changed) continue;
    const auto [place, is_new] = logs_.try_emplace(id);
    HeldLog& log = place->second;
    if (is_new) {
      log.number = static_cast<std::uint32_t>(numbers_.size());
      log.name = change.name;
      numbers_.push_back(id);
    }
    if (change.cuts > 0) cut(log, change.kept);
    log.cuts += change.cuts;
    for (std::size_t i = 0; i < change.slots.size(); ++i) recent_ids_[change.slots[i].id] = {id, change.kept + i};
    log.recent.insert(log.recent.end(), change.slots.begin(), change.slots.end());
    for (const auto* const changed : {&change.erased, &change.filled})  // what was erased may have been filled after
      for (const auto& [index, slot] : *changed) {
        if (index >= log.indexed)
          log.recent[static_cast<std::size_t>(index - log.indexed)] = slot;
        else
          log.filled[index] = slot;
      }
    for (const auto& [key, hash] : change.nodes) log.nodes[key] = hash;
    log.tail = std::move(change.tail);
    log.head = std::move(change.head);
    log.dirty = true;
    waiting_ += change.slots.size() + change.filled.size() + change.erased.size() + 1;
  }
  waiting_ += draft.naming_.size() + draft.retracting_.size();
  recent_naming_.insert(draft.naming_.begin(), draft.naming_.end());
  recent_retracting_.insert(draft.retracting_.begin(), draft.retracting_.end());
}

void HeldState::add_erased(std::uint32_t segment, std::uint64_t octets) {
  erased_octets_[segment] += octets;
  recent_erased_.insert(segment);
}

void HeldState::cut(HeldLog& log, std::uint64_t size) {
  for (std::uint64_t i = std::max(size, log.indexed); i < log.indexed + log.recent.size(); ++i)
    recent_ids_.erase(log.recent[static_cast<std::size_t>(i - log.indexed)].id);
  log.indexed = std::min(log.indexed, size);
  log.recent.resize(std::min(log.recent.size(), static_cast<std::size_t>(size - log.indexed)));
  log.filled.erase(log.filled.lower_bound(size), log.filled.end());
  std::erase_if(log.nodes, [&](const auto& node) { return end_of(node.first) > size; });
}

void HeldState::write(Index::Update& update) const {
  for (const auto& [project, version] : recent_charters_)
    update.put_charter(project, version, chains_.at(project)[static_cast<std::size_t>(version - 1)].signed_bytes());
  for (const auto& project : cut_chains_) update.cut_charters(project, chains_.at(project).size());
  std::vector<std::pair<EntryId, Store::Position>> ids(recent_ids_.begin(), recent_ids_.end());
  std::ranges::sort(ids, {}, &std::pair<EntryId, Store::Position>::first);  // neighbours share a page
  for (const auto& [id, position] : ids) update.put_id(id, logs_.at(position.log).number, position.index);
  for (const auto& [blob, position] : recent_naming_)
    update.put_naming(blob, logs_.at(position.log).number, position.index);
  for (const auto& [target, position] : recent_retracting_)
    update.put_retracting(target, logs_.at(position.log).number, position.index);
  for (const std::uint32_t segment : recent_erased_) update.put_erased(segment, erased_octets_.at(segment));
  for (const auto& [id, log] : logs_) {
    if (!log.dirty) continue;
    update.put_log({log.number, log.name, log.tail.held, log.tail.after, log.head});
    update.put_slots(log.number, log.indexed, log.recent);
    for (const auto& [index, slot] : log.filled) update.put_slots(log.number, index, std::span(&slot, 1));
    for (const auto& [key, hash] : log.nodes) update.put_node(log.number, key, hash);
  }
}

void HeldState::indexed() {
  for (auto& [id, log] : logs_) {
    if (!log.dirty) continue;
    log.indexed = log.tail.held.size();
    log.recent.clear();
    log.filled.clear();
    log.nodes.clear();
    log.dirty = false;
  }
  recent_ids_.clear();
  recent_naming_.clear();
  recent_retracting_.clear();
  recent_charters_.clear();
  cut_chains_.clear();
  recent_erased_.clear();
  waiting_ = 0;
}

}  // namespace tamizdat::store
