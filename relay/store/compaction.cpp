#include "relay/store/compaction.h"

#include <algorithm>

#include "relay/store/compacted_file.h"
#include "relay/store/segment_scan.h"
#include "relay/store/wipe.h"

namespace tamizdat::store {
namespace {

constexpr std::string_view kCopySuffix = ".segment.part";
constexpr std::size_t kAtATime = 1024 * 1024;

std::string copy_of(const std::string& path) { return path + ".part"; }

Result<Bytes> read_segment(Disk& disk, const std::string& path) {
  const auto segment = open_segment(disk, path);
  if (!segment) return pass(segment);
  return read_whole(*segment->file);
}

Result<void> write_durably(Disk& disk, const std::string& path, BytesView octets) {
  auto file = disk.create(path);
  if (!file && wipe_and_remove(disk, path, SyncSite::kWipedSegment)) file = disk.create(path);  // of an attempt that failed
  if (!file) return pass(file);
  for (std::size_t at = 0; at < octets.size(); at += kAtATime)
    if (auto written = (*file)->write_at(at, octets.substr(at, kAtATime)); !written) return written;
  return (*file)->sync(SyncSite::kCompacted);
}

Result<bool> reads_as(Disk& disk, const std::string& path, BytesView segment) {
  const auto copy = open_segment(disk, path);
  if (!copy) return pass(copy);
  const auto size = copy->file->size();
  if (!size) return pass(size);
  if (*size != segment.size()) return false;
  Bytes octets;
  for (std::size_t at = 0; at < segment.size(); at += octets.size()) {
    octets.resize(std::min(kAtATime, segment.size() - at));
    const auto count = copy->file->read_at(at, octets);
    if (!count) return pass(count);
    if (*count != octets.size() || segment.substr(at, octets.size()) != octets) return false;
  }
  return true;
}

}  // namespace

Result<std::optional<CompactedCopy>> CompactedCopy::write(Disk& disk, const std::string& path) {
  const auto segment = read_segment(disk, path);
  if (!segment) return pass(segment);
  const auto smaller = compacted(*segment);
  const auto before = disk.open(path);
  const auto size_before = before ? (*before)->size() : Result<std::uint64_t>(pass(before));
  if (!size_before) return pass(size_before);
  if (!smaller || smaller->size() >= *size_before) return std::optional<CompactedCopy>();
  CompactedCopy out(disk, path);
  auto done = write_durably(disk, copy_of(path), *smaller);
  const auto same = done ? reads_as(disk, copy_of(path), *segment) : Result<bool>(pass(done));
  if (same && *same) return out;
  static_cast<void>(out.discard());
  if (!same) return pass(same);
  return store_damaged("the compacted copy of " + path + " does not read as the segment does");
}

Result<void> CompactedCopy::put_in_place() {
  auto old = disk_->open(path_);
  if (!old) return pass(old);
  old_ = *std::move(old);
  return disk_->rename(copy_of(path_), path_);
}

Result<void> CompactedCopy::wipe_old() {
  if (auto synced = disk_->sync_folder(parent_of(path_), SyncSite::kCompactedName); !synced) return synced;
  return wipe(*old_, SyncSite::kWipedSegment);
}

Result<void> CompactedCopy::discard() { return wipe_and_remove(*disk_, copy_of(path_), SyncSite::kWipedSegment); }

Result<void> discard_compacted_copies(Disk& disk, const std::string& folder) {
  const auto names = disk.list(folder);
  if (!names) return pass(names);
  for (const auto& name : *names)
    if (name.ends_with(kCopySuffix))
      if (auto gone = wipe_and_remove(disk, folder + "/" + name, SyncSite::kWipedSegment); !gone) return gone;
  return {};
}

}  // namespace tamizdat::store
