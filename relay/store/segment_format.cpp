#include "relay/store/segment_format.h"

#include <zlib.h>

#include "relay/store/octet_reader.h"

namespace tamizdat::store {
namespace {

constexpr BytesView kMagic = "tzsegmnt";

enum class Kind : std::uint8_t { kCharter = 1, kRun = 2, kEntry = 3, kFill = 4, kMark = 5, kErase = 6 };

void append_counted(Bytes& out, BytesView octets) {
  append_u32_be(out, static_cast<std::uint32_t>(octets.size()));
  out += octets;
}

void append_kind(Bytes& out, Kind kind) { out += static_cast<char>(kind); }

void append_payload(Bytes& out, const CharterRecord& record) {
  append_kind(out, Kind::kCharter);
  out += record.project.view();
  out += record.signed_charter;
}

void append_payload(Bytes& out, const RunRecord& record) {
  append_kind(out, Kind::kRun);
  out += record.log.project.view();
  out += record.log.desk.view();
  append_u64_be(out, record.kept);
  append_u32_be(out, record.count);
  out += static_cast<char>(record.change);
  append_counted(out, record.head);
  for (const Hash32& hash : record.after) out += hash.view();
}

void append_entry(Bytes& out, const EntryRecord& record) {
  append_u64_be(out, static_cast<std::uint64_t>(unix_seconds(record.received_at)));
  out += static_cast<char>(record.coding);
  append_u32_be(out, record.size);
  append_counted(out, record.header);
  out += record.stored_body;
}

void append_payload(Bytes& out, const EntryRecord& record) {
  append_kind(out, Kind::kEntry);
  append_entry(out, record);
}

void append_payload(Bytes& out, const FillRecord& record) {
  append_kind(out, Kind::kFill);
  append_entry(out, record.entry);
}

void append_payload(Bytes& out, const EraseRecord& record) {
  append_kind(out, Kind::kErase);
  out += record.log.project.view();
  out += record.log.desk.view();
  append_u64_be(out, record.index);
  out += record.entry.view();
}

void append_payload(Bytes& out, const MarkRecord& record) {
  append_kind(out, Kind::kMark);
  append_u64_be(out, record.sequence);
  append_u32_be(out, record.group_bytes);
}

RunRecord read_run(OctetReader& in) {
  RunRecord record;
  record.log.project = ProjectId(in.hash());
  record.log.desk = DeskId(in.hash());
  record.kept = in.u64();
  record.count = in.u32();
  record.change = static_cast<HeadChange>(in.u8());
  record.head = in.counted();
  const BytesView after = in.rest();
  for (std::size_t i = 0; i + 32 <= after.size(); i += 32) record.after.push_back(*Hash32::from(after.substr(i, 32)));
  return record;
}

EntryRecord read_entry(OctetReader& in) {
  EntryRecord record;
  record.received_at = timestamp_from_unix(static_cast<std::int64_t>(in.u64()));
  record.coding = static_cast<BodyCoding>(in.u8());
  record.size = in.u32();
  record.header = in.counted();
  record.stored_body = in.rest();
  return record;
}

std::optional<Record> read_payload(BytesView payload) {
  OctetReader in(payload);
  std::optional<Record> out;
  switch (static_cast<Kind>(in.u8())) {
    case Kind::kCharter: {
      const ProjectId project(in.hash());
      out = CharterRecord{project, in.rest()};
      break;
    }
    case Kind::kRun: {
      RunRecord run = read_run(in);
      if (run.change > HeadChange::kGiven) return std::nullopt;
      out = std::move(run);
      break;
    }
    case Kind::kEntry:
    case Kind::kFill: {
      const EntryRecord entry = read_entry(in);
      if (entry.coding > BodyCoding::kErased) return std::nullopt;
      if (static_cast<Kind>(payload.front()) == Kind::kEntry)
        out = entry;
      else
        out = FillRecord{entry};
      break;
    }
    case Kind::kErase: {
      EraseRecord erase;
      erase.log.project = ProjectId(in.hash());
      erase.log.desk = DeskId(in.hash());
      erase.index = in.u64();
      erase.entry = EntryId(in.hash());
      out = erase;
      break;
    }
    case Kind::kMark: {
      MarkRecord mark;
      mark.sequence = in.u64();
      mark.group_bytes = in.u32();
      out = mark;
      break;
    }
  }
  if (!out || !in.finished()) return std::nullopt;
  return out;
}

}  // namespace

std::uint32_t crc_of(BytesView first, BytesView then) {
  uLong crc = ::crc32_z(0, octets(first), first.size());
  return static_cast<std::uint32_t>(::crc32_z(crc, octets(then), then.size()));
}

Bytes encode(const SegmentHeader& header) {
  Bytes out(kMagic);
  append_u32_be(out, header.version);
  append_u32_be(out, header.number);
  append_u64_be(out, header.first_sequence);
  append_u32_be(out, crc_of({}, out));
  return out;
}

std::optional<SegmentHeader> decode_segment_header(BytesView octets) {
  if (octets.size() < kSegmentHeaderBytes) return std::nullopt;
  const BytesView covered = octets.substr(0, kSegmentHeaderBytes - 4);
  OctetReader in(octets.substr(0, kSegmentHeaderBytes));
  if (in.take(kMagic.size()) != kMagic) return std::nullopt;
  SegmentHeader header;
  header.version = in.u32();
  header.number = in.u32();
  header.first_sequence = in.u64();
  if (in.u32() != crc_of({}, covered)) return std::nullopt;
  return header;
}

EntryRecord* entry_in(Record& record) {
  if (auto* const fill = std::get_if<FillRecord>(&record)) return &fill->entry;
  return std::get_if<EntryRecord>(&record);
}

const EntryRecord* entry_in(const Record& record) {
  if (const auto* const fill = std::get_if<FillRecord>(&record)) return &fill->entry;
  return std::get_if<EntryRecord>(&record);
}

void append_record(Bytes& group, const Record& record) {
  const std::size_t start = group.size();
  group.append(kFrameBytes, '\0');
  std::visit([&](const auto& item) { append_payload(group, item); }, record);
  const BytesView payload = BytesView(group).substr(start + kFrameBytes);
  Bytes frame;
  append_u32_be(frame, static_cast<std::uint32_t>(payload.size()));
  append_u32_be(frame, crc_of(frame, payload));
  group.replace(start, kFrameBytes, frame);
}

std::size_t framed_size(BytesView octets) {
  const std::uint32_t length = read_u32_be(octets.substr(0, 4));
  return length == 0 ? 0 : kFrameBytes + length;
}

std::optional<FramedRecord> decode_record(BytesView octets) {
  if (octets.size() < kFrameBytes) return std::nullopt;
  const std::size_t size = framed_size(octets);
  if (size == 0 || size > octets.size()) return std::nullopt;
  const BytesView payload = octets.substr(kFrameBytes, size - kFrameBytes);
  if (read_u32_be(octets.substr(4, 4)) != crc_of(octets.substr(0, 4), payload)) return std::nullopt;
  auto record = read_payload(payload);
  if (!record) return std::nullopt;
  return FramedRecord{*std::move(record), size};
}

}  // namespace tamizdat::store
