// A segment file without its longest runs of zeros: what is left where bodies were erased, and where space was allocated
// and not used. It reads as the segment that it was made from, octet by octet, so places stay what they are and nobody
// above notices.
//
//   file = header of a segment (version 3), count u32, hole..., crc u32 of all that, then the segment behind its header
//          without the holes
//   hole = offset u32, size u32: so many zeros belong there; ascending, never side by side
//
// An older program meets a version that it does not know and refuses to start.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "relay/store/disk.h"

namespace tamizdat::store {

// A segment, compacted or not. Every reader of segments comes in here. Errors: those of Disk, kStoreDamaged.
struct OpenedSegment {
  std::unique_ptr<File> file;
  std::uint64_t left_out = 0;  // octets of holes, without one at the end
  std::uint64_t size_on_disk = 0;
};
Result<OpenedSegment> open_segment(Disk& disk, const std::string& path);

// The octets of a file that reads as `segment` does, which is a whole one. Nothing if it would not be smaller.
std::optional<Bytes> compacted(BytesView segment);

}  // namespace tamizdat::store
