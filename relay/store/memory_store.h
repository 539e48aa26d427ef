// The store for tests and the simulator: the whole contract of store.h, in memory. It is as durable as its object, so
// a simulated crash keeps it and destroys everything else.
#pragma once

#include <map>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "relay/store/advance.h"

namespace tamizdat::store {

class MemoryStore : public Store {
 public:
  std::vector<Result<Committed>> commit(std::span<const Batch> batches) override;

  std::vector<ProjectId> projects() const override;
  std::optional<format::VerifiedCharter> charter(const ProjectId& project) const override;
  std::vector<format::VerifiedCharter> charter_chain(const ProjectId& project) const override;
  std::vector<LogState> logs() const override;
  std::optional<LogState> log(const LogId& id) const override;
  Result<ServedBundle> bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const override;
  Result<StoredEntry> entry(const LogId& id, std::uint64_t index) const override;
  std::optional<Position> find(const EntryId& id) const override;
  std::vector<Position> naming(const BlobId& blob) const override;
  std::vector<BlobId> blobs_after(const std::optional<BlobId>& after, std::size_t count) const override;
  std::vector<Position> retracting(const EntryId& target) const override;
  std::vector<EntryId> retracted_after(const std::optional<EntryId>& after, std::size_t count) const override;

 private:
  struct Log {
    format::LogName name;
    LogTail tail;
    std::vector<StoredEntry> entries;
    std::vector<std::vector<Hash32>> levels;  // of perfect subtrees, leaves first

    format::PerfectHash perfect() const;
    void append(const format::VerifiedEntry& entry, Timestamp received_at);
  };

  Result<Committed> take(const format::VerifiedBundle& bundle, Timestamp received_at);
  Result<Committed> take(const Charters& update);
  Result<Committed> take(const Erasure& erasure);
  void note_retracted(const LogId& log, const format::VerifiedEntry& entry, Committed& committed);
  void cut(Log& log, std::uint64_t size);
  void add_blobs(const LogId& log, const format::VerifiedEntry& entry, Committed& committed);

  mutable std::shared_mutex mutex_;
  std::map<ProjectId, std::vector<format::VerifiedCharter>> charters_;
  std::map<LogId, Log> logs_;
  std::unordered_map<EntryId, Position> positions_;
  std::set<std::pair<BlobId, Position>> naming_;
  std::set<std::pair<EntryId, Position>> retracting_;
};

}  // namespace tamizdat::store
