#include "relay/store/backup.h"

#include <algorithm>
#include <limits>

#include "relay/store/compacted_file.h"
#include "relay/store/compaction.h"
#include "relay/store/overwrite.h"
#include "relay/store/segment_scan.h"
#include "relay/store/wipe.h"

namespace tamizdat::store {
namespace {

struct Scanned {
  std::size_t size = kSegmentHeaderBytes;  // up to the last mark
  std::uint64_t sequence = 0;              // of the last whole group
  std::uint64_t groups = 0;
};

// The whole groups of a segment whose first one has this number, below `sequence_end`.
Scanned scan(BytesView octets, std::uint64_t first_sequence, std::uint64_t sequence_end) {
  Scanned out;
  out.sequence = first_sequence - 1;
  while (out.sequence + 1 < sequence_end && out.size < octets.size()) {
    const auto group = whole_group(octets.substr(out.size));
    if (!group || group->sequence != out.sequence + 1) break;
    out.size += group->size;
    out.sequence = group->sequence;
    ++out.groups;
  }
  return out;
}

// What an earlier backup left of a segment: whole groups, since the last write may have been interrupted.
Result<Bytes> read_earlier(const File& file) {
  auto octets = read_whole(file);
  if (!octets) return octets;
  const auto header = decode_segment_header(*octets);
  octets->resize(header ? scan(*octets, header->first_sequence, std::numeric_limits<std::uint64_t>::max()).size : 0);
  return octets;
}

// Where `theirs` still has bodies that were erased in `ours`, the same segment; nothing if they differ in more.
std::optional<std::vector<Overwrite>> erased_since(std::uint32_t segment, BytesView ours, BytesView theirs) {
  std::vector<Overwrite> out;
  if (ours.size() < theirs.size()) return std::nullopt;
  const BytesView header = ours.substr(0, kSegmentHeaderBytes);
  if (!theirs.starts_with(header)) out.push_back({{segment, 0}, Bytes(header), 0});
  for (std::size_t at = kSegmentHeaderBytes; at < theirs.size();) {
    const std::size_t size = framed_size(theirs.substr(at));
    const BytesView record = theirs.substr(at, size);
    if (size == 0 || framed_size(ours.substr(at)) != size) return std::nullopt;
    if (ours.substr(at, size) != record) {
      auto item = without_body({segment, static_cast<std::uint32_t>(at)}, record);
      if (!item || ours.substr(at, size) != item->octets + Bytes(item->zeros, '\0')) return std::nullopt;
      out.push_back(*std::move(item));
    }
    at += size;
  }
  return out;
}

tl::unexpected<Error> elsewhere(const std::string& target, const std::string& what) {
  return fail(kBackupElsewhere, target + " " + what + ": give a new folder for this backup");
}

class Backup {
 public:
  Backup(Disk& disk, const std::string& folder, const std::string& target)
      : disk_(disk), folder_(folder), target_(target) {}

  Result<BackupReport> run() {
    if (auto discarded = discard_compacted_copies(disk_, target_); !discarded) return pass(discarded);
    if (auto finished = finish_overwriting(disk_, target_); !finished) return pass(finished);
    const auto found = find_segments(disk_, folder_);
    if (!found) return tl::unexpected(found.error());
    if (auto checked = check_target(*found); !checked) return pass(checked);
    std::vector<FoundSegment> segments;
    for (const FoundSegment& segment : *found)
      if (segment.first_sequence) segments.push_back(segment);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const bool is_last = i + 1 == segments.size();
      auto copied = copy(segments[i], is_last ? std::numeric_limits<std::uint64_t>::max() : *segments[i + 1].first_sequence);
      if (!copied) return pass(copied);
    }
    return report_;
  }

 private:
  Result<void> check_target(const std::vector<FoundSegment>& ours) {
    const auto theirs = find_segments(disk_, target_);
    if (!theirs) return tl::unexpected(theirs.error());
    if (!theirs->empty() && (ours.empty() || theirs->back().number > ours.back().number))
      return elsewhere(target_, "holds more segments than the store: it is the backup of another one, or of a later state");
    return {};
  }

  Result<void> copy(const FoundSegment& segment, std::uint64_t sequence_end) {
    const std::string name = segment_name(segment.number);
    const auto octets = read_groups(folder_ + "/" + name, segment, sequence_end);
    if (!octets) return tl::unexpected(octets.error());
    if (octets->size() == kSegmentHeaderBytes) return {};  // just begun
    if (auto written = write(segment.number, target_ + "/" + name, *octets); !written) return written;
    if (auto done = compact_as(folder_ + "/" + name, target_ + "/" + name); !done) return done;
    ++report_.segments;
    report_.octets += octets->size();
    return {};
  }

