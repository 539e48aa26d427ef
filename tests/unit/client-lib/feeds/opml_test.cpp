#include "client-lib/feeds/opml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client-lib/feeds/limits.h"
#include "client-lib/feeds/xml.h"
#include "tests/unit/client-lib/feeds/fixture.h"

namespace tamizdat::feeds {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FeedList list_of(BytesView bytes, const FeedHints& hints = {}) {
  const auto list = parse_opml(bytes, hints);
  EXPECT_TRUE(list && *list) << (list ? "no OPML" : list.error().text);
  return list && *list ? **list : FeedList{};
}

std::vector<std::string> urls_of(const FeedList& list) {
  std::vector<std::string> out;
  for (const auto& feed : list.feeds) out.push_back(feed.url);
  return out;
}

TEST(Opml, ListsEachFeedOnceAtAnyDepth) {
  const FeedList list = list_of(fixture("list.opml"), {"", "https://lists.example/ours/list.opml"});
  EXPECT_EQ(list.title, "Ленты & редакции");
  EXPECT_THAT(urls_of(list), ElementsAre("https://krai.example/feed", "https://deep.example/feed.json",
                                         "https://lists.example/ours/beside.xml"));
  EXPECT_EQ(list.feeds[0].title, "Вольный край: новости");
  EXPECT_EQ(list.feeds[2].title, "Рядом");
}

TEST(Opml, SaysWhatItLeavesOut) {
  const FeedList list = list_of(fixture("list.opml"));  // a file: "beside.xml" is beside nothing
  EXPECT_THAT(urls_of(list), ElementsAre("https://krai.example/feed", "https://deep.example/feed.json"));
  EXPECT_THAT(list.notes, ElementsAre("2 feeds of the list have no web address: left out",
                                      HasSubstr("1 other list is included by this one")));
}

TEST(Opml, IsNoFeedAndAFeedIsNoList) {
  EXPECT_EQ(parse_feed(fixture("list.opml")).error().code, kFeedIsList);
  for (const char* name : {"atom.xml", "windows-1251.rss", "feed.json", "page.html"}) {
    const auto list = parse_opml(fixture(name));
    ASSERT_TRUE(list) << name;
    EXPECT_FALSE(list->has_value()) << name;
  }
  EXPECT_FALSE(parse_opml("<rss><channel><title>&lt;opml></title></channel><!-- <opml> --></rss>")->has_value());
}

TEST(Opml, IsBounded) {
  EXPECT_EQ(parse_opml(fixture("empty.opml")).error().code, kFeedMalformed);
  std::string deep = "<opml><body>", wide = deep;
  for (std::size_t i = 0; i <= kXmlDepthMax; ++i) deep += "<outline>";
  EXPECT_EQ(parse_opml(deep).error().code, kFeedTooDeep);
  for (std::size_t i = 0; i < kListedFeedsMax + 10; ++i)
    wide += "<outline xmlUrl='https://a.example/" + std::to_string(i) + "'/>";
  const FeedList list = list_of(wide + "</body></opml>");
  EXPECT_EQ(list.feeds.size(), kListedFeedsMax);
  EXPECT_THAT(list.notes, ElementsAre(HasSubstr("names 510 feeds: only the first 500 are taken")));
}

TEST(Opml, TakesWhatStandsBeforeABreak) {
  const FeedList list = list_of("<opml><body><outline xmlUrl='https://a.example/'/><outline xmlUrl='https://b.exam");
  EXPECT_THAT(urls_of(list), ElementsAre("https://a.example/"));
  EXPECT_THAT(list.notes, ElementsAre(HasSubstr("broken XML")));
}

}  // namespace
}  // namespace tamizdat::feeds
