#include "relay/store/overwrite.h"

#include <algorithm>
#include <set>

#include "proto/format/hash.h"
#include "relay/store/compacted_file.h"
#include "relay/store/octet_reader.h"
#include "relay/store/segment_scan.h"

namespace tamizdat::store {
namespace {

constexpr BytesView kMagic = "tzovrwrt";
constexpr std::string_view kPartSuffix = ".part";

std::string journal_of(const std::string& folder) { return folder + "/" + std::string(kOverwritesFileName); }
std::string segment_of(const std::string& folder, std::uint32_t segment) { return folder + "/" + segment_name(segment); }

// Magic, count, the overwrites, and a hash of all that: it is believed whole or not at all.
Bytes encode(const std::vector<Overwrite>& overwrites) {
  Bytes out(kMagic);
  append_u32_be(out, static_cast<std::uint32_t>(overwrites.size()));
  for (const auto& item : overwrites) {
    append_u32_be(out, item.place.segment);
    append_u32_be(out, item.place.offset);
    append_u32_be(out, item.zeros);
    append_u32_be(out, static_cast<std::uint32_t>(item.octets.size()));
    out += item.octets;
  }
  return out + Bytes(format::sha256({out}).view());
}

std::optional<std::vector<Overwrite>> decode(BytesView octets) {
  if (octets.size() < kMagic.size() + 4 + sizeof(Hash32::octets)) return std::nullopt;
  const auto covered = octets.substr(0, octets.size() - sizeof(Hash32::octets));
  if (format::sha256({covered}).view() != octets.substr(covered.size())) return std::nullopt;
  OctetReader in(covered);
  if (in.take(kMagic.size()) != kMagic) return std::nullopt;
  std::vector<Overwrite> out;
  for (std::uint32_t left = in.u32(); left > 0; --left) {
    Overwrite item;
    item.place.segment = in.u32();
    item.place.offset = in.u32();
    item.zeros = in.u32();
    item.octets = Bytes(in.counted());
    out.push_back(std::move(item));
  }
  return out;
}

Result<bool> is_there(Disk& disk, const std::string& folder, std::string_view name) {
  const auto names = disk.list(folder);
  if (!names) return pass(names);
  return std::ranges::find(*names, name) != names->end();
}

// The framed record at `place`. Errors: those of Disk, kStoreDamaged.
Result<Bytes> read_record(Disk& disk, const std::string& folder, const SegmentPlace& place) {
  const auto segment = open_segment(disk, segment_of(folder, place.segment));
  if (!segment) return pass(segment);
  const File& file = *segment->file;
  Bytes frame(kFrameBytes, '\0');
  const auto read = file.read_at(place.offset, frame);
  if (!read) return pass(read);
  const std::size_t size = *read == frame.size() ? framed_size(frame) : 0;
  Bytes record(std::min(size, kRecordBytesMax), '\0');
  const auto count = file.read_at(place.offset, record);
  if (!count) return pass(count);
  if (*count != record.size() || !decode_record(record))
    return store_damaged("the record at " + std::to_string(place.offset) + " in " + segment_name(place.segment) + " is damaged");
  return record;
}

// The header of a segment that an older program wrote, with the version that knows erased bodies: it must not take one
// for damage. Nothing if it has that version.
Result<std::optional<Bytes>> version_raised(Disk& disk, const std::string& path) {
  const auto segment = open_segment(disk, path);
  if (!segment) return pass(segment);
  Bytes octets(kSegmentHeaderBytes, '\0');
  if (const auto count = segment->file->read_at(0, octets); !count) return pass(count);
  auto header = decode_segment_header(octets);
  if (!header || header->version == kSegmentVersion) return std::optional<Bytes>();
  header->version = kSegmentVersion;
  return std::optional(store::encode(*header));
}

Result<void> remove_durably(Disk& disk, const std::string& folder) {
  if (auto removed = disk.remove(journal_of(folder)); !removed) return removed;
  return disk.sync_folder(folder, SyncSite::kOverwritesName);
}

Result<void> note(Disk& disk, const std::string& folder, const std::vector<Overwrite>& overwrites) {
  const auto part = journal_of(folder) + std::string(kPartSuffix);
  auto file = disk.create(part);
  if (!file && disk.remove(part)) file = disk.create(part);  // of a run that was cut off
  if (!file) return pass(file);
  if (auto written = (*file)->write_at(0, encode(overwrites)); !written) return written;
  if (auto synced = (*file)->sync(SyncSite::kOverwrites); !synced) return synced;
  if (auto named = disk.rename(part, journal_of(folder)); !named) return named;
  return disk.sync_folder(folder, SyncSite::kOverwritesName);
}

Result<void> carry_out(Disk& disk, const std::string& folder, const std::vector<Overwrite>& overwrites) {
  std::set<std::uint32_t> segments;
  for (const auto& item : overwrites) segments.insert(item.place.segment);
  for (const std::uint32_t segment : segments) {
    auto opened = open_segment(disk, segment_of(folder, segment));
    if (!opened) return pass(opened);
    File& file = *opened->file;
    for (const auto& item : overwrites) {
      if (item.place.segment != segment) continue;
      if (auto written = file.write_at(item.place.offset, item.octets + Bytes(item.zeros, '\0')); !written) return written;
    }
    if (auto synced = file.sync(SyncSite::kOverwrittenBody); !synced) return synced;
  }
  return remove_durably(disk, folder);
}

}  // namespace

std::optional<Overwrite> without_body(const SegmentPlace& place, BytesView framed_record) {
  auto framed = decode_record(framed_record);
  if (!framed) return std::nullopt;
  EntryRecord* const entry = entry_in(framed->record);
  if (entry == nullptr || !holds_body(entry->coding)) return std::nullopt;
  const Bytes zeros(entry->stored_body.size(), '\0');
  entry->coding = BodyCoding::kErased;
  entry->size = static_cast<std::uint32_t>(format::Absence::kErased);
  entry->stored_body = zeros;
  Bytes octets;
  append_record(octets, framed->record);
  octets.resize(octets.size() - zeros.size());
  return Overwrite{place, std::move(octets), static_cast<std::uint32_t>(zeros.size())};
}

Result<void> erase_bodies(Disk& disk, const std::string& folder, const std::vector<SegmentPlace>& places) {
  // What an earlier call could not finish may have torn a record.
  if (auto finished = finish_overwriting(disk, folder); !finished) return finished;
  std::vector<Overwrite> overwrites;
  std::set<std::uint32_t> segments;
  for (const auto& place : places) {
    const auto record = read_record(disk, folder, place);
    if (!record) return pass(record);
    auto item = without_body(place, *record);
    if (!item) continue;
    overwrites.push_back(*std::move(item));
    if (!segments.insert(place.segment).second) continue;
    auto header = version_raised(disk, segment_of(folder, place.segment));
    if (!header) return pass(header);
    if (*header) overwrites.push_back({{place.segment, 0}, **header, 0});
  }
  if (overwrites.empty()) return {};
  return overwrite(disk, folder, overwrites);
}

Result<BodyFound> find_body(Disk& disk, const std::string& folder, const SegmentPlace& place) {
  const auto record = read_record(disk, folder, place);
  if (!record) return pass(record);
  const auto framed = decode_record(*record);
  const EntryRecord* const entry = entry_in(framed->record);
  if (entry == nullptr) return BodyFound{};
  return BodyFound{entry->stored_body.size(), holds_body(entry->coding)};
}

Result<void> overwrite(Disk& disk, const std::string& folder, const std::vector<Overwrite>& overwrites) {
  if (auto noted = note(disk, folder, overwrites); !noted) return noted;
  if (auto done = carry_out(disk, folder, overwrites); done) return done;
  return finish_overwriting(disk, folder);  // once more: a record that stays torn cannot be read
}

Result<void> finish_overwriting(Disk& disk, const std::string& folder) {
  const auto begun = overwrites_begun(disk, folder);
  if (!begun) return pass(begun);
  const auto there = is_there(disk, folder, kOverwritesFileName);
  if (!there) return pass(there);
  if (!*there) return {};
  return carry_out(disk, folder, *begun);
}

Result<std::vector<Overwrite>> overwrites_begun(Disk& disk, const std::string& folder) {
  const auto there = is_there(disk, folder, kOverwritesFileName);
  if (!there) return pass(there);
  if (!*there) return std::vector<Overwrite>();
  const auto file = disk.open(journal_of(folder));
  if (!file) return pass(file);
  const auto octets = read_whole(**file);
  if (!octets) return pass(octets);
  // Not whole: it got its name before it was durable, so nothing was overwritten yet.
  return decode(*octets).value_or(std::vector<Overwrite>());
}

void apply(const std::vector<Overwrite>& overwrites, std::uint32_t segment, Bytes& octets) {
  for (const auto& item : overwrites) {
    const std::size_t size = item.octets.size() + item.zeros;
    if (item.place.segment != segment || item.place.offset + size > octets.size()) continue;
    octets.replace(item.place.offset, size, item.octets + Bytes(item.zeros, '\0'));
  }
}

}  // namespace tamizdat::store
