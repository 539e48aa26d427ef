// The segment files of a store: groups of records, appended and durable one after the other, read back by place.
//
// A segment is allocated whole before the first group goes into it, so that a sync has little to note down beside the
// data (measured on ext4: about four times the syncs a second of a growing file), and is cut to its used size when it
// is full. A run of the program appends to segments that it made itself, never to those of an earlier run.
//
// After a failed write or sync nothing is known about that file's unsynced pages, and syncing it again may succeed
// without writing them. So the segment is left as it is and the next group goes into a new one; see segment_format.h
// for how recovery tells which of two groups of one number counts. For the same reason recovery writes the last group
// that it found once more before it syncs it: its pages may have been marked clean by a sync that failed.
//
// Threads: append() and finish() by the writer; read through SegmentReader by anybody.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "relay/store/segment_scan.h"

namespace tamizdat::store {

struct SegmentSettings {
  std::string folder;
  // A whole number of these is allocated ahead; a group that is larger gets a segment of its own size.
  std::uint32_t segment_bytes = 64 * 1024 * 1024;
  // Groups up to this one are known to have been durable: without them nothing starts and nothing is cut.
  std::uint64_t sequence_known = 0;
};

// Up to where groups were read, written or indexed.
struct GroupEnd {
  SegmentPlace place;  // after its mark; segment 0: before the first
  std::uint64_t sequence = 0;
};

struct SegmentRecovery {
  std::uint64_t groups = 0;       // read
  std::uint64_t octets_cut = 0;   // of a group that was not whole, with what lay behind it
  std::string cut_from;           // the segment's name
  std::uint64_t segments_unbegun = 0;  // without a valid header: made just before a crash
};

class SegmentFiles {
 public:
  // Called with each group's records, without its mark. The group may not be durable yet; the one before it is.
  using GroupVisitor = std::function<Result<void>(BytesView records, SegmentPlace start, const GroupEnd& end)>;

  // Reads every whole group after `from`, makes sure that they are durable, and cuts the torn tail. What is cut is one
  // group at most: where a later one lies behind the damage, nothing is cut and nothing starts. Errors: kStoreDamaged,
  // kStoreTooNew, those of Disk and of the visitor.
  static Result<std::unique_ptr<SegmentFiles>> open(Disk& disk, SegmentSettings settings, const GroupEnd& from,
                                                    const GroupVisitor& visit, SegmentRecovery& recovery);

  // Appends the records as one group with its mark; durable when it returns. Gives the place of the first record.
  // Errors: those of Disk; nothing of the group is there then, and the next append() goes to a new file.
  Result<SegmentPlace> append(Bytes records);
  // The last group appended or read.
  const GroupEnd& end() const { return end_; }
  // Cuts the current segment to its used size; the next group begins a new one.
  void finish();

  // Errors: those of Disk, kStoreDamaged (no such segment).
  Result<std::shared_ptr<const File>> file(std::uint32_t segment) const;
  // Another file has its name now: file() opens that. Any thread.
  void forget(std::uint32_t segment);

 private:
  SegmentFiles(Disk& disk, SegmentSettings settings) : disk_(disk), settings_(std::move(settings)) {}
  std::string path(std::uint32_t segment) const;
  Result<void> recover(const GroupEnd& from, const GroupVisitor& visit, SegmentRecovery& recovery);
  Result<void> check_starting_point(const GroupEnd& from);
  Result<void> read_segment(const FoundSegment& segment, std::uint64_t sequence_end, bool is_last, const GroupVisitor& visit,
                            SegmentRecovery& recovery);
  Result<void> check_known_end() const;
  Result<void> check_unbegun(std::uint32_t segment) const;
  Result<void> secure(std::uint32_t segment, BytesView octets, std::uint64_t offset);
  Result<void> begin_segment(std::size_t group_bytes);
  Result<void> write_group(BytesView group);
  void abandon(std::size_t group_bytes);
  void wipe_abandoned();
  void cut(std::uint32_t segment, std::size_t from, BytesView octets);
  void keep_open(std::uint32_t segment, std::shared_ptr<const File> file) const;  // under files_mutex_

  Disk& disk_;
  SegmentSettings settings_;
  GroupEnd end_;
  std::uint32_t next_number_ = 1;

  std::shared_ptr<File> current_;  // being appended to; none before the first group and after a failure
  std::uint32_t current_number_ = 0;
  std::uint32_t current_used_ = 0;
  std::uint32_t current_size_ = 0;

  struct Abandoned {
    std::shared_ptr<File> file;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };
  std::vector<Abandoned> abandoned_;  // groups that could not be wiped yet

  mutable std::mutex files_mutex_;
  mutable std::map<std::uint32_t, std::shared_ptr<const File>> files_;  // open for reading
};

// Reads records with as few reads as their neighbourhood allows. One thread.
class SegmentReader {
 public:
  // `window_bytes`: read at once, for the neighbours' sake.
  SegmentReader(const SegmentFiles& files, std::size_t window_bytes) : files_(files), window_bytes_(window_bytes) {}
  // The views in it are good until the next call. Errors: those of Disk, kStoreDamaged (checksum, form).
  Result<FramedRecord> read(const SegmentPlace& place);
  // What was read ahead may have changed.
  void forget() { octets_.clear(); }

 private:
  Result<void> load(const SegmentPlace& place, std::size_t octets);
  BytesView loaded_from(const SegmentPlace& place) const;

  const SegmentFiles& files_;
  std::size_t window_bytes_;
  SegmentPlace window_;
  Bytes octets_;  // of the window
};

}  // namespace tamizdat::store
