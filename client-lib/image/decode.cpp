#include <algorithm>

#include "client-lib/image/vips_image.h"
#include "client-lib/pictures/limits.h"

namespace tamizdat::image {
namespace {

using vips::VImage;
using vips::VOption;
using vips::VSource;

// The classes of libvips that read the six types; all others stay blocked.
constexpr const char* kLoaders[]{"VipsForeignLoadJpeg",  "VipsForeignLoadPng",  "VipsForeignLoadWebp",
                                 "VipsForeignLoadNsgif", "VipsForeignLoadHeif", "VipsForeignLoadTiff"};

tl::unexpected<Error> broken(const std::string& why) {
  return fail(pictures::kImageBroken,
              "the picture is broken or cut off (" + why + "): take the original, or export it again from the program that made it");
}

tl::unexpected<Error> failure(Kind kind, const vips::VError& error) {
  const std::string why = complaint(error);
  if (lacks_memory(error)) return too_little_memory();
  if (kind == Kind::kHeic && why.find("Unsupported codec") != std::string::npos)
    return fail(pictures::kImageDecoderMissing,
                "no decoder for HEIC is installed: apt-get install libheif1 libde265-0, or save the picture as JPEG");
  return broken(why);
}

// The explicit loader of one type, one line after the other; broken octets are an error, never a grey half.
VImage open(Kind kind, BytesView file, VOption* options) {
  const VSource source = VSource::new_from_memory(file.data(), file.size());
  options->set("access", VIPS_ACCESS_SEQUENTIAL)->set("fail_on", VIPS_FAIL_ON_ERROR);
  switch (kind) {
    case Kind::kJpeg: return VImage::jpegload_source(source, options);
    case Kind::kPng: return VImage::pngload_source(source, options);
    case Kind::kWebp: return VImage::webpload_source(source, options);
    case Kind::kGif: return VImage::gifload_source(source, options);
    case Kind::kHeic: return VImage::heifload_source(source, options);
    case Kind::kTiff: break;
  }
  return VImage::tiffload_source(source, options);
}

VImage open(Kind kind, BytesView file) { return open(kind, file, VImage::option()); }

int pages_of(const VImage& header) { return std::max(1, vips_image_get_n_pages(header.get_image())); }

// A camera's TIFF has its thumbnail as a further page, HEIC may have smaller versions; whole further pages would be lost.
Result<void> check_pages(Kind kind, BytesView file, const VImage& shown) {
  constexpr int kPagesMax = 16;
  const auto size = [](const VImage& image) { return std::int64_t{image.width()} * image.height(); };
  const int shown_page = shown.get_typeof("heif-primary") != 0 ? shown.get_int("heif-primary") : 0;
  const int pages = std::min(pages_of(shown), kPagesMax);
  for (int page = 0; page < pages; ++page)
    if (page != shown_page && size(open(kind, file, VImage::option()->set("page", page))) >= size(shown))
      return fail(pictures::kImageBroken, "there are several pictures in this file: save each as a file of its own");
  return {};
}

// Floating point means one of several things, and a wrong guess is a white picture.
Result<void> check_samples(const VImage& header) {
  if (header.format() == VIPS_FORMAT_UCHAR || header.format() == VIPS_FORMAT_USHORT) return {};
  return fail(pictures::kImageBroken, "the picture has unusual samples: save it with 8 or 16 bits a channel");
}

Result<void> check_size(const VImage& header, int frames) {
  const std::uint64_t pixels = static_cast<std::uint64_t>(header.width()) * static_cast<std::uint64_t>(header.height()) *
                               static_cast<std::uint64_t>(frames);
  const std::string size = std::to_string(header.width()) + " x " + std::to_string(header.height());
  if (frames > 1 && (pixels > pictures::kAnimationPixelsMax || static_cast<std::uint32_t>(frames) > pictures::kFramesMax))
    return fail(pictures::kImageTooLarge, "the animation has " + std::to_string(frames) + " frames of " + size +
                                              " pixels; the limit is " + std::to_string(pictures::kFramesMax) + " frames and " +
                                              std::to_string(pictures::kAnimationPixelsMax / 1'000'000) +
                                              " million pixels in all: publish it as a video, or smaller");
  if (pixels > pictures::kPixelsMax)
    return fail(pictures::kImageTooLarge, "the picture has " + size + " pixels; the limit is " +
                                              std::to_string(pictures::kPixelsMax / 1'000'000) + " million: save it smaller");
  // Four channels of 16 bits are the most that a picture for people has.
  constexpr std::uint64_t kPixelBytesMax = 8;
  const auto pixel_bytes = static_cast<std::uint64_t>(header.bands()) * vips_format_sizeof(header.format());
  if (pixels * pixel_bytes > pictures::kPixelsMax * kPixelBytesMax)
    return fail(pictures::kImageTooLarge, "the picture has " + std::to_string(header.bands()) + " channels on " + size +
                                              " pixels, which needs too much memory: save it smaller, as sRGB with 8 bits");
  return {};
}

// JPEG decodes to a half, quarter or eighth for the price of what is left.
int shrink_on_load(const VImage& header) {
  int shrink = 8;
  while (shrink > 1 && std::max(header.width(), header.height()) / shrink < static_cast<int>(pictures::kSideMax)) shrink /= 2;
  return shrink;
}

enum class Profile : std::uint8_t { kIgnored, kApplied };

// At most kSideMax on the longer side, upright.
VImage fitted(const VImage& image, Profile profile) {
  VOption* options = VImage::option();
  options->set("height", static_cast<int>(pictures::kSideMax))->set("size", VIPS_SIZE_DOWN);
  if (profile == Profile::kApplied) options->set("export_profile", "srgb");
  return image.thumbnail_image(static_cast<int>(pictures::kSideMax), options);
}

// A profile is asked only where there is one: the way through it and back turns grey into nearly grey. One that is broken, or
// belongs to another kind of picture, says nothing.
VImage fitted(const VImage& image) {
  const bool has_profile = image.get_typeof(VIPS_META_ICC_NAME) != 0;
  if (!has_profile && image.interpretation() != VIPS_INTERPRETATION_CMYK) return fitted(image, Profile::kIgnored);
  try {
    return fitted(image, Profile::kApplied);
  } catch (const vips::VError&) {
    VImage without = image.copy();
    without.remove(VIPS_META_ICC_NAME);
    return fitted(without, Profile::kIgnored);
  }
}

// sRGB or grey, 8 bits, at most four bands.
VImage to_srgb(const VImage& image) {
  const bool grey = image.bands() < 3;
  VImage out = image.colourspace(grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
  const int bands = std::min(out.bands(), (grey ? 1 : 3) + (out.has_alpha() ? 1 : 0));
  if (bands < out.bands()) out = out.extract_band(0, VImage::option()->set("n", bands));
  return out.cast(VIPS_FORMAT_UCHAR);
}

// Calls `visit` with the octets of each pixel until it returns false; false then.
template <typename Visit>
bool every_pixel(const Pixels& pixels, const Visit& visit) {
  const auto bands = static_cast<std::size_t>(pixels.bands);
  for (std::size_t at = 0; at < pixels.samples.size(); at += bands)
    if (!visit(pixels.samples.data() + at)) return false;
  return true;
}

// Only the bands from `first` to before `end`.
void keep_bands(Pixels& pixels, int first, int end) {
  const auto bands = static_cast<std::size_t>(pixels.bands);
  std::size_t to = 0;
  for (std::size_t from = 0; from < pixels.samples.size(); from += bands)
    for (auto band = static_cast<std::size_t>(first); band < static_cast<std::size_t>(end); ++band)
      pixels.samples[to++] = pixels.samples[from + band];
  pixels.samples.resize(to);
  pixels.bands = end - first;
}

// Only what shows: an eraser leaves the colours below what it made transparent, and whoever drops the alpha sees them
// again. Colours become as coarse as their alpha makes them.
void hide_what_is_erased(Pixels& pixels) {
  const auto bands = static_cast<std::size_t>(pixels.bands);
  for (std::size_t at = 0; at < pixels.samples.size(); at += bands) {
    const unsigned alpha = static_cast<unsigned char>(pixels.samples[at + bands - 1]);
    if (alpha == 255) continue;
    for (std::size_t band = 0; band + 1 < bands; ++band) {
      const unsigned shows = (static_cast<unsigned char>(pixels.samples[at + band]) * alpha + 127) / 255;
      pixels.samples[at + band] = static_cast<char>(alpha == 0 ? 0U : std::min(255U, (shows * 255 + alpha / 2) / alpha));
    }
  }
}

// Without an alpha that hides nothing, and without colour where there is only grey.
void simplify(Pixels& pixels) {
  const int alpha = pixels.bands - 1;
  if (pixels.has_alpha() && every_pixel(pixels, [&](const char* pixel) { return pixel[alpha] == '\xFF'; }))
    keep_bands(pixels, 0, alpha);
  if (pixels.has_alpha()) hide_what_is_erased(pixels);
  if (pixels.bands == 3 && every_pixel(pixels, [](const char* pixel) { return pixel[0] == pixel[1] && pixel[1] == pixel[2]; }))
    keep_bands(pixels, 0, 1);
}

Result<Pixels> decode_or_throw(Kind kind, BytesView file) {
  const VImage header = open(kind, file);
  if (auto fits = check_size(header, 1); !fits) return pass(fits);
  if (auto usual = check_samples(header); !usual) return pass(usual);
  VImage image = header;
  if (kind == Kind::kTiff || kind == Kind::kHeic) {
    if (auto one = check_pages(kind, file, header); !one) return pass(one);
  }
  if ((kind == Kind::kGif || kind == Kind::kWebp) && pages_of(header) > 1) {
    if (auto fits = check_size(header, pages_of(header)); !fits) return pass(fits);
    image = open(kind, file, VImage::option()->set("n", -1));
  }
  if (kind == Kind::kJpeg) image = open(kind, file, VImage::option()->set("shrink", shrink_on_load(header)));
  Pixels pixels = pixels_of(to_srgb(fitted(image)));
  simplify(pixels);
  return pixels;
}

}  // namespace

Result<void> load_decoders() {
  if (VIPS_INIT("tamizdat-image") != 0)
    return fail(pictures::kImageToolFailed, "libvips does not start: apt-get install --reinstall libvips42");
  // What libraries have to say would go to standard error, where the one sentence for the user stands.
  g_log_set_writer_func([](GLogLevelFlags, const GLogField*, gsize, gpointer) { return G_LOG_WRITER_HANDLED; }, nullptr, nullptr);
  g_log_set_default_handler([](const char*, GLogLevelFlags, const char*, gpointer) {}, nullptr);
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  vips_operation_block_set("VipsForeignLoad", TRUE);
  for (const char* loader : kLoaders) vips_operation_block_set(loader, FALSE);
  return {};
}

Result<Pixels> decode(Kind kind, BytesView file) {
  if (kind == Kind::kHeic && vips_type_find("VipsForeignLoad", "heifload_source") == 0)
    return fail(pictures::kImageDecoderMissing,
                "this libvips does not read HEIC: install the libvips42 of Debian 12, or save the picture as JPEG");
  try {
    return decode_or_throw(kind, file);
  } catch (const vips::VError& error) {
    return failure(kind, error);
  }
}

Result<Pixels> shrink(const Pixels& pixels, std::uint32_t width) {
  return guarded([&] {
    return pixels_of(view_of(pixels).thumbnail_image(static_cast<int>(width), VImage::option()
                                                                                   ->set("height", VIPS_MAX_COORD)
                                                                                   ->set("size", VIPS_SIZE_DOWN)));
  });
}

}  // namespace tamizdat::image
