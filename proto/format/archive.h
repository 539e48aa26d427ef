// An archive: charter chains, bundles and statements one after the other, each behind its length. It is the file that
// `fetch` writes, the download of one article, the body of a relay's answers, and what travels on a stick.
#pragma once

#include <cstdint>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::format {

inline constexpr ErrorCode kArchiveTruncated{"archive-truncated"};
inline constexpr ErrorCode kArchiveMalformed{"archive-malformed"};

enum class RecordKind { kSignedCharter, kBundle, kStatement };

struct ArchiveRecord {
  RecordKind kind = RecordKind::kBundle;
  Bytes bytes;  // exactly as stored
};

// How many octets a record of so many takes in an archive.
std::size_t record_size(std::size_t bytes);
void append_record(Bytes& archive, RecordKind kind, BytesView bytes);

// Takes records off the front of a growing buffer.
class ArchiveReader {
 public:
  void add(BytesView bytes) { buffer_ += bytes; }
  // The records that are whole by now, perhaps none. Records of a kind unknown to this version are passed over.
  // Errors: kArchiveMalformed (a length above the limit, no record), once what was whole before it has been taken.
  Result<std::vector<ArchiveRecord>> take();
  // Call at the end of the input. Errors: kArchiveTruncated.
  Result<void> finish() const;

 private:
  Bytes buffer_;
};

// How many records the lengths in it tell of, up to `count_max`, the last one whole or not. None of them is looked at.
std::size_t count_records(BytesView archive, std::size_t count_max);
// All records of a whole archive. Errors: kArchiveTruncated, kArchiveMalformed.
Result<std::vector<ArchiveRecord>> parse_archive(BytesView archive);

}  // namespace tamizdat::format
