// What tamizdat-image does to pixels, in this process and without its sandbox.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "client-lib/image/encode.h"
#include "client-lib/image/kind.h"
#include "client-lib/image/pixels.h"
#include "client-lib/pictures/errors.h"

namespace tamizdat::image {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

Bytes picture_file(const std::string& name) {
  std::ifstream file(TAMIZDAT_TEST_DATA "/pictures/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

using Colour = std::array<int, 3>;
constexpr Colour kRed{200, 40, 40};
constexpr Colour kGreen{40, 160, 40};
constexpr Colour kBlue{40, 40, 200};
constexpr Colour kWhite{230, 230, 230};

Colour colour_at(const Pixels& pixels, int x, int y) {
  const auto at = static_cast<std::size_t>((y * pixels.width + x) * pixels.bands);
  const auto band = [&](std::size_t index) { return int{static_cast<unsigned char>(pixels.samples[at + index])}; };
  return pixels.bands < 3 ? Colour{band(0), band(0), band(0)} : Colour{band(0), band(1), band(2)};
}

// The mean of 24 x 24 pixels, which the noise of a photograph does not move.
Colour mean_colour_at(const Pixels& pixels, int x, int y) {
  constexpr int kSide = 24;
  Colour sum{};
  for (int i = 0; i < kSide * kSide; ++i) {
    const Colour one = colour_at(pixels, x + i % kSide - kSide / 2, y + i / kSide - kSide / 2);
    for (std::size_t band = 0; band < 3; ++band) sum[band] += one[band];
  }
  for (int& band : sum) band /= kSide * kSide;
  return sum;
}

bool is_near(const Colour& a, const Colour& b, int tolerance) {
  for (std::size_t i = 0; i < 3; ++i)
    if (std::abs(a[i] - b[i]) > tolerance) return false;
  return true;
}

// Of the four quarters, from the left upper one clockwise.
std::array<Colour, 4> quarters(const Pixels& pixels) {
  const int left = pixels.width / 4;
  const int top = pixels.height / 4;
  return {mean_colour_at(pixels, left, top), mean_colour_at(pixels, pixels.width - left, top),
          mean_colour_at(pixels, pixels.width - left, pixels.height - top), mean_colour_at(pixels, left, pixels.height - top)};
}

void expect_quarters(const std::string& name, const Pixels& pixels, int tolerance) {
  const std::array<Colour, 4> expected{kRed, kGreen, kWhite, kBlue};
  const auto found = quarters(pixels);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(is_near(found[i], expected[i], tolerance)) << name << " quarter " << i << ": " << found[i][0] << ' ' << found[i][1]
                                                           << ' ' << found[i][2];
}

class Image : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto loaded = load_decoders();
    ASSERT_TRUE(loaded) << loaded.error().text;
  }
  static Pixels decoded(const std::string& name) {
    const Bytes file = picture_file(name);
    const auto kind = kind_of(file);
    EXPECT_TRUE(kind) << name;
    auto pixels = decode(*kind, file);
    EXPECT_TRUE(pixels) << name << ": " << pixels.error().text;
    return std::move(pixels).value_or(Pixels{});
  }
  static Format format_of(const std::string& name) {
    const auto format = format_for(*kind_of(picture_file(name)), decoded(name));
    EXPECT_TRUE(format) << name;
    return *format;
  }
};

TEST_F(Image, KeepsTheColoursOfEveryType) {
  for (const std::string name : {"drawing.png", "interlaced.png", "deep.png", "drawing.gif"}) expect_quarters(name, decoded(name), 1);
  // What codecs of photographs make of it.
  for (const std::string name : {"photo.jpg", "progressive.jpg", "photo.webp", "photo.tiff", "photo.heic"})
    expect_quarters(name, decoded(name), 5);
}

TEST_F(Image, TransformsOtherColourSpacesToSrgb) {
  expect_quarters("p3.jpg", decoded("p3.jpg"), 5);
  // Print colours are duller, but the same ones.
  expect_quarters("cmyk.jpg", decoded("cmyk.jpg"), 70);
}

TEST_F(Image, DoesWithoutAProfileThatSaysNothing) {
  const auto with_profile = [](const std::string& name, const Bytes& profile) {
    Bytes segment = "ICC_PROFILE\0\1\1"s + profile;
    Bytes length;
    append_u32_be(length, static_cast<std::uint32_t>(segment.size() + 2));
    Bytes file = picture_file(name);
    constexpr std::size_t kBehindSoi = 2;
    return file.insert(kBehindSoi, "\xFF\xE2" + length.substr(2) + segment);
  };
  const Bytes p3 = picture_file("p3.jpg");
  const Bytes of_colour = p3.substr(p3.find("ICC_PROFILE") + 14, 736);
  for (const Bytes& profile : {Bytes(), Bytes("x"), Bytes(3000, 'x'), of_colour.substr(0, 400), of_colour}) {
    const auto photo = decode(Kind::kJpeg, with_profile("turned-1.jpg", profile));
    ASSERT_TRUE(photo) << photo.error().text;
    expect_quarters("turned-1.jpg", *photo, 64);
    const auto grey = decode(Kind::kJpeg, with_profile("grey.jpg", profile));
    ASSERT_TRUE(grey) << grey.error().text;
    EXPECT_EQ(grey->bands, 1);
  }
}

TEST_F(Image, TurnsPicturesUpright) {
  for (int turn = 1; turn <= 8; ++turn) {
    const std::string name = "turned-" + std::to_string(turn) + ".jpg";
    const Pixels pixels = decoded(name);
    EXPECT_EQ(pixels.width, turn < 5 ? 640 : 480) << name;
    EXPECT_EQ(pixels.height, turn < 5 ? 480 : 640) << name;
    // TIFF 6.0, Orientation: which quarter of the stored picture is seen at the left upper corner, and clockwise on.
    constexpr std::array<std::array<Colour, 4>, 8> kSeen{{{kRed, kGreen, kWhite, kBlue},
                                                          {kGreen, kRed, kBlue, kWhite},
                                                          {kWhite, kBlue, kRed, kGreen},
                                                          {kBlue, kWhite, kGreen, kRed},
                                                          {kRed, kBlue, kWhite, kGreen},
                                                          {kBlue, kRed, kGreen, kWhite},
                                                          {kWhite, kGreen, kRed, kBlue},
                                                          {kGreen, kWhite, kBlue, kRed}}};
    const auto found = quarters(pixels);
    for (std::size_t i = 0; i < 4; ++i)
      EXPECT_TRUE(is_near(found[i], kSeen[static_cast<std::size_t>(turn - 1)][i], 24)) << name << " quarter " << i;
  }
}

TEST_F(Image, KeepsWhatOneCanSeeThrough) {
  for (const std::string name : {"glass.png", "glass.webp"}) {
    const Pixels pixels = decoded(name);
    EXPECT_EQ(pixels.bands, 4) << name;
    EXPECT_EQ(static_cast<unsigned char>(pixels.samples[3]), 128) << name;
    EXPECT_EQ(format_of(name), Format::kPng) << name;
  }
}

TEST_F(Image, KeepsNothingOfWhatIsErased) {
  const Pixels erased = decoded("erased.png");
  EXPECT_EQ(erased.samples, Bytes(erased.samples.size(), '\0'));
  std::set<char> values;
  const Pixels faint = decoded("faint.png");
  for (std::size_t at = 0; at < faint.samples.size(); at += 4)
    values.insert(faint.samples.begin() + static_cast<std::ptrdiff_t>(at), faint.samples.begin() + static_cast<std::ptrdiff_t>(at) + 3);
  EXPECT_LE(values.size(), 4U);  // as many as three parts of 255 can show
}

TEST_F(Image, KeepsGreyGrey) {
  EXPECT_EQ(decoded("grey.jpg").bands, 1);
  EXPECT_EQ(format_of("grey.jpg"), Format::kJpeg);
}

TEST_F(Image, DropsWhatSaysNothing) {
  const Pixels opaque{.samples = "\1\2\3\xFF\4\5\6\xFF"s, .width = 2, .height = 1, .bands = 4, .delays = {}};
  const Pixels grey{.samples = "\7\7\7\x09\x09\x09"s, .width = 2, .height = 1, .bands = 3, .delays = {}};
  const auto twice = [](const Pixels& pixels) { return decode(Kind::kPng, *encode(pixels, Format::kPng)); };
  EXPECT_EQ(twice(opaque)->samples, "\1\2\3\4\5\6"s);
  EXPECT_EQ(twice(grey)->samples, "\7\x09"s);
}

TEST_F(Image, MakesPhotographsJpegAndDrawingsPng) {
  for (const std::string name : {"photo.jpg", "photo.webp", "photo.tiff", "photo.heic", "cmyk.jpg"})
    EXPECT_EQ(format_of(name), Format::kJpeg) << name;
  for (const std::string name : {"drawing.png", "deep.png", "drawing.gif"}) EXPECT_EQ(format_of(name), Format::kPng) << name;
}

TEST_F(Image, MakesAPhotographThatWasSavedAsPngJpeg) {
  const auto format = format_for(Kind::kPng, decoded("photo.jpg"));
  ASSERT_TRUE(format);
  EXPECT_EQ(*format, Format::kJpeg);
}

TEST_F(Image, KeepsAllFramesOfAnAnimationAndTheirPace) {
  for (const std::string name : {"film.gif", "film.webp"}) {
    const Pixels pixels = decoded(name);
    EXPECT_EQ(pixels.frames, 3) << name;
    EXPECT_EQ(pixels.height, 240) << name;
    EXPECT_EQ(pixels.delays, (std::vector<int>{100, 500, 2000})) << name;
    EXPECT_EQ(pixels.loops, 2) << name;
    EXPECT_TRUE(is_near(colour_at(pixels, 5, 5), kRed, 8)) << name;
    EXPECT_TRUE(is_near(colour_at(pixels, 5, 245), kGreen, 8)) << name;
    EXPECT_TRUE(is_near(colour_at(pixels, 5, 485), kBlue, 8)) << name;
    const Format format = format_of(name);
    EXPECT_EQ(format, name == "film.gif" ? Format::kGif : Format::kWebp);
    const auto octets = encode(pixels, format);
    ASSERT_TRUE(octets) << name;
    const auto again = decode(format == Format::kGif ? Kind::kGif : Kind::kWebp, *octets);
    ASSERT_TRUE(again) << name;
    EXPECT_EQ(again->frames, 3) << name;
    EXPECT_EQ(again->delays, pixels.delays) << name;
    EXPECT_EQ(again->loops, 2) << name;
  }
}

TEST_F(Image, ShrinksAnAnimationFrameByFrame) {
  const auto small = shrink(decoded("film.gif"), 160);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->width, 160);
  EXPECT_EQ(small->height, 120);
  EXPECT_EQ(small->frames, 3);
  EXPECT_TRUE(is_near(colour_at(*small, 5, 125), kGreen, 8));
}

