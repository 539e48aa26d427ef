#include "proto/base/bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace tamizdat {
namespace {

// RFC 4648 section 10.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kBase64Vectors{{{"", ""},
                                                                                       {"f", "Zg=="},
                                                                                       {"fo", "Zm8="},
                                                                                       {"foo", "Zm9v"},
                                                                                       {"foob", "Zm9vYg=="},
                                                                                       {"fooba", "Zm9vYmE="},
                                                                                       {"foobar", "Zm9vYmFy"}}};

std::string without_padding(std::string_view text) { return std::string(text.substr(0, text.find('='))); }

TEST(Base64, FollowsTheVectorsOfRfc4648) {
  for (const auto& [plain, text] : kBase64Vectors) {
    EXPECT_EQ(to_base64(plain), text);
    EXPECT_EQ(from_base64(text).value(), plain);
    EXPECT_EQ(to_base64url(plain), without_padding(text));
    EXPECT_EQ(from_base64url(without_padding(text)).value(), plain);
  }
}

TEST(Base64, UsesTheAlphabetOfItsSection) {
  EXPECT_EQ(to_base64("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(to_base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(from_base64url("-__-").value(), "\xfb\xff\xfe");
  EXPECT_FALSE(from_base64("-__-"));
  EXPECT_FALSE(from_base64url("+//+"));
}

TEST(Base64, TakesOneTextForEachValue) {
  for (const std::string_view text : {"Zg", "Zg=", "Zg===", "Zg== ", " Zg==", "Zh==", "Zm9=", "Z===", "====", "=", "Z",
                                      "Zm9vZg", "Zg==Zg==", "Zm9\n", "Zm9v\n", "Z=g=", "Zm\xd0\xb0"})
    EXPECT_FALSE(from_base64(text)) << text;
  EXPECT_EQ(from_base64("Zg").error().code, kEncodingInvalid);
  for (const std::string_view text : {"Zg==", "Zh", "Z", "Zm9vZ", "Zm 9"}) EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Base64, PrintsEveryOctetBack) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::size_t size = 250; size <= all.size(); ++size) {
    EXPECT_EQ(from_base64(to_base64(all.substr(0, size))).value(), all.substr(0, size));
    EXPECT_EQ(from_base64url(to_base64url(all.substr(0, size))).value(), all.substr(0, size));
  }
}

TEST(Hex, FollowsTheVectorsOfRfc4648InLowerCase) {
  EXPECT_EQ(to_hex("foobar"), "666f6f626172");
  EXPECT_EQ(from_hex("666f6f626172").value(), "foobar");
  EXPECT_EQ(to_hex(BytesView("\x00\xff", 2)), "00ff");
  EXPECT_EQ(from_hex("").value(), "");
}

TEST(Hex, RefusesUpperCaseOddLengthAndOtherCharacters) {
  for (const std::string_view text : {"6", "666", "FF", "0x", "6 ", "g0", "\xff\xff"}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(BigEndian, PrintsAndReadsFixedWidths) {
  Bytes out;
  append_u32_be(out, 0x01020304);
  append_u64_be(out, 0xfffefdfcfbfaf9f8);
  EXPECT_EQ(to_hex(out), "01020304fffefdfcfbfaf9f8");
  EXPECT_EQ(read_u32_be(out), 0x01020304U);
  EXPECT_EQ(read_u64_be(BytesView(out).substr(4)), 0xfffefdfcfbfaf9f8U);
  EXPECT_DEATH(read_u32_be("abc"), "broken invariant");
  EXPECT_DEATH(read_u64_be("abcdefg"), "broken invariant");
}

TEST(Utf8, TakesTheFirstAndLastOfEachLength) {
  for (const std::string_view text : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                      "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "правда"})
    EXPECT_TRUE(is_utf8(text)) << to_hex(text);
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndCutCharacters) {
  for (const std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xd0"})
    EXPECT_FALSE(is_utf8(text)) << to_hex(text);
}

}  // namespace
}  // namespace tamizdat
