#include "relay/reader/tags.h"

#include <gtest/gtest.h>

namespace tamizdat::reader {
namespace {

TEST(RegionTag, IsIso3166InCapitals) {
  EXPECT_EQ(region_tag("ru-sve"), "RU-SVE");
  EXPECT_EQ(region_tag("GE"), "GE");
  EXPECT_EQ(region_tag("UA-43"), "UA-43");
  for (const auto* bad : {"", "R", "RUS", "RU-", "RU-ABCD", "RU-S/E", "RU-SVE-1", "ru sve", "РУ"})
    EXPECT_FALSE(region_tag(bad)) << bad;
}

TEST(LanguageTag, IsThePrimarySubtag) {
  EXPECT_EQ(language_tag("ru-RU"), "ru");
  EXPECT_EQ(language_tag("SAH"), "sah");
  EXPECT_EQ(language_tag("sr-Latn-RS"), "sr");
  for (const auto* bad : {"", "r", "-ru", "r1", "русский", "toolongtag"}) EXPECT_FALSE(language_tag(bad)) << bad;
}

TEST(LangAttribute, TakesWholeTagsOnly) {
  EXPECT_EQ(lang_attribute("be-tarask"), "be-tarask");
  EXPECT_EQ(lang_attribute("ru\" onload=\"x"), "");
  EXPECT_EQ(lang_attribute("ru-"), "");
  EXPECT_EQ(lang_attribute("ru--RU"), "");
  EXPECT_EQ(lang_attribute("ru-aaaaaaaaa"), "");
}

TEST(TagTable, GivesEachTagAndEachSetOneNumber) {
  TagTable table;
  const auto sve = table.number("RU-SVE"), per = table.number("RU-PER");
  EXPECT_NE(sve, per);
  EXPECT_NE(sve, 0);
  EXPECT_EQ(table.number("RU-SVE"), sve);
  EXPECT_EQ(table.find("RU-PER"), per);
  EXPECT_EQ(table.find("RU-TA"), 0);
  EXPECT_EQ(table.text(per), "RU-PER");
  EXPECT_EQ(table.set_number({sve, per}), table.set_number({per, sve, per, 0}));
  EXPECT_EQ(table.set_number({}), 0u);
  EXPECT_EQ(table.set(table.set_number({per})), std::vector<std::uint16_t>{per});
}

TEST(TagTable, WhatDoesNotFitHasNoNumber) {
  TagTable table;
  for (int i = 0; i < 65'535; ++i) ASSERT_NE(table.number("t" + std::to_string(i)), 0);
  EXPECT_EQ(table.number("one more"), 0);
  EXPECT_EQ(table.text(table.number("t65534")), "t65534");
}

}  // namespace
}  // namespace tamizdat::reader