TEST_F(Image, RefusesAFileOfWhichItCouldShowAPartOnly) {
  for (const std::string name : {"pages.tiff", "two.heic", "float.tiff"}) {
    const Bytes file = picture_file(name);
    const auto pixels = decode(*kind_of(file), file);
    ASSERT_FALSE(pixels) << name;
    EXPECT_EQ(pixels.error().code, pictures::kImageBroken) << name;
    EXPECT_NE(pixels.error().text.find("save "), std::string::npos) << name;
  }
}

TEST_F(Image, TakesATiffWithAThumbnailBehindIt) { EXPECT_EQ(decoded("thumbnail.tiff").width, 640); }

TEST(Kind, RefusesWhatIsNoneOfTheSixTypes) {
  for (const std::string_view file : {
           ""sv, "\xFF\xD8"sv, "%PDF-1.7\n"sv, "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"sv,
           "push graphic-context\nimage over 0,0 0,0 '/etc/passwd'\npop graphic-context"sv, "P6 1 1 255\n"sv, "BM"sv,
           "\0\0\0\x1C" "ftypavif\0\0\0\0avifmif1miaf"sv, "\0\0\0\x18" "ftypisom\0\0\0\0mp42"sv, "RIFF\4\0\0\0WAVE"sv,
           "II+\0\x08\0\0\0"sv, "\0\0\0\x0CJXL \r\n\x87\n"sv,
       }) {
    const auto kind = kind_of(file);
    ASSERT_FALSE(kind) << file;
    EXPECT_EQ(kind.error().code, pictures::kImageTypeUnknown);
    EXPECT_NE(kind.error().text.find("save it as one of these"), std::string::npos);
  }
}

