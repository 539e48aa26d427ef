#include "client-lib/feeds/decode.h"

#include <gtest/gtest.h>

#include "client-lib/feeds/limits.h"
#include "tests/unit/client-lib/feeds/fixture.h"

namespace tamizdat::feeds {
namespace {

constexpr std::string_view kTitle = "Жители посёлка вышли на площадь: ";

struct Case {
  std::string file, content_type, charset;
  bool is_lie = false;
};

class DecodeFixture : public testing::TestWithParam<Case> {};

TEST_P(DecodeFixture, IsReadRight) {
  const auto text = decode(fixture(GetParam().file), GetParam().content_type);
  ASSERT_TRUE(text) << text.error().text;
  EXPECT_EQ(text->charset, GetParam().charset);
  EXPECT_NE(text->text.find(kTitle), std::string::npos) << text->text;
  EXPECT_EQ(!text->note.empty(), GetParam().is_lie) << text->note;
}

INSTANTIATE_TEST_SUITE_P(
    All, DecodeFixture,
    testing::Values(Case{"windows-1251.rss", "", "windows-1251"}, Case{"koi8-r.rss", "", "koi8-r"},
                    Case{"windows-1251-undeclared.rss", "", "windows-1251"}, Case{"ibm866-undeclared.rss", "", "ibm866"},
                    Case{"says-utf-8-is-windows-1251.rss", "", "windows-1251", true},
                    Case{"says-utf-8-is-windows-1251.rss", "text/xml; charset=UTF-8", "windows-1251", true},
                    Case{"says-windows-1251-is-utf-8.rss", "", "utf-8", true},
                    Case{"says-windows-1251-is-utf-8.rss", "text/xml;charset=\"cp1251\"", "utf-8", true},
                    Case{"says-windows-1251-is-koi8-r.rss", "", "koi8-r", true}, Case{"utf-16.rss", "", "utf-16le"},
                    Case{"utf-8-with-mark.rss", "", "utf-8"}, Case{"utf-8-cut-character.rss", "", "utf-8"},
                    // The header of a server that says its default, and one that knows better than the file.
                    Case{"windows-1251.rss", "text/xml; charset=ISO-8859-1", "windows-1251", true},
                    Case{"windows-1251-undeclared.rss", "text/xml; charset=windows-1251", "windows-1251"},
                    Case{"koi8-r.rss", "text/xml; charset=windows-1251", "koi8-r", true}));

TEST(Decode, ReplacesOnlyTheBrokenCharacterOfAlmostUtf8) {
  const auto text = decode(fixture("utf-8-cut-character.rss"), "");
  ASSERT_TRUE(text);
  EXPECT_NE(text->text.find("Мы не уйдё\uFFFD"), std::string::npos);
}

TEST(Decode, NeverReadsUtf7) {
  for (const std::string_view header : {"", "text/xml; charset=utf-7"}) {
    const auto text = decode(fixture("utf-7.rss"), header);
    ASSERT_TRUE(text);
    EXPECT_EQ(text->charset, "utf-8");
    EXPECT_NE(text->text.find("+ADw-script+AD4-"), std::string::npos);
    EXPECT_FALSE(text->note.empty());
  }
}

TEST(Decode, TakesWesternTextForWindows1252) {
  const auto declared = decode("<?xml version='1.0' encoding='iso-8859-1'?><a>Caf\xE9 Fr\xE9" "d\xE9ric \x80</a>", "");
  ASSERT_TRUE(declared);
  EXPECT_EQ(declared->charset, "windows-1252");
  EXPECT_NE(declared->text.find("Café Frédéric €"), std::string::npos);
  const auto undeclared = decode("<a>Caf\xE9</a>", "");
  ASSERT_TRUE(undeclared);
  EXPECT_EQ(undeclared->text, "<a>Café</a>");
}

TEST(Decode, BelievesADeclarationOfAnotherScript) {
  const auto greek = decode("<a>\xC5\xEB\xEB\xDC\xE4\xE1 \xEA\xE1\xE9</a>", "text/xml; charset=iso-8859-7");
  ASSERT_TRUE(greek);
  EXPECT_EQ(greek->text, "<a>Ελλάδα και</a>");
}

TEST(Decode, RefusesWhatIsTooLargeOrEmpty) {
  const auto large = decode(Bytes(kFeedBytesMax + 1, 'a'), "");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, kFeedTooLarge);
  for (const std::string_view nothing : {"", " \r\n", "\xEF\xBB\xBF"}) {
    const auto empty = decode(nothing, "");
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, kFeedEmpty);
  }
}

}  // namespace
}  // namespace tamizdat::feeds
