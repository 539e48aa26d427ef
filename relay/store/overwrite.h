// Takes the octets of erased bodies off the disk: each record that held one is written over in place, at the same length,
// with zeros where the body stood. Nothing else of a segment ever changes.
//
// A write in place may be torn by a crash. So all of what will be written, which is the records without their bodies,
// is made durable first in a file of its own, `overwrites`; a start that finds it writes everything once more before it
// reads a segment. The same for whoever else reads segments: overwrites_begun().
//
// The writer's, or a start's; blocks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "relay/store/disk.h"
#include "relay/store/segment_format.h"

namespace tamizdat::store {

inline constexpr std::string_view kOverwritesFileName = "overwrites";

// `octets`, and so many zeros behind them, belong at `place`.
struct Overwrite {
  SegmentPlace place;
  Bytes octets;
  std::uint32_t zeros = 0;
};

// The framed record at `place` as it is without its body. Nothing if it is no entry, or has no body.
std::optional<Overwrite> without_body(const SegmentPlace& place, BytesView framed_record);

// Overwrites the bodies of the records at these places; those that have none are passed over. All of it is durable when
// it returns. Errors: those of Disk, kStoreDamaged.
Result<void> erase_bodies(Disk& disk, const std::string& folder, const std::vector<SegmentPlace>& places);

// The body in the record at `place`, or its zeros. Errors: those of Disk, kStoreDamaged.
struct BodyFound {
  std::uint64_t octets = 0;
  bool is_there = false;  // not erased
};
Result<BodyFound> find_body(Disk& disk, const std::string& folder, const SegmentPlace& place);

// Finishes what a crash interrupted. Errors: those of Disk.
Result<void> finish_overwriting(Disk& disk, const std::string& folder);

// What finish_overwriting() would write, for those who read segments and change nothing. Errors: those of Disk.
Result<std::vector<Overwrite>> overwrites_begun(Disk& disk, const std::string& folder);
// The octets of a segment as they are after these.
void apply(const std::vector<Overwrite>& overwrites, std::uint32_t segment, Bytes& octets);

// Writes these, durably, as above; nothing is begun in the folder. Errors: those of Disk.
Result<void> overwrite(Disk& disk, const std::string& folder, const std::vector<Overwrite>& overwrites);

}  // namespace tamizdat::store
