// Segments as they lie in their folder, for everybody who reads them whole: recovery at a start, backup, verification.
// Nothing here writes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "relay/store/disk.h"
#include "relay/store/segment_format.h"

namespace tamizdat::store {

// Something that was durable is not there or not readable any more.
inline constexpr ErrorCode kStoreDamaged{"store-damaged"};
// Written by a newer version of the program.
inline constexpr ErrorCode kStoreTooNew{"store-too-new"};

// kStoreDamaged, with what an operator can do about it.
tl::unexpected<Error> store_damaged(const std::string& what);

std::string segment_name(std::uint32_t segment);

struct FoundSegment {
  std::uint32_t number = 0;
  std::optional<std::uint64_t> first_sequence;  // nothing: no valid header
};
// By number. Errors: those of Disk, kStoreTooNew.
Result<std::vector<FoundSegment>> find_segments(Disk& disk, const std::string& folder);

Result<Bytes> read_whole(const File& file);

struct WholeGroup {
  std::size_t records_size = 0;
  std::size_t size = 0;  // with the mark
  std::uint64_t sequence = 0;
};
// The group at the start of `octets`, if it is there up to its mark.
std::optional<WholeGroup> whole_group(BytesView octets);

// Whether the mark of a group after `sequence` lies anywhere in `octets`, whatever surrounds it. Only a group that was
// acknowledged is followed by another one. Groups are numbered without a gap and none is smaller than its mark: that
// bounds what counts, so that an article which quotes a mark is hardly taken for one.
bool holds_later_mark(BytesView octets, std::uint64_t sequence);

// Octets up to the last one that is not zero.
std::size_t written_size(BytesView octets);

}  // namespace tamizdat::store
