#include "relay/reader/mo_file.h"

namespace tamizdat::reader {
namespace {

constexpr std::uint32_t kMagic = 0x950412de;
constexpr std::size_t kHeaderBytes = 28;
constexpr std::size_t kRowBytes = 8;  // length and offset of one text

}  // namespace

Result<MoFile> MoFile::parse(Bytes bytes) {
  MoFile file;
  file.bytes_ = std::move(bytes);
  if (file.bytes_.size() < kHeaderBytes || file.u32(0) != kMagic || file.u32(4) != 0)
    return fail(kMoFileMalformed, "this is no little-endian .mo file of revision 0");
  file.count_ = file.u32(8);
  file.messages_ = file.u32(12);
  file.translations_ = file.u32(16);
  const std::uint64_t table_bytes = std::uint64_t{file.count_} * kRowBytes;
  if (file.messages_ + table_bytes > file.bytes_.size() || file.translations_ + table_bytes > file.bytes_.size())
    return fail(kMoFileMalformed, "the .mo file ends within its tables");
  return file;
}

std::uint32_t MoFile::u32(std::size_t offset) const {
  const auto* at = octets(bytes_) + offset;
  return at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[3]} << 24;
}

std::optional<std::string_view> MoFile::text(std::uint32_t table, std::uint32_t number) const {
  const auto row = table + std::size_t{number} * kRowBytes;
  const std::uint64_t length = u32(row), offset = u32(row + 4);
  if (offset + length > bytes_.size()) return std::nullopt;
  return std::string_view(bytes_).substr(offset, length);
}

std::optional<std::string_view> MoFile::find(std::string_view message) const {
  std::uint32_t low = 0, high = count_;  // messages are sorted
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto candidate = text(messages_, middle);
    if (!candidate) return std::nullopt;
    if (*candidate == message) return text(translations_, middle);
    *candidate < message ? low = middle + 1 : high = middle;
  }
  return std::nullopt;
}

}  // namespace tamizdat::reader
