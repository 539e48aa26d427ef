#include "proto/html/text.h"

#include <gtest/gtest.h>

#include "proto/base/bytes.h"

namespace tamizdat::html {
namespace {

TEST(CleanText, RemovesWhatHidesAndKeepsWhatScriptsNeed) {
  EXPECT_EQ(clean_text("a\x01\x7F\tb\n\u0085c\u202Ad\u2069e\u200Bf\u2060g\uFEFFh\uFFFFi"), "a\tb\ncdefghi");
  EXPECT_EQ(clean_text("\u200Cа\u200D\u200E\u200F\u00AD"), "\u200Cа\u200D\u200E\u200F\u00AD");
  EXPECT_EQ(clean_text("a\u2028b"), "a b");
}

TEST(CleanText, GivesValidUtf8WhateverCame) {
  EXPECT_EQ(clean_text("a\xFFz\xE2\x82"), "a\uFFFDz\uFFFD\uFFFD");
  EXPECT_TRUE(is_utf8(clean_text("\xED\xA0\x80\xF4\x90\x80\x80\xC0\x80")));
}

TEST(Escape, WritesTheFiveCharactersOfMarkup) { EXPECT_EQ(escape("<a b=\"c\" d='&'>"), "&lt;a b=&quot;c&quot; d=&#39;&amp;&#39;&gt;"); }

TEST(CutUtf8, NeverSplitsACharacter) {
  EXPECT_EQ(cut_utf8("яя", 3), "я");
  EXPECT_EQ(cut_utf8("яя", 4), "яя");
  EXPECT_EQ(cut_utf8("я", 1), "");
}

TEST(CutEscaped, CountsCharactersAsTheyAreWritten) {
  EXPECT_EQ(cut_escaped("a&b", 6), "a&");
  EXPECT_EQ(cut_escaped("a&b", 5), "a");
  EXPECT_EQ(cut_escaped("a&b", 7), "a&b");
  EXPECT_EQ(cut_escaped("\"я", 7), "\"");
  EXPECT_EQ(cut_escaped("\"я", 8), "\"я");
}

TEST(CollapseSpace, TakesTheNoBreakSpaceForASpace) { EXPECT_EQ(collapse_space(" a \n\u00A0b\t"), "a b"); }

}  // namespace
}  // namespace tamizdat::html
