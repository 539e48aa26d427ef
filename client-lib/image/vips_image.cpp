#include "client-lib/image/vips_image.h"

#include <algorithm>
#include <string_view>

namespace tamizdat::image {
namespace {

constexpr int kDelayMax = 60'000;
constexpr int kDelayUsual = 100;  // what browsers take where a file names none

void read_pace(const vips::VImage& image, Pixels& pixels) {
  if (image.get_typeof("delay") != 0) pixels.delays = image.get_array_int("delay");
  pixels.delays.resize(static_cast<std::size_t>(pixels.frames), kDelayUsual);
  for (int& delay : pixels.delays) delay = std::clamp(delay, 0, kDelayMax);
  if (image.get_typeof("loop") != 0) pixels.loops = std::clamp(image.get_int("loop"), 0, 0xFFFF);
}

}  // namespace

vips::VImage view_of(const Pixels& pixels) {
  vips::VImage image = vips::VImage::new_from_memory(const_cast<char*>(pixels.samples.data()), pixels.samples.size(), pixels.width,
                                                     pixels.height * pixels.frames, pixels.bands, VIPS_FORMAT_UCHAR);
  // 72 dots an inch, as everything on the web: the resolution of a file tells which program wrote it.
  image = image.copy(vips::VImage::option()
                         ->set("interpretation", pixels.bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB)
                         ->set("xres", 72 / 25.4)
                         ->set("yres", 72 / 25.4));
  if (pixels.frames > 1) {
    image.set("page-height", pixels.height);
    image.set("n-pages", pixels.frames);
    image.set("delay", pixels.delays);
    image.set("loop", pixels.loops);
  }
  return image;
}

Pixels pixels_of(const vips::VImage& image) {
  Pixels pixels;
  pixels.width = image.width();
  pixels.height = vips_image_get_page_height(image.get_image());
  pixels.frames = image.height() / pixels.height;
  pixels.bands = image.bands();
  pixels.samples.resize(static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height()) *
                        static_cast<std::size_t>(image.bands()));
  // Written straight to its place: a second copy of an animation would be 400 MiB.
  const auto target = vips::VImage::new_from_memory(pixels.samples.data(), pixels.samples.size(), image.width(), image.height(),
                                                    image.bands(), VIPS_FORMAT_UCHAR);
  image.write(target);
  if (pixels.frames > 1) read_pace(image, pixels);
  return pixels;
}

std::string complaint(const vips::VError& error) {
  std::string_view text = error.what();
  std::string_view line;
  do {  // libheif breaks its own line before " (code)"
    while (text.ends_with('\n')) text.remove_suffix(1);
    line = text.substr(text.rfind('\n') + 1);  // all of it, if there is one line
    text.remove_suffix(line.size());
  } while (line.starts_with(' ') && !text.empty());
  return std::string(line);
}

bool lacks_memory(const vips::VError& error) {
  const std::string_view text = error.what();
  return text.find("out of memory") != text.npos || text.find("temporarily unavailable") != text.npos;
}

}  // namespace tamizdat::image
