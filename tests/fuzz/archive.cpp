// links: tamizdat_format
// However an archive is cut into pieces, the same records come out of it and the same error ends it. Records written
// anew are the same records.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/base/check.h"
#include "proto/format/archive.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::format;

struct Reading {
  Bytes records;  // each behind its kind and length
  std::size_t count = 0;
  std::string fault;
  friend bool operator==(const Reading&, const Reading&) = default;
};

void add(const ArchiveRecord& record, Reading& out) {
  append_u32_be(out.records, static_cast<std::uint32_t>(record.kind));
  append_u64_be(out.records, record.bytes.size());
  out.records += record.bytes;
  ++out.count;
}

// Takes what is whole; false at a fault.
bool take_whole(ArchiveReader& reader, Reading& out) {
  for (;;) {
    const auto records = reader.take();
    if (!records) {
      out.fault = records.error().code.name();
      return false;
    }
    if (records->empty()) return true;
    for (const auto& record : *records) add(record, out);
  }
}

Reading read_in_pieces(BytesView bytes, std::size_t piece) {
  Reading out;
  ArchiveReader reader;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    reader.add(bytes.substr(0, piece));
    if (!take_whole(reader, out)) return out;
  }
  if (auto whole = reader.finish(); !whole) out.fault = whole.error().code.name();
  return out;
}

void check_written_anew(const std::vector<ArchiveRecord>& records, const Reading& reading) {
  Bytes again;
  for (const auto& record : records) append_record(again, record.kind, record.bytes);
  TMZ_CHECK(read_in_pieces(again, again.size() + 1) == reading);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  const Reading at_once = read_in_pieces(bytes, size + 1);
  TMZ_CHECK(read_in_pieces(bytes, 1) == at_once);
  TMZ_CHECK(read_in_pieces(bytes, 7) == at_once);
  const auto records = parse_archive(bytes);
  TMZ_CHECK(records.has_value() == at_once.fault.empty());
  if (!records) {
    TMZ_CHECK(records.error().code.name() == at_once.fault);
    return 0;
  }
  TMZ_CHECK(records->size() == at_once.count);
  check_written_anew(*records, at_once);
  return 0;
}
