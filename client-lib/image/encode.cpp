#include "client-lib/image/encode.h"

#include <endian.h>

#include <cstring>
#include <memory>
#include <set>

#include "client-lib/image/vips_image.h"

namespace tamizdat::image {
namespace {

using vips::VImage;

constexpr int kJpegQuality = 82;
constexpr int kWebpQuality = 80;
constexpr std::size_t kFewColours = 256;
constexpr std::size_t kFewGreys = 16;  // a photograph has up to 256

bool has_few_colours(const Pixels& pixels) {
  const std::size_t colours_max = pixels.bands < 3 ? kFewGreys : kFewColours;
  std::set<std::string_view> colours;
  const auto bands = static_cast<std::size_t>(pixels.bands);
  BytesView last;
  for (std::size_t at = 0; at < pixels.samples.size(); at += bands) {
    const BytesView colour = BytesView(pixels.samples).substr(at, bands);
    if (colour != last) colours.insert(last = colour);
    if (colours.size() > colours_max) return false;
  }
  return true;
}

struct FreeBlob {
  void operator()(VipsBlob* blob) const { vips_area_unref(VIPS_AREA(blob)); }
};

Bytes octets_of(VipsBlob* blob) {
  const std::unique_ptr<VipsBlob, FreeBlob> owner(blob);
  std::size_t size = 0;
  const void* data = vips_blob_get(blob, &size);
  return {static_cast<const char*>(data), size};
}

// libvips 8.14 gives every animated WebP an EXIF chunk, with the program's name, also where it is told to strip.
Bytes without_metadata(BytesView webp) {
  constexpr std::size_t kRiffHeader = 12;
  constexpr std::size_t kChunkHeader = 8;
  constexpr std::size_t kFlagsAt = kRiffHeader + kChunkHeader;
  constexpr int kAnimationAndAlpha = 0x12;
  const auto number_at = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, webp.data() + at, sizeof value);
    return le32toh(value);
  };
  Bytes out(webp.substr(0, kRiffHeader));
  for (std::size_t at = kRiffHeader; at + kChunkHeader <= webp.size();) {
    const std::size_t length = kChunkHeader + number_at(at + 4) + number_at(at + 4) % 2;
    if (webp.substr(at, 4) != "EXIF") out += webp.substr(at, length);
    at += length;
  }
  if (out.size() > kFlagsAt && out.compare(kRiffHeader, 4, "VP8X") == 0)
    out[kFlagsAt] = static_cast<char>(out[kFlagsAt] & kAnimationAndAlpha);
  const std::uint32_t size = htole32(static_cast<std::uint32_t>(out.size() - kChunkHeader));
  std::memcpy(out.data() + 4, &size, sizeof size);
  return out;
}

Bytes encode_or_throw(const Pixels& pixels, Format format) {
  const VImage image = view_of(pixels);
  switch (format) {
    case Format::kJpeg:
      return octets_of(image.jpegsave_buffer(
          VImage::option()->set("Q", kJpegQuality)->set("strip", true)->set("optimize_coding", true)->set("interlace", true)));
    case Format::kPng:
      return octets_of(image.pngsave_buffer(
          VImage::option()->set("strip", true)->set("filter", VIPS_FOREIGN_PNG_FILTER_ALL)->set("palette", has_few_colours(pixels))));
    case Format::kGif: return octets_of(image.gifsave_buffer(VImage::option()->set("strip", true)));
    case Format::kWebp: break;
  }
  return without_metadata(octets_of(image.webpsave_buffer(VImage::option()->set("Q", kWebpQuality)->set("strip", true))));
}

}  // namespace

Result<Format> format_for(Kind kind, const Pixels& full) {
  if (full.frames > 1) return kind == Kind::kGif ? Format::kGif : Format::kWebp;
  if (full.has_alpha() || kind == Kind::kGif || has_few_colours(full)) return Format::kPng;
  if (kind != Kind::kPng) return Format::kJpeg;
  // A screenshot is smaller and sharper as PNG, a photograph that was saved as PNG is not.
  const auto png = encode(full, Format::kPng);
  if (!png) return tl::unexpected(png.error());
  const auto jpeg = encode(full, Format::kJpeg);
  if (!jpeg) return tl::unexpected(jpeg.error());
  return png->size() <= jpeg->size() ? Format::kPng : Format::kJpeg;
}

std::string_view media_type(Format format) {
  switch (format) {
    case Format::kJpeg: return "image/jpeg";
    case Format::kPng: return "image/png";
    case Format::kGif: return "image/gif";
    case Format::kWebp: break;
  }
  return "image/webp";
}

Result<Bytes> encode(const Pixels& pixels, Format format) {
  return guarded([&] { return encode_or_throw(pixels, format); });
}

}  // namespace tamizdat::image
