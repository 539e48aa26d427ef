#include "client-lib/attachments/file_type.h"

#include <algorithm>
#include <array>

namespace tamizdat::attachments {
namespace {

using namespace std::string_view_literals;

// ISO 14496-12: a box "ftyp" with the major brand behind it.
std::string_view brand_of(BytesView file) {
  return file.size() >= 12 && file.substr(4, 4) == "ftyp" ? file.substr(8, 4) : BytesView();
}

bool is_riff(BytesView file, BytesView form) { return file.starts_with("RIFF") && file.size() >= 12 && file.substr(8, 4) == form; }

template <std::size_t N>
bool is_any(std::string_view value, const std::array<std::string_view, N>& of) {
  return std::ranges::find(of, value) != of.end();
}

constexpr std::array kPictureBrands{"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv,
                                    "mif1"sv, "msf1"sv, "avif"sv, "avis"sv};

// Of MP4 and its kin which players open as such; a raw file of a camera and new kinds of HEIF have the same form.
constexpr std::array kFilmBrands{"isom"sv, "iso2"sv, "iso3"sv, "iso4"sv, "iso5"sv, "iso6"sv, "iso7"sv, "iso8"sv, "iso9"sv,
                                 "mp41"sv, "mp42"sv, "avc1"sv, "M4V "sv, "M4VH"sv, "M4VP"sv, "dash"sv, "MSNV"sv, "XAVC"sv,
                                 "3gp4"sv, "3gp5"sv, "3gp6"sv};
constexpr std::array kSoundBrands{"M4A "sv, "M4B "sv};

// An MPEG audio frame (ISO 11172-3) of layer III: eleven bits set, a version, a bit rate and a sampling rate.
bool is_mpeg_audio(BytesView file) {
  if (file.starts_with("ID3")) return true;
  if (file.size() < 3) return false;
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(file[i]); };
  return octet(0) == 0xFF && (octet(1) & 0xE6U) == 0xE2U && (octet(2) >> 4) != 15 && (octet(2) & 0x0CU) != 0x0CU;
}

}  // namespace

bool is_picture(BytesView file) {
  return file.starts_with("\xFF\xD8\xFF") || file.starts_with("\x89PNG\r\n\x1A\n"sv) || file.starts_with("GIF87a") ||
         file.starts_with("GIF89a") || is_riff(file, "WEBP") || file.starts_with("II*\0"sv) || file.starts_with("MM\0*"sv) ||
         is_any(brand_of(file), kPictureBrands);
}

std::string_view media_type_as_is(BytesView file) {
  if (is_picture(file)) return {};
  if (file.starts_with("%PDF-")) return "application/pdf";
  if (is_any(brand_of(file), kSoundBrands)) return "audio/mp4";
  if (is_any(brand_of(file), kFilmBrands)) return "video/mp4";
  if (file.starts_with("OggS")) {
    // The first page (RFC 3533 section 6) begins with the name of the codec, of film if there is any.
    const bool is_film = file.find("\x80theora") != BytesView::npos;
    return is_film ? "video/ogg" : "audio/ogg";
  }
  if (file.starts_with("\x1A\x45\xDF\xA3") && file.find("webm") != BytesView::npos) return "video/webm";
  if (is_mpeg_audio(file)) return "audio/mpeg";
  return {};
}

}  // namespace tamizdat::attachments
