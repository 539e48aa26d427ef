#include "proto/format/archive.h"

#include <algorithm>
#include <optional>

#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

constexpr std::size_t kLengthBytes = 4;

// The record of `length` octets at the front of `rest`; none if its kind is unknown to this version.
Result<std::optional<ArchiveRecord>> parse_record(BytesView rest, std::size_t length) {
  if (length > kArchiveRecordBytesMax)
    return fail(kArchiveMalformed, "this is not a Tamizdat archive, or it is damaged: a record is too long");
  v1::ArchiveRecord message;
  if (!parse_message(rest.substr(0, length), message))
    return fail(kArchiveMalformed, "this is not a Tamizdat archive, or it is damaged: a record cannot be read");
  if (message.has_signed_charter())
    return ArchiveRecord{RecordKind::kSignedCharter, std::move(*message.mutable_signed_charter())};
  if (message.has_bundle()) return ArchiveRecord{RecordKind::kBundle, std::move(*message.mutable_bundle())};
  if (message.has_statement()) return ArchiveRecord{RecordKind::kStatement, std::move(*message.mutable_statement())};
  return std::nullopt;
}

}  // namespace

std::size_t record_size(std::size_t bytes) {
  std::size_t varint = 1;
  for (std::size_t rest = bytes; rest >= 0x80; rest >>= 7) ++varint;
  return kLengthBytes + 1 + varint + bytes;
}

void append_record(Bytes& archive, RecordKind kind, BytesView bytes) {
  v1::ArchiveRecord message;
  switch (kind) {
    case RecordKind::kSignedCharter:
      message.set_signed_charter(Bytes(bytes));
      break;
    case RecordKind::kBundle:
      message.set_bundle(Bytes(bytes));
      break;
    case RecordKind::kStatement:
      message.set_statement(Bytes(bytes));
      break;
  }
  const Bytes record = serialise_message(message);
  append_u32_be(archive, static_cast<std::uint32_t>(record.size()));
  archive += record;
}

Result<std::vector<ArchiveRecord>> ArchiveReader::take() {
  std::vector<ArchiveRecord> out;
  BytesView rest = buffer_;
  std::optional<Error> fault;
  while (!fault && rest.size() >= kLengthBytes) {
    const std::size_t length = read_u32_be(rest);
    if (length <= kArchiveRecordBytesMax && rest.size() - kLengthBytes < length) break;
    auto record = parse_record(rest.substr(kLengthBytes), length);
    if (!record) {
      fault = std::move(record).error();
      continue;
    }
    if (*record) out.push_back(**std::move(record));
    rest.remove_prefix(kLengthBytes + length);
  }
  buffer_.erase(0, buffer_.size() - rest.size());
  // What was whole before the fault is given first: the answer must not depend on how the bytes were cut.
  if (fault && out.empty()) return tl::unexpected<Error>(*std::move(fault));
  return out;
}

Result<void> ArchiveReader::finish() const {
  if (!buffer_.empty()) return fail(kArchiveTruncated, "the archive ends in the middle of a record: fetch it again");
  return {};
}

std::size_t count_records(BytesView archive, std::size_t count_max) {
  std::size_t count = 0;
  while (!archive.empty() && count < count_max) {
    ++count;
    if (archive.size() < kLengthBytes) break;
    archive.remove_prefix(std::min(archive.size(), kLengthBytes + read_u32_be(archive)));
  }
  return count;
}

Result<std::vector<ArchiveRecord>> parse_archive(BytesView archive) {
  ArchiveReader reader;
  reader.add(archive);
  auto records = reader.take();
  if (!records) return records;
  // After a take that stopped at a fault, the next one names it.
  if (auto fault = reader.take(); !fault) return fault;
  if (auto whole = reader.finish(); !whole) return pass(whole);
  return records;
}

}  // namespace tamizdat::format
