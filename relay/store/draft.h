// A group in the making: the held state with changes on top. GroupBuilder makes it from batches, GroupReplay from what
// a segment holds; HeldState::apply() takes it over. The writer's; it ends before the state changes.
#pragma once

#include "relay/store/held_state.h"

namespace tamizdat::store {

class Draft {
 public:
  // Both outlive it.
  Draft(const HeldState& state, const Index::View& view) : state_(state), view_(view) {}

  struct Log {
    const HeldLog* base = nullptr;  // none for a new log
    format::LogName name;
    LogTail tail;
    Bytes head;               // exact octets
    std::uint64_t kept = 0;   // entries of `base` that stay
    std::uint64_t cuts = 0;
    std::vector<Slot> slots;  // of the entries after them
    std::map<std::uint64_t, Slot> filled;  // entries of `base` that got their body
    std::map<std::uint64_t, Slot> erased;  // entries of `base` that lost it, where they lie
    std::map<NodeKey, Hash32> nodes;
    bool changed = false;     // else it was only looked at
  };

  // Empty for an unknown project.
  const Chain& chain(const ProjectId& project) const;
  void put_chain(const ProjectId& project, Chain chain) { chains_[project] = std::move(chain); }
  std::vector<LogId> logs_of(const ProjectId& project) const;
  // `name` is for a log that is new here.
  Log& log(const LogId& id, const format::LogName& name);

  std::optional<Slot> slot(const Log& log, std::uint64_t index) const;
  // Good as long as the log does not change.
  format::PerfectHash perfect(const Log& log) const;

  // Takes away the entries from `size` on.
  void cut(Log& log, std::uint64_t size);
  void add(Log& log, const Slot& slot) { log.slots.push_back(slot); }
  void fill(Log& log, std::uint64_t index, const Slot& slot);
  // An entry of `base` that got nothing in this group loses its body.
  void erase(Log& log, std::uint64_t index, const Slot& slot);
  // The entry's body names these attachments.
  void add_naming(const Store::Position& entry, std::span<const BlobId> blobs);
  // The entry retracts this one.
  void add_retracting(const EntryId& target, const Store::Position& entry) { retracting_.emplace_back(target, entry); }
  bool is_retracted(const EntryId& entry) const;
  // Call when entries were added after the first `size_before`: hashes the Merkle nodes that became whole.
  void complete_nodes(Log& log, std::uint64_t size_before) const;

  // Places were counted from the start of the group: this is where it came to lie.
  void move_to(const SegmentPlace& start);

 private:
  friend class HeldState;
  std::optional<Hash32> node(const Log& log, const NodeKey& key) const;
  Hash32 leaf(const Log& log, std::uint64_t index) const;

  const HeldState& state_;
  const Index::View& view_;
  const Chain none_;
  std::map<ProjectId, Chain> chains_;  // whole ones, of the projects that changed
  std::map<LogId, Log> logs_;
  std::vector<std::pair<BlobId, Store::Position>> naming_;
  std::vector<std::pair<EntryId, Store::Position>> retracting_;
};

}  // namespace tamizdat::store
