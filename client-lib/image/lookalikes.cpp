#include "client-lib/image/lookalikes.h"

#include <cstdint>

namespace tamizdat::image {
namespace {

constexpr std::uint32_t kNewSubfileType = 254;
constexpr std::uint32_t kReducedResolution = 1;
constexpr std::uint32_t kDngVersion = 50706;
constexpr std::size_t kEntryBytes = 12;

}  // namespace

bool is_camera_raw(BytesView tiff) {
  if (tiff.size() < 10) return false;
  if (tiff.substr(8, 2) == "CR") return true;  // Canon, behind the header
  const bool big_endian = tiff.starts_with("MM");
  const auto number = [&](std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8 | static_cast<unsigned char>(tiff[at + (big_endian ? i : count - 1 - i)]);
    return value;
  };
  std::size_t at = number(4, 4);
  if (at > tiff.size() - 2) return false;
  const std::uint32_t entries = number(at, 2);
  at += 2;
  for (std::uint32_t i = 0; i < entries && at + kEntryBytes <= tiff.size(); ++i, at += kEntryBytes) {
    const std::uint32_t tag = number(at, 2);
    if (tag == kDngVersion || (tag == kNewSubfileType && (number(at + 8, 4) & kReducedResolution) != 0)) return true;
  }
  return false;
}

bool is_animated_png(BytesView png) {
  constexpr std::size_t kSignature = 8;
  constexpr std::size_t kAroundData = 12;  // length, type and checksum
  for (std::uint64_t at = kSignature; at + kAroundData <= png.size();) {
    const BytesView type = png.substr(static_cast<std::size_t>(at) + 4, 4);
    if (type == "acTL") return true;
    if (type == "IDAT") return false;
    at += kAroundData + read_u32_be(png.substr(static_cast<std::size_t>(at), 4));
  }
  return false;
}

}  // namespace tamizdat::image
