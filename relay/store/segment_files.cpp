#include "relay/store/segment_files.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "proto/base/check.h"
#include "relay/store/compacted_file.h"
#include "relay/store/wipe.h"

namespace tamizdat::store {
namespace {

// Descriptors kept open for reading: 16 GiB of segments of the usual size.
constexpr std::size_t kOpenFilesMax = 256;

}  // namespace

std::string SegmentFiles::path(std::uint32_t segment) const { return settings_.folder + "/" + segment_name(segment); }

Result<std::unique_ptr<SegmentFiles>> SegmentFiles::open(Disk& disk, SegmentSettings settings, const GroupEnd& from,
                                                         const GroupVisitor& visit, SegmentRecovery& recovery) {
  std::unique_ptr<SegmentFiles> files(new SegmentFiles(disk, std::move(settings)));
  if (auto recovered = files->recover(from, visit, recovery); !recovered) return pass(recovered);
  return files;
}

Result<void> SegmentFiles::recover(const GroupEnd& from, const GroupVisitor& visit, SegmentRecovery& recovery) {
  const auto found = find_segments(disk_, settings_.folder);
  if (!found) return tl::unexpected(found.error());
  std::vector<FoundSegment> segments;
  std::vector<std::uint32_t> unbegun;
  for (const FoundSegment& segment : *found) {
    next_number_ = segment.number + 1;
    if (segment.first_sequence)
      segments.push_back(segment);
    else
      unbegun.push_back(segment.number);
  }
  recovery.segments_unbegun = unbegun.size();
  end_ = from;
  if (auto known = check_starting_point(from); !known) return known;
  for (auto segment = segments.begin(); segment != segments.end(); ++segment) {
    if (segment->number < from.place.segment) continue;
    const auto next = std::next(segment);
    const bool is_last = next == segments.end();
    const std::uint64_t sequence_end = is_last ? std::numeric_limits<std::uint64_t>::max() : *next->first_sequence;
    if (auto read = read_segment(*segment, sequence_end, is_last, visit, recovery); !read) return read;
  }
  if (auto known = check_known_end(); !known) return known;
  for (const std::uint32_t segment : unbegun)
    if (auto empty = check_unbegun(segment); !empty) return empty;
  return disk_.sync_folder(settings_.folder, SyncSite::kRecoveredFolder);
}

// The index says that everything up to `from` was durable: so its mark must be there.
Result<void> SegmentFiles::check_starting_point(const GroupEnd& from) {
  if (from.place.segment == 0) return {};
  const auto lost = [&] {
    return store_damaged("the index knows " + std::to_string(from.sequence) + " groups of entries, and " +
                   segment_name(from.place.segment) + " does not hold the last of them");
  };
  const auto opened = file(from.place.segment);
  if (!opened || from.place.offset < kSegmentHeaderBytes + kMarkBytes) return lost();
  Bytes octets(kMarkBytes, '\0');
  const auto count = (*opened)->read_at(from.place.offset - kMarkBytes, octets);
  if (!count) return tl::unexpected(count.error());
  const auto framed = decode_record(octets);
  if (!framed) return lost();
  const auto* const mark = std::get_if<MarkRecord>(&framed->record);
  if (mark == nullptr || mark->sequence != from.sequence) return lost();
  return {};
}

Result<void> SegmentFiles::read_segment(const FoundSegment& segment, std::uint64_t sequence_end, bool is_last,
                                        const GroupVisitor& visit, SegmentRecovery& recovery) {
  const auto opened = file(segment.number);
  if (!opened) return tl::unexpected(opened.error());
  const auto octets = read_whole(**opened);
  if (!octets) return tl::unexpected(octets.error());
  const bool is_start = segment.number != end_.place.segment;
  if (is_start && *segment.first_sequence != end_.sequence + 1)
    return store_damaged("groups " + std::to_string(end_.sequence + 1) + " to " + std::to_string(*segment.first_sequence - 1) +
                   " of entries are missing before " + segment_name(segment.number));
  std::size_t at = is_start ? kSegmentHeaderBytes : end_.place.offset;
  std::size_t last_start = 0;
  while (end_.sequence + 1 < sequence_end) {
    const auto group = whole_group(BytesView(*octets).substr(std::min(at, octets->size())));
    if (!group) break;
    if (group->sequence != end_.sequence + 1)
      return store_damaged("group " + std::to_string(end_.sequence + 1) + " of entries is missing in " +
                     segment_name(segment.number));
    const SegmentPlace start{segment.number, static_cast<std::uint32_t>(at)};
    const GroupEnd end{{segment.number, static_cast<std::uint32_t>(at + group->size)}, group->sequence};
    if (auto visited = visit(BytesView(*octets).substr(at, group->records_size), start, end); !visited) return visited;
    end_ = end;
    ++recovery.groups;
    last_start = at;
    at += group->size;
  }
  if (!is_last) {
    if (end_.sequence + 1 != sequence_end)
      return store_damaged("group " + std::to_string(end_.sequence + 1) + " of entries in " + segment_name(segment.number) +
                     " is damaged or gone");
    cut(segment.number, at, BytesView(*octets).substr(std::min(at, octets->size())));
    return {};
  }
  if (holds_later_mark(BytesView(*octets).substr(std::min(at, octets->size())), end_.sequence + 1))
    return store_damaged("group " + std::to_string(end_.sequence + 1) + " of entries is damaged in " + segment_name(segment.number) +
                   " at " + std::to_string(at) + ", with acknowledged ones behind it");
  if (auto known = check_known_end(); !known) return known;
  if (last_start != 0) {
    // The header went to the disk with the first group.
    const std::size_t from = last_start == kSegmentHeaderBytes ? 0 : last_start;
    if (auto secured = secure(segment.number, BytesView(*octets).substr(from, at - from), from); !secured) return secured;
  }
  if (octets->size() > at) {
    recovery.octets_cut = written_size(BytesView(*octets).substr(at));
    if (recovery.octets_cut > 0) recovery.cut_from = segment_name(segment.number);
    cut(segment.number, at, BytesView(*octets).substr(at));
  }
  return {};
}

// What lies behind the last group of a segment: one that was never acknowledged, or was written again in the next
// segment. Where it cannot be cut it counts no more for it, and a later start finds it again.
void SegmentFiles::cut(std::uint32_t segment, std::size_t from, BytesView octets) {
  const auto writable = octets.empty() ? Result<OpenedSegment>() : open_segment(disk_, path(segment));
  if (!writable || !writable->file) return;
  const std::size_t written = written_size(octets);
  if (written == 0)
    static_cast<void>(writable->file->truncate(from));
  else
    static_cast<void>(wipe_end(*writable->file, from, from + written, SyncSite::kAbandoned));
}

Result<void> SegmentFiles::check_known_end() const {
  if (end_.sequence >= settings_.sequence_known) return {};
  return store_damaged("the index knows " + std::to_string(settings_.sequence_known) +
                       " groups of entries, and the segments hold " + std::to_string(end_.sequence) + " of them");
}

// A segment without a valid header is one that the last run could not begin. If groups lie in it that are nowhere else,
// it had begun, and the header was damaged later.
Result<void> SegmentFiles::check_unbegun(std::uint32_t segment) const {
  const auto opened = file(segment);
  if (!opened) return tl::unexpected(opened.error());
  const auto octets = read_whole(**opened);
  if (!octets) return tl::unexpected(octets.error());
  // A header is written in one go with the first group, whose start shares its sector.
  const auto first = whole_group(BytesView(*octets).substr(std::min(kSegmentHeaderBytes, octets->size())));
  const bool is_new = first && first->sequence > end_.sequence;
  if (!is_new && !holds_later_mark(*octets, end_.sequence + 1)) return {};
  return store_damaged("the header of " + segment_name(segment) + " is damaged, with acknowledged groups of entries behind it");
}

// Writes what was read once more and syncs it: the run that wrote it may have died before its sync, or after a sync
// that failed.
Result<void> SegmentFiles::secure(std::uint32_t segment, BytesView octets, std::uint64_t offset) {
  auto writable = disk_.open(path(segment));
  if (!writable) return pass(writable);
  if (auto written = (*writable)->write_at(offset, octets); !written) return written;
  return (*writable)->sync(SyncSite::kRecoveredTail);
}

Result<SegmentPlace> SegmentFiles::append(Bytes records) {
  wipe_abandoned();
  const std::size_t records_size = records.size();
  store::append_record(records, MarkRecord{end_.sequence + 1, static_cast<std::uint32_t>(records_size)});
  const std::size_t room = current_ ? current_size_ - current_used_ : 0;
  if (records.size() > room) {
    finish();
    if (auto begun = begin_segment(records.size()); !begun) return pass(begun);
  }
  if (auto written = write_group(records); !written) {
    abandon(records.size());
    return pass(written);
  }
  const SegmentPlace start{current_number_, current_used_};
  current_used_ += static_cast<std::uint32_t>(records.size());
  end_ = {{current_number_, current_used_}, end_.sequence + 1};
  return start;
}

Result<void> SegmentFiles::write_group(BytesView group) {
  const bool is_new = current_used_ == kSegmentHeaderBytes;
  const SegmentHeader header{kSegmentVersion, current_number_, end_.sequence + 1};
  auto written = is_new ? current_->write_at(0, encode(header).append(group)) : current_->write_at(current_used_, group);
  if (!written) return written;
  if (auto synced = current_->sync(SyncSite::kGroup); !synced) return synced;
  if (is_new) return disk_.sync_folder(settings_.folder, SyncSite::kNewSegment);
  return {};
}

Result<void> SegmentFiles::begin_segment(std::size_t group_bytes) {
  const std::size_t size = std::max<std::size_t>(settings_.segment_bytes, kSegmentHeaderBytes + group_bytes);
  TMZ_CHECK(size < (std::size_t{1} << 31));  // a place has 31 bits for the offset
  const std::uint32_t number = next_number_++;
  auto created = disk_.create(path(number));
  if (!created) return pass(created);
  current_ = *std::move(created);
  current_number_ = number;
  current_size_ = static_cast<std::uint32_t>(size);
  current_used_ = kSegmentHeaderBytes;
  if (auto allocated = current_->preallocate(size); !allocated) {
    abandon(0);
    return allocated;
  }
  const std::scoped_lock lock(files_mutex_);
  keep_open(number, current_);
  return {};
}

void SegmentFiles::finish() {
  // Not synced: a segment that keeps its allocated size reads the same.
  if (current_) static_cast<void>(current_->truncate(current_used_));
  current_.reset();
}

// Leaves a file that failed. Space is given back where that works, and what was begun there is wiped, since its texts lie
// elsewhere soon and may have to go one day: now, with the next group, or at the next start.
void SegmentFiles::abandon(std::size_t group_bytes) {
  const bool is_empty = current_used_ == kSegmentHeaderBytes;
  abandoned_.push_back({current_, is_empty ? 0 : current_used_, current_used_ + group_bytes});
  wipe_abandoned();
  finish();
  if (!is_empty) return;
  const std::scoped_lock lock(files_mutex_);
  files_.erase(current_number_);
  static_cast<void>(disk_.remove(path(current_number_)));
}

void SegmentFiles::wipe_abandoned() {
  std::erase_if(abandoned_, [](const Abandoned& item) {
    return wipe_end(*item.file, item.from, item.to, SyncSite::kAbandoned).has_value();
  });
}

Result<std::shared_ptr<const File>> SegmentFiles::file(std::uint32_t segment) const {
  const std::scoped_lock lock(files_mutex_);
  if (const auto found = files_.find(segment); found != files_.end()) return found->second;
  auto opened = open_segment(disk_, path(segment));
  if (!opened) return pass(opened);
  std::shared_ptr<const File> out = std::move(opened->file);
  keep_open(segment, out);
  return out;
}

void SegmentFiles::forget(std::uint32_t segment) {
  const std::scoped_lock lock(files_mutex_);
  files_.erase(segment);
}

void SegmentFiles::keep_open(std::uint32_t segment, std::shared_ptr<const File> file) const {
  if (files_.size() >= kOpenFilesMax) files_.erase(files_.begin());
  files_.emplace(segment, std::move(file));
}

Result<FramedRecord> SegmentReader::read(const SegmentPlace& place) {
  BytesView octets = loaded_from(place);
  if (octets.size() < kFrameBytes || octets.size() < framed_size(octets)) {
    if (auto loaded = load(place, window_bytes_); !loaded) return pass(loaded);
    octets = loaded_from(place);
    if (octets.size() >= kFrameBytes && octets.size() < framed_size(octets) && framed_size(octets) <= kRecordBytesMax) {
      if (auto loaded = load(place, framed_size(octets)); !loaded) return pass(loaded);
      octets = loaded_from(place);
    }
  }
  auto framed = decode_record(octets);
  if (!framed)
    return store_damaged("the record at " + std::to_string(place.offset) + " in " + segment_name(place.segment) + " is damaged");
  return *std::move(framed);
}

Result<void> SegmentReader::load(const SegmentPlace& place, std::size_t octets) {
  const auto file = files_.file(place.segment);
  if (!file) return tl::unexpected(file.error());
  octets_.resize(octets);
  window_ = place;
  const auto count = (*file)->read_at(place.offset, octets_);
  octets_.resize(count ? *count : 0);
  if (!count) return tl::unexpected(count.error());
  return {};
}

BytesView SegmentReader::loaded_from(const SegmentPlace& place) const {
  if (place.segment != window_.segment || place.offset < window_.offset) return {};
  const std::size_t skipped = place.offset - window_.offset;
  return skipped < octets_.size() ? BytesView(octets_).substr(skipped) : BytesView();
}

}  // namespace tamizdat::store
