#include "relay/reader/topics.h"

#include <gtest/gtest.h>

namespace tamizdat::reader {
namespace {

TEST(TopicTag, IsTheCodeInEveryFormOfIt) {
  for (const auto* text : {"11000000", "medtop:11000000", "http://cv.iptc.org/newscodes/mediatopic/11000000",
                           "https://cv.iptc.org/newscodes/mediatopic/11000000"})
    EXPECT_EQ(topic_tag(text), "11000000") << text;
  EXPECT_EQ(topic_tag("20000638"), "20000638");
}

TEST(TopicTag, IsKnownByTheHeadingOfASite) {
  for (const auto* text : {"Политика", "политика", "ПОЛИТИКА", "Politics", "politics and government"})
    EXPECT_EQ(topic_tag(text), "11000000") << text;
  EXPECT_EQ(topic_tag("Экология"), "06000000");
  EXPECT_EQ(topic_tag("Происшествия"), "03000000");
}

TEST(TopicTag, IsNothingForOtherWords) {
  for (const auto* text : {"", "|", "||", "Новости", "1100000", "110000000", "medtop:", "medtop:politics", "11 00000",
                           "Полит", "а|б", "\xd0", "11000000/"})
    EXPECT_FALSE(topic_tag(text)) << text;
}

TEST(TopicName, IsTheCodeWhereNoneIsKnown) {
  EXPECT_EQ(topic_name("11000000", Tongue::kRussian), "Политика");
  EXPECT_EQ(topic_name("15000000", Tongue::kEnglish), "Sport");
  EXPECT_EQ(topic_name("20000638", Tongue::kEnglish), "20000638");
}

}  // namespace
}  // namespace tamizdat::reader
