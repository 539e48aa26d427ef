#include "proto/base/bech32m.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamizdat {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string error_of(std::string_view text) {
  const auto decoded = decode_bech32m(text);
  if (decoded) return "";
  EXPECT_EQ(decoded.error().code, kEncodingInvalid);
  return decoded.error().text;
}

// BIP 350, "Test vectors for Bech32m", those within our strict form (lower case, prefixes of letters, whole octets).
TEST(Bech32m, TakesThePublishedValidTexts) {
  for (const std::string_view text : {"a1lqfn3a", "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
                                      "split1checkupstagehandshakeupstreamerranterredcaperredlc445v"}) {
    const auto decoded = decode_bech32m(text);
    ASSERT_TRUE(decoded) << text << ": " << decoded.error().text;
    EXPECT_EQ(encode_bech32m(decoded->prefix, decoded->payload), text);
  }
  EXPECT_EQ(decode_bech32m("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx")->payload,
            *from_hex("ffbbcdeb38bdab49ca307b9ac5a928398a418820"));
}

TEST(Bech32m, EncodesThePublishedTextsWhosePrefixesWeNeverTake) {
  EXPECT_EQ(encode_bech32m("?", ""), "?1v759aa");
  const std::string_view prefix =
      "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber1";
  EXPECT_EQ(encode_bech32m(prefix, ""), std::string(prefix) + "1sg7hg6");
}

TEST(Bech32m, RefusesThePublishedValidTextsOutsideOfOurForm) {
  EXPECT_THAT(error_of("A1LQFN3A"), HasSubstr("lower-case"));
  EXPECT_THAT(error_of("?1v759aa"), HasSubstr("lower-case"));
  EXPECT_THAT(error_of("11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8"),
              HasSubstr("lower-case"));
}

TEST(Bech32m, RefusesThePublishedInvalidTexts) {
  for (const std::string_view text :
       {"\x20"
        "1xj0phk",
        "\x7F"
        "1g6xzxy",
        "\x80"
        "1vctc34",
        "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4", "qyrz8wqd2c9m",
        "1qyrz8wqd2c9m", "y1b0jsk6g", "lt1igcx5c0", "in1muywd", "mm1crxm3i", "au1s5cgom", "M1VUXWEZ", "16plkw9",
        "1p2gdwpf"})
    EXPECT_FALSE(decode_bech32m(text)) << text;
}

TEST(Bech32m, RefusesBech32TextsOfBip173) { EXPECT_THAT(error_of("a12uel5l"), HasSubstr("typing error")); }

TEST(Bech32m, FindsEveryTypingErrorInOneCharacterAndEverySwap) {
  const std::string good = encode_bech32m("tzproject", Bytes(32, '\x5a'));
  for (std::size_t i = 10; i < good.size(); ++i) {
    for (const char c : std::string_view("qpzry9x8gf2tvdw0s3jn54khce6mua7l")) {
      std::string bad = good;
      bad[i] = c;
      EXPECT_EQ(decode_bech32m(bad).has_value(), c == good[i]) << bad;
    }
    if (i + 1 < good.size() && good[i] != good[i + 1]) {
      std::string bad = good;
      std::swap(bad[i], bad[i + 1]);
      EXPECT_FALSE(decode_bech32m(bad)) << bad;
    }
  }
}

TEST(Bech32m, PrintsEveryPayloadOfUpToFortyOctetsBackAsItWas) {
  for (std::size_t size = 0; size <= 40; ++size) {
    Bytes payload;
    for (std::size_t i = 0; i < size; ++i) payload += static_cast<char>(i * 37 + size);
    const auto decoded = decode_bech32m(encode_bech32m("tz", payload));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->payload, payload);
  }
}

// One octet fills two characters and leaves two spare bits. The checksum below is right for the altered data.
TEST(Bech32m, RefusesSpareBitsThatAreNotZero) {
  EXPECT_EQ(encode_bech32m("a", Bytes(1, '\0')), "a1qq43hjaz");
  EXPECT_THAT(error_of("a1qpg8r8qs"), HasSubstr("spare bits"));
  EXPECT_THAT(error_of("a1qy52hkn"), HasSubstr("spare bits"));
}

TEST(Bech32m, ErrorsShowNoCharacterThatATerminalWouldObey) {
  EXPECT_THAT(error_of("a1qqqqqqq\x1b"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(error_of("a1qqqqqqq\xff"), Not(HasSubstr("\xff")));
  EXPECT_THAT(error_of("a1qqqqqqqb"), HasSubstr("'b'"));
}

}  // namespace
}  // namespace tamizdat
