#include "client-lib/image/kind.h"

#include <algorithm>

#include "client-lib/image/lookalikes.h"
#include "client-lib/pictures/errors.h"

namespace tamizdat::image {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kBrandsMax = 32;

constexpr BytesView kPng = "\x89PNG\r\n\x1A\n";

// ISO/IEC 23008-12 section 10: the major or a compatible brand of a HEVC picture. AVIF has others.
bool has_hevc_brand(BytesView file) {
  if (file.size() < 16 || file.substr(4, 4) != "ftyp") return false;
  const std::size_t box = std::min<std::size_t>({read_u32_be(file.substr(0, 4)), file.size(), 16 + 4 * kBrandsMax});
  for (std::size_t at = 8; at + 4 <= box; at += 4) {
    const BytesView brand = file.substr(at, 4);
    if (at != 12 && (brand == "heic" || brand == "heix" || brand == "heim" || brand == "heis")) return true;
  }
  return false;
}

// For the text of the error only.
std::string_view what_it_may_be(BytesView file) {
  if (file.starts_with("II*") || file.starts_with("MM\0"sv)) return "it is a raw file of a camera, which must be developed first";
  if (file.starts_with(kPng)) return "it is an animated PNG";
  if (file.empty()) return "it is empty";
  if (file.starts_with("%PDF")) return "it is a PDF document";
  if (file.size() >= 12 && file.substr(4, 8) == "ftypavif") return "it is an AVIF picture";
  if (file.size() >= 8 && file.substr(4, 4) == "ftyp") return "it is a video or an unusual HEIF file";
  if (file.starts_with("BM")) return "it is a Windows bitmap";
  if (file.starts_with("\xFF\x0A") || file.substr(0, 8) == "\0\0\0\x0CJXL "sv) return "it is a JPEG XL picture";
  if (file.substr(0, 1024).find("<svg") != BytesView::npos) return "it is an SVG drawing";
  return "it begins like none of them";
}

}  // namespace

Result<Kind> kind_of(BytesView file) {
  if (file.starts_with("\xFF\xD8\xFF")) return Kind::kJpeg;
  if (file.starts_with(kPng) && !is_animated_png(file)) return Kind::kPng;
  if (file.starts_with("GIF87a") || file.starts_with("GIF89a")) return Kind::kGif;
  if (file.starts_with("RIFF") && file.size() >= 12 && file.substr(8, 4) == "WEBP") return Kind::kWebp;
  if ((file.starts_with("II*\0"sv) || file.starts_with("MM\0*"sv)) && !is_camera_raw(file)) return Kind::kTiff;
  if (has_hevc_brand(file)) return Kind::kHeic;
  return fail(pictures::kImageTypeUnknown, "this is no picture of a type that is taken (JPEG, PNG, WebP, GIF, HEIC, TIFF): " +
                                               std::string(what_it_may_be(file)) + "; save it as one of these");
}

}  // namespace tamizdat::image