  // The segment up to its last whole group. Errors: kStoreDamaged, those of Disk.
  Result<Bytes> read_groups(const std::string& path, const FoundSegment& segment, std::uint64_t sequence_end) {
    const bool is_last = sequence_end == std::numeric_limits<std::uint64_t>::max();
    // A read beside writes may see a later group and not the one before it, which was written after that place had been
    // read. Read again, it is there; what is damaged ends at the same place again.
    for (std::size_t ended_before = 0;;) {
      const auto begun = overwrites_begun(disk_, folder_);
      if (!begun) return pass(begun);
      const auto opened = open_segment(disk_, path);  // again: compaction wipes a file that it has replaced
      if (!opened) return pass(opened);
      auto octets = read_whole(*opened->file);
      if (!octets) return octets;
      apply(*begun, segment.number, *octets);
      const Scanned scanned = scan(*octets, *segment.first_sequence, sequence_end);
      const bool is_whole = is_last ? !holds_later_mark(BytesView(*octets).substr(scanned.size), scanned.sequence + 1)
                                    : scanned.sequence + 1 == sequence_end;
      if (is_whole) {
        report_.groups += scanned.groups;
        octets->resize(scanned.size);
        return octets;
      }
      if (scanned.size == ended_before)
        return store_damaged("group " + std::to_string(scanned.sequence + 1) + " of entries is damaged in " + path + " at " +
                             std::to_string(scanned.size) + ", and the backup ends before it");
      ended_before = scanned.size;
    }
  }

  Result<std::unique_ptr<File>> open_or_create(const std::string& path, bool is_new) {
    if (is_new) return disk_.create(path);
    auto there = open_segment(disk_, path);
    if (!there) return pass(there);
    return std::move(there->file);
  }

  // Where the store got space back, so does the backup.
  Result<void> compact_as(const std::string& ours, const std::string& theirs) {
    const auto segment = open_segment(disk_, ours);
    if (!segment) return pass(segment);
    const auto copied = open_segment(disk_, theirs);
    if (!copied) return pass(copied);
    if (segment->left_out <= copied->left_out) return {};
    auto smaller = CompactedCopy::write(disk_, theirs);
    if (!smaller) return pass(smaller);
    if (!*smaller) return {};
    if (auto put = (*smaller)->put_in_place(); !put) return put;
    return (*smaller)->wipe_old();
  }

  Result<void> write(std::uint32_t segment, const std::string& path, BytesView octets) {
    const auto names = disk_.list(target_);
    if (!names) return tl::unexpected(names.error());
    const bool is_new = !std::ranges::binary_search(*names, path.substr(target_.size() + 1));
    const auto file = open_or_create(path, is_new);
    if (!file) return tl::unexpected(file.error());
    auto earlier = read_earlier(**file);
    if (!earlier) return tl::unexpected(earlier.error());
    // What was erased since is erased from the backup too.
    if (!earlier->starts_with(octets) && !octets.starts_with(*earlier)) {
      const auto erased = erased_since(segment, octets, BytesView(*earlier).substr(0, octets.size()));
      if (!erased)
        return elsewhere(target_, "holds other entries than the store: it is the backup of another one");
      if (auto written = overwrite(disk_, target_, *erased); !written) return written;
      apply(*erased, segment, *earlier);
    }
    // A group that a failed write left behind and that was written again in the next segment may be in the earlier one.
    if (earlier->size() > octets.size() && earlier->starts_with(octets))
      return wipe_end(**file, octets.size(), earlier->size(), SyncSite::kBackup);
    if (*earlier == octets) return {};
    if (!octets.starts_with(*earlier))
      return elsewhere(target_, "holds other entries than the store: it is the backup of another one");
    const BytesView fresh = octets.substr(earlier->size());
    if (auto written = (*file)->write_at(earlier->size(), fresh); !written) return written;
    if (auto cut = (*file)->truncate(octets.size()); !cut) return cut;
    if (auto synced = (*file)->sync(SyncSite::kBackup); !synced) return synced;
    if (is_new)
      if (auto synced = disk_.sync_folder(target_, SyncSite::kBackup); !synced) return synced;
    report_.octets_copied += fresh.size();
    return {};
  }

  Disk& disk_;
  const std::string& folder_;
  const std::string& target_;
  BackupReport report_;
};

}  // namespace

std::string BackupReport::text() const {
  return std::to_string(segments) + " segments with " + std::to_string(groups) + " groups, " + std::to_string(octets) +
         " octets, of which " + std::to_string(octets_copied) + " are new";
}

Result<BackupReport> back_up(Disk& disk, const std::string& folder, const std::string& target) {
  if (auto made = disk.make_folder(target); !made) return pass(made);
  if (auto synced = disk.sync_folder(parent_of(target), SyncSite::kBackup); !synced) return pass(synced);
  const auto lock = disk.lock(target);
  if (!lock) return tl::unexpected(lock.error());
  return Backup(disk, folder, target).run();
}

}  // namespace tamizdat::store
