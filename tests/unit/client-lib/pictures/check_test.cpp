#include "client-lib/pictures/check.h"

#include <string>
#include <utility>

#include "tests/unit/client-lib/pictures/fixture.h"

namespace tamizdat::pictures {
namespace {

using namespace std::string_literals;

// A bare picture, as the tool makes it.
Picture bare(const std::string& name) {
  auto pictures = reencode(picture_file(name), real_tool());
  EXPECT_TRUE(pictures) << name << ": " << pictures.error().text;
  return pictures ? std::move(pictures->back()) : Picture{};
}

bool passes(const Picture& picture) {
  const auto checked = check_picture(picture.octets, picture.media_type, picture.width, picture.height);
  EXPECT_TRUE(checked || checked.error().code == kImageToolFailed);
  return checked.has_value();
}

bool passes_with(Picture picture, std::size_t at, const Bytes& inserted) {
  picture.octets.insert(at, inserted);
  return passes(picture);
}

Bytes png_chunk(const std::string& type, const Bytes& data) {
  Bytes out;
  append_u32_be(out, static_cast<std::uint32_t>(data.size()));
  return out + type + data + "crc!";
}

void expect_exact(const Picture& picture) {
  EXPECT_TRUE(passes(picture));
  for (const std::size_t part : {0u, 1u, 2u, 4u, 10u, 50u, 90u}) {
    Picture cut = picture;
    cut.octets.resize(cut.octets.size() * part / 100);
    EXPECT_FALSE(passes(cut)) << part;
  }
  Picture cut = picture;
  cut.octets.pop_back();
  EXPECT_FALSE(passes(cut));
  EXPECT_FALSE(passes_with(picture, picture.octets.size(), "x")) << "behind the end";
  Picture wider = picture;
  ++wider.width;
  EXPECT_FALSE(passes(wider));
  Picture higher = picture;
  ++higher.height;
  EXPECT_FALSE(passes(higher));
  for (const char* type : {"image/jpeg", "image/png", "image/gif", "image/webp", "image/svg+xml", "text/html", ""}) {
    Picture other = picture;
    other.media_type = type;
    EXPECT_EQ(passes(other), picture.media_type == type) << type;
  }
}

TEST(Check, TakesABareJpegOnly) {
  const Picture picture = bare("photo.jpg");
  expect_exact(picture);
  constexpr std::size_t kBehindSoi = 2;
  EXPECT_FALSE(passes_with(picture, kBehindSoi, "\xFF\xE1\0\x08" "Exif\0\0"s));
  EXPECT_FALSE(passes_with(picture, kBehindSoi, "\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"s));
  EXPECT_FALSE(passes_with(picture, kBehindSoi, "\xFF\xE2\0\4ab"s));
  EXPECT_FALSE(passes_with(picture, kBehindSoi, "\xFF\xED\0\4ab"s));
  EXPECT_FALSE(passes_with(picture, kBehindSoi, "\xFF\xFE\0\4ab"s));
  EXPECT_FALSE(passes_with(picture, picture.octets.size() - 2, "\xFF\xFE\0\4ab"s)) << "a comment behind the last scan";
  EXPECT_TRUE(passes_with(picture, kBehindSoi, "\xFF\xDD\0\4\0\1"s)) << "restart interval, of no meaning here";
}

TEST(Check, TakesABarePngOnly) {
  const Picture picture = bare("glass.png");
  expect_exact(picture);
  constexpr std::size_t kBehindHeader = 8 + 25;
  for (const char* type : {"tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "tIME", "sPLT", "pHYs", "teXt", "IHDR"})
    EXPECT_FALSE(passes_with(picture, kBehindHeader, png_chunk(type, "TZSECRET"))) << type;
  EXPECT_FALSE(passes_with(picture, 8, png_chunk("IDAT", ""))) << "before the header";
  EXPECT_TRUE(passes_with(picture, kBehindHeader, png_chunk("tRNS", "ab")));
}

TEST(Check, TakesABareGifOnly) {
  const Picture picture = bare("film.gif");
  expect_exact(picture);
  const std::size_t before_end = picture.octets.size() - 1;
  EXPECT_TRUE(passes_with(picture, before_end, "\x21\xF9\4\0\0\0\0\0"s));
  EXPECT_FALSE(passes_with(picture, before_end, "\x21\xFE\2ab\0"s)) << "comment";
  EXPECT_FALSE(passes_with(picture, before_end, "\x21\xFF\x0BXMP DataXMP\2ab\0"s));
  EXPECT_FALSE(passes_with(picture, before_end, "\x21\xFF\x0BNETSCAPE2.0\3\1\0\0\2ab\0"s));
  EXPECT_FALSE(passes_with(picture, before_end, "\x21\1\x0C" "abcdefghijkl\0"s)) << "text";
  EXPECT_FALSE(passes_with(picture, before_end, "\x21\xF9\4\0\0\0\0\2ab\0"s)) << "a second block behind the timing";
}

TEST(Check, TakesABareWebpOnly) {
  const Picture picture = bare("film.webp");
  expect_exact(picture);
  const auto with_chunk = [&](const Bytes& chunk) {
    Picture more = picture;
    more.octets += chunk;
    const auto size = static_cast<std::uint32_t>(more.octets.size() - 8);
    for (unsigned i = 0; i < 4; ++i) more.octets[4 + i] = static_cast<char>(size >> (8 * i) & 0xFF);
    return passes(more);
  };
  EXPECT_TRUE(with_chunk(picture.octets.substr(picture.octets.find("ANMF"))));
  EXPECT_FALSE(with_chunk("EXIF\2\0\0\0ab"s));
  EXPECT_FALSE(with_chunk("XMP \2\0\0\0ab"s));
  EXPECT_FALSE(with_chunk("ICCP\2\0\0\0ab"s));
  EXPECT_FALSE(with_chunk("JUNK\2\0\0\0ab"s));
  EXPECT_FALSE(with_chunk("ANMF\x1A\0\0\0"s + Bytes(16, '\0') + "EXIF\2\0\0\0ab"s)) << "within a frame";
  Picture flagged = picture;
  flagged.octets[20] = static_cast<char>(flagged.octets[20] | 0x08);
  EXPECT_FALSE(passes(flagged)) << "the flag of EXIF";
}

}  // namespace
}  // namespace tamizdat::pictures
