#include "proto/html/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/html/sanitise.h"
#include "proto/html/text.h"

namespace tamizdat::html {
namespace {

using testing::ElementsAre;

std::string repeated(std::string_view text, int count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

std::string words_of(std::string_view html) { return collapse_space(to_text(html).value()); }

TEST(Split, LeavesAShortTextAlone) {
  EXPECT_THAT(split("<p>short</p>", 12), ElementsAre("<p>short</p>"));
  EXPECT_THAT(split("", 12), ElementsAre(""));
}

TEST(Split, CutsBehindABlock) {
  EXPECT_THAT(split("<p>one two</p>\n<p>three</p>\n<p>four</p>\n", 30),
              ElementsAre("<p>one two</p>\n<p>three</p>", "\n<p>four</p>\n"));
}

TEST(Split, PrefersTheOuterOfTwoBlocks) {
  EXPECT_THAT(split("<p>one two three</p><ul><li>a</li><li>bcdefghijkl</li></ul>", 40),
              ElementsAre("<p>one two three</p>", "<ul><li>a</li><li>bcdefghijkl</li></ul>"));
}

TEST(Split, CutsALongParagraphBetweenWordsAndOpensItAgain) {
  EXPECT_THAT(split("<p><b>one two three</b></p>", 21),
              ElementsAre("<p><b>one </b></p>", "<p><b>two </b></p>", "<p><b>three</b></p>"));
  for (const auto& part : split("<p lang=\"ru\"><b>" + repeated("слово ", 40) + "</b></p>", 100))
    EXPECT_THAT(part, testing::MatchesRegex("<p lang=\"ru\"><b>(слово )+</b></p>"));
}

TEST(Split, TearsNoCharacterAndNoReference) {
  for (const auto& part : split("<p>" + repeated("я&amp;", 40) + "</p>", 40)) {
    EXPECT_THAT(words_of(part), testing::MatchesRegex("(я|&)+")) << part;
    EXPECT_EQ(part, sanitise(part).value());
  }
}

TEST(Split, ANumberedListGoesOnWithItsNumbers) {
  const auto between = split("<ol start=\"7\">" + repeated("<li>twelve chars</li>", 5) + "</ol>", 90);
  ASSERT_EQ(between.size(), 2u);
  EXPECT_EQ(between[1], "<ol start=\"10\">" + repeated("<li>twelve chars</li>", 2) + "</ol>");
  const auto inside = split("<ol><li>a</li><li>" + repeated("word ", 40) + "</li></ol>", 120);
  ASSERT_GE(inside.size(), 2u);
  EXPECT_TRUE(inside[1].starts_with("<ol start=\"2\"><li>word")) << inside[1];
}

TEST(Split, PartsOfAHugeTextAreWithinTheLimitAndLoseNoWord) {
  std::string html;
  for (int i = 0; i < 4000; ++i) {
    html += "<h2>Глава " + std::to_string(i) + "</h2><p>" + repeated("слово &amp; <em>дело</em> ", i % 23) + "</p>";
    if (i % 7 == 0) html += "<blockquote><ul><li>" + repeated("пункт ", i % 41) + "</li><li>второй</li></ul></blockquote>";
  }
  const auto text = sanitise(html).value();
  ASSERT_GT(text.size(), 700'000u);
  std::string words;
  const auto parts = split(text, 30'000);
  for (const auto& part : parts) {
    EXPECT_LE(part.size(), 30'000u);
    words += words_of(part) + " ";
  }
  EXPECT_EQ(collapse_space(words), words_of(text));
  EXPECT_LT(parts.size(), 2 * text.size() / 30'000);
}

TEST(Split, SpaceAtTheBeginningOfAPartIsTakenOnce) {
  for (std::size_t bytes_max = 8; bytes_max < 60; ++bytes_max) {
    std::string letters;
    for (const auto& part : split("<p>one</p>  <blockquote>  <p>  two three </p></blockquote>   ", bytes_max))
      letters += words_of(part);
    std::erase(letters, ' ');
    EXPECT_EQ(letters, "onetwothree") << bytes_max;
  }
}

TEST(Split, EndsOnTextsThatAreMostlyMarkup) {
  const auto nested = sanitise(repeated("<abbr title=\"" + std::string(2000, '\'') + "\"><blockquote>", 120) + "word").value();
  const auto parts = split(nested, 8000);
  std::string words;
  for (const auto& part : parts) words += words_of(part);
  EXPECT_EQ(words, "word");
  EXPECT_THAT(words_of(split("<p>" + std::string(100'000, 'x') + "</p>", 8000).back()), testing::MatchesRegex("x+"));
}

}  // namespace
}  // namespace tamizdat::html