TEST(Kind, RefusesRawFilesOfCameras) {
  const std::string header = "II*\0\x08\0\0\0"s;
  const std::string preview = header + "\1\0\xFE\0\4\0\1\0\0\0\1\0\0\0"s;
  const std::string page = header + "\1\0\xFE\0\4\0\1\0\0\0\2\0\0\0"s;
  const std::string dng = header + "\1\0\x12\xC6\1\0\4\0\0\0\1\4\0\0"s;
  EXPECT_FALSE(kind_of(preview));
  EXPECT_FALSE(kind_of(dng));
  EXPECT_FALSE(kind_of("II*\0\x10\0\0\0CR\2\0"sv));
  EXPECT_FALSE(kind_of("MM\0*\0\0\0\x08\0\1\0\xFE\0\4\0\0\0\1\0\0\0\1"sv));
  EXPECT_TRUE(kind_of(page));
  EXPECT_TRUE(kind_of("II*\0\xFF\xFF\xFF\xFF\0\0"sv));  // broken, which its decoder will say
}

TEST(Kind, RefusesAnAnimatedPng) {
  Bytes png = picture_file("drawing.png");
  ASSERT_TRUE(kind_of(png));
  constexpr std::size_t kBehindHeader = 8 + 25;
  png.insert(kBehindHeader, "\0\0\0\x08" "acTL\0\0\0\2\0\0\0\0crc!"s);
  const auto kind = kind_of(png);
  ASSERT_FALSE(kind);
  EXPECT_NE(kind.error().text.find("animated PNG"), std::string::npos);
  EXPECT_TRUE(kind_of("\x89PNG\r\n\x1A\n\xFF\xFF\xFF\xFF" "IHDRacTLacTL"s));
}

}  // namespace
}  // namespace tamizdat::image
