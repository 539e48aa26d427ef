// The store of a relay on one machine: groups of records in segment files, and an index that can be made again from
// them. A commit compresses bodies, appends one group and syncs once; the index follows thousands of entries later.
//
// Erasing: the group that says so is durable first, then the bodies are overwritten in place and synced, and the index
// does not go past that group before they are; so a start that reads it finishes what a crash interrupted.
//
// What a start does: reads charters, log tails and "applied up to this group" from the index, reads the groups after it
// from the segments, cuts a group that is not whole, verifies charters and one head a log. It never needs the index and
// never trusts a tail that it has not synced itself.
//
// Compacting: compaction.h; the copy is made beside commits, and given up if a body was overwritten meanwhile.
//
// Threads as in store.h. A commit holds the lock that readers need for the time of a few vector moves; it never reads
// or writes a file under it. Readers read files without a lock.
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "relay/store/body_coding.h"
#include "relay/store/held_state.h"

namespace tamizdat::store {

// When a segment is worth compacting. Erased bodies are zeros already: it is about space only.
struct CompactionRule {
  // Below this a segment is left alone, however small it is.
  std::uint64_t octets_min = 256 * 1024;
  // And this part of the file must be erased bodies: a quarter, so that each octet that is given back costs at most three
  // that are copied, and a segment is written anew a few times in its life and not for every retraction.
  std::uint64_t percent_min = 25;
};

struct SegmentStoreSettings {
  std::string folder;  // made if it is missing; its parent must exist
  std::uint32_t segment_bytes = 64 * 1024 * 1024;
  // Entries that wait for the index in memory, at about 250 octets each: a start reads at most these again, and ids of
  // that many entries share the pages that one index transaction rewrites.
  std::size_t index_after_entries = 32 * 1024;
  // Called by the writer when the index cannot be written. Commits go on and try again; they fail once a million
  // entries wait.
  std::function<void(const Error&)> on_index_trouble = [](const Error&) {};
  // Called by the writer when the bodies of erased entries cannot be overwritten. They are given out no more; every
  // commit tries again, and so does the next start.
  std::function<void(const Error&)> on_overwrite_trouble = [](const Error&) {};
  CompactionRule compaction;
};

// What a start found, for the operator's log.
struct RecoveryReport {
  enum class Index { kNone, kUsed, kRemade };
  Index index = Index::kNone;  // none: a new store
  std::uint64_t groups_read = 0;  // after what the index knew
  std::uint64_t entries_read = 0;
  std::uint64_t octets_cut = 0;   // of a group that was not whole: none of it had been acknowledged
  std::string cut_from;           // name of the segment
  std::uint64_t segments_unbegun = 0;  // made just before a crash, without a group
  std::uint64_t logs = 0;
  std::uint64_t entries = 0;

  std::string text() const;  // one line
};

class SegmentStore final : public Store {
 public:
  // `disk` outlives it. Errors: kFolderInUse, kDiskFull, kDiskFailed, kStoreDamaged, kStoreTooNew.
  static Result<std::unique_ptr<SegmentStore>> open(Disk& disk, SegmentStoreSettings settings);
  // Makes the index anew from the segments and puts it in the place of the old one, which stays until the new one is
  // whole and durable. Besides that it does what a start does, but cuts nothing that the old index knows. Errors: as
  // open(); those of Disk if there is no folder.
  static Result<RecoveryReport> reindex(Disk& disk, SegmentStoreSettings settings);
  ~SegmentStore() override;

  const RecoveryReport& recovery() const { return report_; }
  // Brings the index up to date and gives allocated space back, so that the next start has nothing to do. Without it
  // nothing is lost. No commit comes after it. Errors: those of Disk.
  Result<void> close();

  std::vector<Result<Committed>> commit(std::span<const Batch> batches) override;
  Result<bool> compact() override;
  // Ends the segment that was written last if bodies were erased of it, so that it can be compacted too. The writer's.
  // Errors: kStoreFailed.
  Result<void> end_segment();

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
  class RangeReader;

  SegmentStore(Disk& disk, SegmentStoreSettings settings) : disk_(disk), settings_(std::move(settings)) {}
  std::string index_folder() const { return settings_.folder + "/index" + (remakes_index_ ? ".new" : ""); }
  Result<void> start();
  Result<GroupEnd> load_index();
  std::uint64_t sequence_indexed() const;
  Result<void> replay(BytesView records, const SegmentPlace& start);
  Result<SegmentPlace> append(const Bytes& records);
  Result<void> write_index(const GroupEnd& applied);
  void index_if_due();
  void count_erased(const std::vector<SegmentPlace>& places);
  Result<void> erase_bodies();
  Result<std::optional<std::uint32_t>> worth_compacting();
  Result<void> compact_segment(std::uint32_t segment);

  Disk& disk_;
  SegmentStoreSettings settings_;
  bool remakes_index_ = false;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<Index> index_;
  std::unique_ptr<SegmentFiles> segments_;
  std::vector<SegmentPlace> to_overwrite_;  // bodies of erased entries; the index waits for them
  std::atomic<std::uint32_t> last_segment_{0};  // that holds a group; those before it grow no more
  std::mutex rewriting_;  // held while segments are written over, and while one takes the place of another
  std::uint64_t overwritings_ = 0;  // under it
  std::map<std::uint32_t, std::uint64_t> compacted_;  // what was erased of a segment when compact() last took it
  BodyCompressor compressor_;
  RecoveryReport report_;
  mutable std::shared_mutex mutex_;  // of state_
  HeldState state_;
};

}  // namespace tamizdat::store
