// What a segment store keeps in memory: charter chains, the tail of every log, and the entries that are durable in the
// segments and not yet in the index. A Draft (draft.h) is a group in the making; the state takes it over when the group
// is durable.
//
// Threads: the writer changes the state, under the store's exclusive lock; readers hold the shared one. The writer
// needs no lock to read.
#pragma once

#include <map>
#include <set>
#include <unordered_map>

#include "relay/store/advance.h"
#include "relay/store/index.h"

namespace tamizdat::store {

class Draft;

using Chain = std::vector<format::VerifiedCharter>;  // version 1 first

struct HeldLog {
  std::uint32_t number = 0;  // in the index
  format::LogName name;
  LogTail tail;
  Bytes head;              // exact octets; at a start it is here before it is verified and in `tail`
  std::uint64_t cuts = 0;  // times that entries were taken away

  // Not in the index yet: entries [indexed, size), bodies that came later, and Merkle nodes.
  std::uint64_t indexed = 0;
  std::vector<Slot> recent;
  std::map<std::uint64_t, Slot> filled;
  std::map<NodeKey, Hash32> nodes;
  bool dirty = false;

  // Nothing beyond the entries held.
  std::optional<Slot> slot(std::uint64_t index, const Index::View& view) const;
  std::optional<Hash32> node(const NodeKey& key, const Index::View& view) const;
  // Good as long as this log does not change and the view lives.
  format::PerfectHash perfect(const Index::View& view) const;
};

// The leaves of a perfect subtree are [begin, end).
inline std::uint64_t end_of(const NodeKey& key) { return (key.index + 1) << key.level; }

// Hash of a perfect subtree, from leaves and the nodes kept at every eighth level.
using LeafOf = std::function<Hash32(std::uint64_t index)>;
using NodeOf = std::function<std::optional<Hash32>(const NodeKey& key)>;
Hash32 perfect_hash(const NodeKey& key, const LeafOf& leaf, const NodeOf& node);

class HeldState {
 public:
  const std::map<ProjectId, Chain>& chains() const { return chains_; }
  const std::map<LogId, HeldLog>& logs() const { return logs_; }
  const HeldLog* log(const LogId& id) const;
  std::optional<Store::Position> find(const EntryId& id, const Index::View& view) const;

  // Entries whose body named the attachment when they were written; they may be gone.
  std::vector<Store::Position> naming(const BlobId& blob, const Index::View& view) const;
  std::vector<BlobId> blobs_after(const std::optional<BlobId>& after, std::size_t count, const Index::View& view) const;
  // Entries that came as a retraction of this one; they may be gone.
  std::vector<Store::Position> retracting(const EntryId& target, const Index::View& view) const;
  std::vector<EntryId> retracted_after(const std::optional<EntryId>& after, std::size_t count, const Index::View& view) const;

  // At a start, from an index. Errors: kIndexUnusable.
  Result<void> load(Index::Contents contents);
  // At the end of a start: verifies every head under the charter in force, and that the entries lead to it.
  // Errors: kStoreDamaged.
  Result<void> verify_heads();

  void apply(Draft draft);

  // Octets of the bodies that were erased, by the segment where they lay: zeros, unless it was compacted since.
  const std::map<std::uint32_t, std::uint64_t>& erased_octets() const { return erased_octets_; }
  void add_erased(std::uint32_t segment, std::uint64_t octets);

  // Entries and charters that wait for the index.
  std::size_t waiting() const { return waiting_; }
  // Puts what waits into the update; call indexed() when that is durable.
  void write(Index::Update& update) const;
  void indexed();

 private:
  void cut(HeldLog& log, std::uint64_t size);

  std::map<ProjectId, Chain> chains_;
  std::map<LogId, HeldLog> logs_;
  std::vector<LogId> numbers_;  // by HeldLog::number
  std::unordered_map<EntryId, Store::Position> recent_ids_;
  std::set<std::pair<BlobId, Store::Position>> recent_naming_;
  std::set<std::pair<EntryId, Store::Position>> recent_retracting_;
  std::vector<std::pair<ProjectId, std::uint64_t>> recent_charters_;  // with their version
  std::set<ProjectId> cut_chains_;  // another branch took the place of charters that may be in the index
  std::map<std::uint32_t, std::uint64_t> erased_octets_;
  std::set<std::uint32_t> recent_erased_;  // segments whose number of them is not in the index yet
  std::size_t waiting_ = 0;
};

}  // namespace tamizdat::store
