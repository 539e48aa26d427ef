#include "proto/format/archive.h"

#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

constexpr std::size_t kLengthBytes = 4;

}  // namespace

void append_record(Bytes& archive, RecordKind kind, BytesView bytes) {
  v1::ArchiveRecord message;
  if (kind == RecordKind::kSignedCharter)
    message.set_signed_charter(Bytes(bytes));
  else
    message.set_bundle(Bytes(bytes));
  Bytes record;
  TMZ_CHECK(message.SerializeToString(&record));
  append_u32_be(archive, static_cast<std::uint32_t>(record.size()));
  archive += record;
}

Result<std::vector<ArchiveRecord>> ArchiveReader::take() {
  std::vector<ArchiveRecord> out;
  BytesView rest = buffer_;
  while (rest.size() >= kLengthBytes) {
    const std::size_t length = read_u32_be(rest);
    if (length > kArchiveRecordBytesMax)
      return fail(kArchiveMalformed, "this is not a Tamizdat archive, or it is damaged: a record is too long");
    if (rest.size() - kLengthBytes < length) break;
    v1::ArchiveRecord message;
    if (!message.ParseFromArray(rest.data() + kLengthBytes, static_cast<int>(length)))
      return fail(kArchiveMalformed, "this is not a Tamizdat archive, or it is damaged: a record cannot be read");
    if (message.has_signed_charter())
      out.push_back({RecordKind::kSignedCharter, std::move(*message.mutable_signed_charter())});
    else if (message.has_bundle())
      out.push_back({RecordKind::kBundle, std::move(*message.mutable_bundle())});
    rest.remove_prefix(kLengthBytes + length);
  }
  buffer_.erase(0, buffer_.size() - rest.size());
  return out;
}

Result<void> ArchiveReader::finish() const {
  if (!buffer_.empty()) return fail(kArchiveTruncated, "the archive ends in the middle of a record: fetch it again");
  return {};
}

Result<std::vector<ArchiveRecord>> parse_archive(BytesView archive) {
  ArchiveReader reader;
  reader.add(archive);
  auto records = reader.take();
  if (!records) return records;
  if (auto whole = reader.finish(); !whole) return pass(whole);
  return records;
}

}  // namespace tamizdat::format
