#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client-lib/feeds/limits.h"
#include "client-lib/feeds/xml.h"
#include "tests/unit/client-lib/feeds/fixture.h"

namespace tamizdat::feeds {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Feed sample() { return parsed(fixture("feed.json"), {"application/feed+json", "https://krai.example/feed.json"}); }

std::string json_feed(const std::string& members) {
  return R"({"version":"https://jsonfeed.org/version/1.1",)" + members + "}";
}

Error error_of(BytesView bytes) {
  const auto feed = parse_feed(bytes);
  EXPECT_FALSE(feed);
  return feed ? Error{ErrorCode("none"), ""} : feed.error();
}

TEST(JsonFeed, ReadsWhatTheFeedSaysOfItself) {
  const Feed feed = sample();
  EXPECT_EQ(feed.format, "JSON Feed 1.1");
  EXPECT_EQ(feed.title, "Вольный край");
  EXPECT_EQ(feed.link, "https://krai.example/");
  EXPECT_EQ(feed.language, "ru");
  EXPECT_EQ(feed.charset, "utf-8");
  EXPECT_EQ(feed.next_page, "https://krai.example/feed.json?page=2");
  EXPECT_THAT(feed.notes, IsEmpty());
}

TEST(JsonFeed, ReadsAnItem) {
  const Feed feed = sample();
  ASSERT_EQ(feed.items.size(), 4U);
  const FeedItem& item = feed.items[0];
  EXPECT_EQ(item.guid, "https://krai.example/1");
  EXPECT_EQ(item.title, "Жители посёлка вышли на площадь: «Мы не уйдём» & <b>");
  EXPECT_EQ(item.html, "<p>Вчера вечером <a href=\"https://krai.example/photo\">на площади</a></p>");
  EXPECT_EQ(item.lede, "Собрались несколько сотен человек.");
  EXPECT_EQ(item.link, "https://krai.example/1");
  EXPECT_EQ(to_rfc3339(*item.published), "2026-11-24T07:00:00Z");
  EXPECT_EQ(to_rfc3339(*item.updated), "2026-11-24T11:30:00Z");
  EXPECT_THAT(item.authors, ElementsAre("Анна Петрова"));
  EXPECT_THAT(item.categories, ElementsAre("протест"));
  EXPECT_THAT(item.enclosures, ElementsAre("https://krai.example/square.jpg", "https://krai.example/speech.mp3"));
  EXPECT_EQ(item.language, "ru");
  EXPECT_THAT(item.notes, IsEmpty());
}

TEST(JsonFeed, ReadsWhatVersion10AndLooseProducersWrite) {
  const Feed feed = sample();
  const FeedItem& item = feed.items[1];
  EXPECT_EQ(item.guid, "17");
  EXPECT_EQ(item.link, "https://elsewhere.example/a");
  EXPECT_EQ(item.html, "<p>Строка 1 &lt; 2.</p><p>Вторая строка.</p>");
  EXPECT_THAT(item.title, HasSubstr("Строка 1 < 2."));
  EXPECT_THAT(item.authors, ElementsAre("Как в версии 1.0"));
  EXPECT_EQ(item.language, "tt-RU");
  EXPECT_FALSE(item.published);
  EXPECT_THAT(item.notes, ElementsAre(HasSubstr("'вчера'"), HasSubstr("no title")));
  EXPECT_EQ(feed.items[2].html, "Текст из summary.");
  EXPECT_EQ(feed.items[2].lede, "");
  EXPECT_EQ(feed.items[3].guid, "https://krai.example/no-id");
}

TEST(JsonFeed, SkipsItemsThatCannotBeTaken) {
  const Feed feed = sample();
  ASSERT_EQ(feed.skipped.size(), 3U);
  EXPECT_EQ(feed.skipped[0].title, "nothing");
  EXPECT_EQ(feed.skipped[0].position, 4U);
  EXPECT_THAT(feed.skipped[1].reason, HasSubstr("the guid of item 1"));
  EXPECT_EQ(feed.skipped[2].reason, "it is no JSON object");
}

TEST(JsonFeed, CleansTextsAfterTheEscapesAreRead) {
  const Feed feed = parsed(json_feed(
      R"("items":[{"id":"a\u0007b","title":"x\u202ey\u0000","content_html":"\u003cscript>\u003c/script>\u003cp>\ud83d\ude00"}])"));
  ASSERT_EQ(feed.items.size(), 1U);
  EXPECT_EQ(feed.items[0].guid, "ab");
  EXPECT_EQ(feed.items[0].title, "xy");
  EXPECT_EQ(feed.items[0].html, "<p>😀</p>");
}

TEST(JsonFeed, RefusesOtherAndBrokenJson) {
  EXPECT_EQ(error_of(fixture("other.json")).code, kFeedIsJson);
  EXPECT_EQ(error_of("[]").code, kFeedIsJson);
  const Bytes whole = fixture("feed.json");
  EXPECT_EQ(error_of(BytesView(whole).substr(0, whole.size() / 2)).code, kFeedMalformed);
  EXPECT_EQ(parsed(json_feed(R"("items":7)")).items.size(), 0U);
}

TEST(JsonFeed, IsBoundedBeforeItIsParsed) {
  EXPECT_EQ(error_of(std::string(kJsonDepthMax + 1, '[')).code, kFeedTooDeep);
  EXPECT_EQ(error_of(json_feed("\"a\":" + std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']'))).code,
            kFeedTooDeep);
  std::string values = "\"a\":[0";
  for (std::size_t i = 0; i < kJsonValuesMax; ++i) values += ",0";
  EXPECT_EQ(error_of(json_feed(values + "]")).code, kFeedTooManyNodes);
  std::string members = "\"a\":0";
  for (std::size_t i = 0; i < kJsonMembersMax; ++i) members += ",\"" + std::to_string(i) + "\":0";
  EXPECT_EQ(error_of(json_feed(members)).code, kFeedTooManyNodes);
  // Brackets and commas of a text do not count.
  const Feed feed = parsed(json_feed(R"("title":"\"[[)" + std::string(2'000'000, ',') + "\""));
  EXPECT_TRUE(feed.title.starts_with("\"[[,"));
}

}  // namespace
}  // namespace tamizdat::feeds
