// The octets of a segment file. Integers are big endian.
//
//   segment  = header, group, group, ..., zeros up to the allocated size
//   header   = "tzsegmnt", version u32, number u32, first sequence u64, crc u32
//   group    = record, record, ..., mark: written together, and there only if all of it is
//   record   = length u32 of the payload, crc u32 of length and payload, payload
//   payload  = kind u8, then by kind:
//     charter  project 32, signed charter. Where the project has a charter of this version, another branch begins here,
//              which takes the place of what it had from this version on
//     run      project 32, desk 32, kept u64, count u32, head change u8, head (length u32), after (32 each).
//              The log keeps its entries [0, kept); the next `count` entry records are those that follow; then it is
//              tied to its head by the hashes `after`.
//     entry    received u64 (seconds since 1970), coding u8, size u32, header (length u32), stored body
//     fill     as entry: the body of an entry that is held without one; its header says which
//     erase    project 32, desk 32, index u64, entry 32: the entry has no body from here on
//     mark     sequence u64, octets of the group before it u32
//
// Groups are numbered through all segments without a gap, so that a lost one is noticed. A group with the first
// sequence of the next segment, or a higher one, was abandoned after a failed sync and written again there.
// What is written stays as it is, but for bodies that were erased: then the record that held one is written over in place,
// at its length, with the coding "erased", and zeros for the body (overwrite.h).
//
// A segment that grows no more may lie on the disk without its longest runs of zeros (compacted_file.h). It reads as it did.
//
// A new kind of record raises the version: an older program then refuses to start, where it would otherwise take what
// it does not know for a torn tail and cut it.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "proto/base/time.h"
#include "proto/format/bundle.h"

namespace tamizdat::store {

// A record, or the place after one.
struct SegmentPlace {
  std::uint32_t segment = 0;
  std::uint32_t offset = 0;
  friend auto operator<=>(const SegmentPlace&, const SegmentPlace&) = default;
};

inline constexpr std::uint32_t kSegmentVersion = 2;  // 1: without erase, of records and of bodies
inline constexpr std::uint32_t kCompactedVersion = 3;

struct SegmentHeader {
  std::uint32_t version = kSegmentVersion;
  std::uint32_t number = 0;
  std::uint64_t first_sequence = 0;
};
inline constexpr std::size_t kSegmentHeaderBytes = 28;
inline constexpr std::size_t kFrameBytes = 8;  // length and crc before each payload
inline constexpr std::size_t kMarkBytes = kFrameBytes + 13;
// The largest record is an entry; a damaged length must not make the reader ask for more memory.
inline constexpr std::size_t kRecordBytesMax = 1024 * 1024;

Bytes encode(const SegmentHeader& header);
// The checksum of both, one behind the other.
std::uint32_t crc_of(BytesView first, BytesView then);
// Also of a version unknown here, which the caller refuses.
std::optional<SegmentHeader> decode_segment_header(BytesView octets);

enum class HeadChange : std::uint8_t { kNone = 0, kSame = 1, kGiven = 2 };  // none: the log waits for a head

struct CharterRecord {
  ProjectId project;
  BytesView signed_charter;
};
struct RunRecord {
  format::LogName log;
  std::uint64_t kept = 0;
  std::uint32_t count = 0;
  HeadChange change = HeadChange::kSame;
  BytesView head;
  std::vector<Hash32> after;
};
enum class BodyCoding : std::uint8_t { kAbsent = 0, kPlain = 1, kZstd = 2, kErased = 3 };
inline bool holds_body(BodyCoding coding) { return coding == BodyCoding::kPlain || coding == BodyCoding::kZstd; }

struct EntryRecord {
  Timestamp received_at;
  BodyCoding coding = BodyCoding::kAbsent;
  std::uint32_t size = 0;  // of the body; the reason if it is absent
  BytesView header;
  BytesView stored_body;
};
struct FillRecord {
  EntryRecord entry;
};
struct EraseRecord {
  format::LogName log;
  std::uint64_t index = 0;
  EntryId entry;
};
struct MarkRecord {
  std::uint64_t sequence = 0;
  std::uint32_t group_bytes = 0;
};
using Record = std::variant<CharterRecord, RunRecord, EntryRecord, FillRecord, EraseRecord, MarkRecord>;

// The entry in a record that holds one, with or without its body; none in others.
EntryRecord* entry_in(Record& record);
const EntryRecord* entry_in(const Record& record);

// Appends the framed record.
void append_record(Bytes& group, const Record& record);

// One framed record, whose views point into `octets`.
struct FramedRecord {
  Record record;
  std::size_t size = 0;  // with its frame
};
// The whole size that the frame at the start of `octets` states (at least kFrameBytes of them); 0 where none is.
std::size_t framed_size(BytesView octets);
// Nothing if the octets do not start with a whole record with the right checksum and form.
std::optional<FramedRecord> decode_record(BytesView octets);

}  // namespace tamizdat::store
