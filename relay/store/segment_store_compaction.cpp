// How a segment store gives space back: which segment is worth it, and what may not come between.
#include <algorithm>
#include <mutex>

#include "relay/store/compacted_file.h"
#include "relay/store/compaction.h"
#include "relay/store/overwrite.h"
#include "relay/store/segment_store.h"

namespace tamizdat::store {

Result<bool> SegmentStore::compact() {
  const auto segment = worth_compacting();
  if (!segment) return fail(kStoreFailed, segment.error().text);
  if (!*segment) return false;
  if (auto done = compact_segment(**segment); !done) {
    compacted_.erase(**segment);
    return fail(kStoreFailed, done.error().text);
  }
  return true;
}

// The first one; it is not looked at again before more of it was erased.
Result<std::optional<std::uint32_t>> SegmentStore::worth_compacting() {
  std::map<std::uint32_t, std::uint64_t> erased;
  {
    const std::shared_lock lock(mutex_);
    erased = state_.erased_octets();
  }
  for (const auto& [segment, octets] : erased) {
    if (segment >= last_segment_ || octets < std::max<std::uint64_t>(settings_.compaction.octets_min, 1)) continue;
    if (const auto before = compacted_.find(segment); before != compacted_.end() && before->second == octets) continue;
    const auto opened = open_segment(disk_, settings_.folder + "/" + segment_name(segment));
    if (!opened) return pass(opened);
    const std::uint64_t dead = octets - std::min(octets, opened->left_out);
    if (dead < settings_.compaction.octets_min || dead * 100 < opened->size_on_disk * settings_.compaction.percent_min) continue;
    compacted_[segment] = octets;
    return std::optional(segment);
  }
  return std::optional<std::uint32_t>();
}

Result<void> SegmentStore::compact_segment(std::uint32_t segment) {
  std::uint64_t overwritings = 0;
  {
    const std::scoped_lock lock(rewriting_);
    overwritings = overwritings_;
  }
  auto copy = CompactedCopy::write(disk_, settings_.folder + "/" + segment_name(segment));
  if (!copy) return pass(copy);
  if (!*copy) return {};
  {
    const std::scoped_lock lock(rewriting_);
    if (overwritings != overwritings_) {  // the copy may hold a body that is erased by now
      compacted_.erase(segment);
      return (*copy)->discard();
    }
    if (auto put = (*copy)->put_in_place(); !put) return put;
    segments_->forget(segment);
  }
  return (*copy)->wipe_old();
}

Result<void> SegmentStore::end_segment() {
  if (!state_.erased_octets().contains(last_segment_)) return {};
  segments_->finish();
  const auto start = append({});
  if (!start) return fail(kStoreFailed, start.error().text);
  return {};
}

}  // namespace tamizdat::store
