#include "relay/store/segment_scan.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace tamizdat::store {
namespace {

constexpr std::string_view kSuffix = ".segment";

std::optional<std::uint32_t> segment_number(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, name.size() - kSuffix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

tl::unexpected<Error> store_damaged(const std::string& what) {
  return fail(kStoreDamaged, what + ": `tamizdat-relay verify-store` says what is left; restore the folder from a backup, "
                                    "or start with an empty one and let the peers send everything again");
}

std::string segment_name(std::uint32_t segment) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%010u", segment);
  return std::string(digits) + std::string(kSuffix);
}

Result<std::vector<FoundSegment>> find_segments(Disk& disk, const std::string& folder) {
  const auto names = disk.list(folder);
  if (!names) return tl::unexpected(names.error());
  std::vector<FoundSegment> out;
  for (const auto& name : *names) {
    const auto number = segment_number(name);
    if (!number) continue;
    const auto file = disk.open(folder + "/" + name);
    if (!file) return tl::unexpected(file.error());
    Bytes octets(kSegmentHeaderBytes, '\0');
    if (const auto count = (*file)->read_at(0, octets); !count) return tl::unexpected(count.error());
    const auto header = decode_segment_header(octets);
    if (header && header->version > kCompactedVersion)
      return fail(kStoreTooNew, "segment " + name + " has version " + std::to_string(header->version) +
                                    ", which this program does not know: run a newer one");
    FoundSegment& found = out.emplace_back(FoundSegment{*number, {}});
    if (header && header->number == *number) found.first_sequence = header->first_sequence;
  }
  std::ranges::sort(out, {}, &FoundSegment::number);
  return out;
}

Result<Bytes> read_whole(const File& file) {
  const auto size = file.size();
  if (!size) return tl::unexpected(size.error());
  Bytes octets(static_cast<std::size_t>(*size), '\0');
  const auto count = file.read_at(0, octets);
  if (!count) return tl::unexpected(count.error());
  octets.resize(*count);
  return octets;
}

std::optional<WholeGroup> whole_group(BytesView octets) {
  for (std::size_t at = 0;;) {
    const auto framed = decode_record(octets.substr(at));
    if (!framed) return std::nullopt;
    if (const auto* const mark = std::get_if<MarkRecord>(&framed->record)) {
      if (mark->group_bytes != at) return std::nullopt;
      return WholeGroup{at, at + framed->size, mark->sequence};
    }
    at += framed->size;
  }
}

bool holds_later_mark(BytesView octets, std::uint64_t sequence) {
  Bytes frame;
  append_u32_be(frame, static_cast<std::uint32_t>(kMarkBytes - kFrameBytes));
  for (std::size_t at = octets.find(frame); at != BytesView::npos; at = octets.find(frame, at + 1)) {
    const auto framed = decode_record(octets.substr(at, kMarkBytes));
    if (!framed) continue;
    const auto* const mark = std::get_if<MarkRecord>(&framed->record);
    if (mark != nullptr && mark->sequence > sequence && mark->sequence - sequence <= 1 + at / kMarkBytes) return true;
  }
  return false;
}

std::size_t written_size(BytesView octets) {
  const std::size_t last = octets.find_last_not_of('\0');
  return last == BytesView::npos ? 0 : last + 1;
}

}  // namespace tamizdat::store
