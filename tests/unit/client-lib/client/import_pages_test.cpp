// Importing feeds of several pages, and lists of feeds, through the public API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::passphrase;
using tests::value_of;

const std::string kFeed = "https://news.example/feed";

// A feed with one item for each number; `next`: the address of the next page.
std::string page(const std::vector<int>& numbers, const std::string& next = "") {
  std::string out = "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>News</title>";
  if (!next.empty()) out += "<atom:link rel=\"next\" href=\"" + next + "\"/>";
  for (const int n : numbers) {
    const std::string text = std::to_string(n);
    out += "<item><guid isPermaLink=\"false\">" + text + "</guid><title>Item " + text +
           "</title><link>https://news.example/" + text + "</link><description>Text " + text + "</description></item>";
  }
  return out + "</channel></rss>";
}

class ImportingPages : public testing::Test {
 protected:
  tests::Newsroom room_;
  tests::FakeRelay& ge_ = room_.network.add_relay("GE", "GE");
  ProjectInfo project_ = room_.create();

  void SetUp() override { ASSERT_TRUE(room_.desk().add_relay(ge_.line()).has_value()); }
  void serve(const std::string& url, const std::string& body, const std::string& etag = "") {
    room_.network.pages[url] = {200, body, "application/rss+xml", etag};
  }
  std::string page_url(int n) const { return kFeed + "?page=" + std::to_string(n); }
  ImportReport import(const std::string& source = kFeed) {
    ImportOptions options;
    options.source = source;
    return value_of(room_.desk().import_source(options, passphrase()));
  }
  static std::vector<std::string> titles(const ImportReport& report) {
    std::vector<std::string> out;
    for (const auto& entry : report.published.entries) out.push_back(entry.title);
    return out;
  }
};

TEST_F(ImportingPages, TakesAllPagesInOneRunOldestFirst) {
  serve(kFeed, page({6, 5}, page_url(2)));
  serve(page_url(2), page({4, 3}, "?page=3"));
  serve(page_url(3), page({2, 1}));
  const auto report = import();
  EXPECT_EQ(report.articles, 6U);
  EXPECT_THAT(titles(report), ElementsAre("Item 1", "Item 2", "Item 3", "Item 4", "Item 5", "Item 6"));
  EXPECT_THAT(report.notes, IsEmpty());
}

TEST_F(ImportingPages, ReadsNoFurtherThanWhatIsNew) {
  serve(kFeed, page({2}, page_url(2)));
  serve(page_url(2), page({1}, page_url(3)));
  serve(page_url(3), page({0}));
  import();
  serve(kFeed, page({3}, page_url(2)));
  serve(page_url(2), page({2}, page_url(3)));
  EXPECT_EQ(import().articles, 1U);
  EXPECT_EQ(room_.network.asked(page_url(2)), 2U);
  EXPECT_EQ(room_.network.asked(page_url(3)), 1U);
  EXPECT_EQ(import().articles, 0U);
  EXPECT_EQ(room_.network.asked(page_url(2)), 2U);
}

TEST_F(ImportingPages, AnItemOnTwoPagesIsOneArticleWithTheNewerText) {
  serve(kFeed, page({2, 1}, page_url(2)));
  std::string older = page({1, 0});
  older.replace(older.find("Text 1"), 6, "Old text");
  serve(page_url(2), older);
  const auto report = import();
  EXPECT_EQ(report.articles, 3U);
  EXPECT_EQ(report.corrections, 0U);
  EXPECT_EQ(import().unchanged, 2U);
}

TEST_F(ImportingPages, APageThatCannotBeReadIsTriedByTheNextImport) {
  serve(kFeed, page({3}, page_url(2)), "\"v1\"");
  room_.network.pages[page_url(2)] = {503, "", "", ""};
  serve(page_url(3), page({1}));
  const auto first = import();
  EXPECT_EQ(first.articles, 1U);
  EXPECT_THAT(first.notes, ElementsAre(HasSubstr("the next import tries it again: " + page_url(2) +
                                                 ": the server answers with status 503")));
  serve(page_url(2), page({3, 2}, page_url(3)));  // a page later by now, so that it begins with what is known
  const auto second = import();  // although the feed itself is unchanged
  EXPECT_THAT(titles(second), ElementsAre("Item 1", "Item 2"));
  EXPECT_FALSE(second.source_unchanged);
  const auto third = import();
  EXPECT_TRUE(third.source_unchanged);
  EXPECT_EQ(room_.network.asked(page_url(2)), 2U);
}

TEST_F(ImportingPages, APageOrAListLeadsIntoTheNewsroomsNetworkOnlyFromThere) {
  serve("http://news.example/feed", page({3}, "http://192.168.0.7/admin"));
  serve("http://192.168.0.7/feed", page({2}, "http://192.168.0.7:81/older"));
  serve("http://192.168.0.7/list", R"(<opml version="2.0"><body><outline type="rss" xmlUrl="http://192.168.0.8/feed"/></body></opml>)");
  for (const char* source : {"http://news.example/feed", "http://192.168.0.7/feed", "http://192.168.0.7/list"}) import(source);
  for (const auto& [url, reach] : {std::pair("http://news.example/feed", net::Reach::kAnywhere),
                                   {"http://192.168.0.7/admin", net::Reach::kPublicOnly},
                                   {"http://192.168.0.7:81/older", net::Reach::kAnywhere},
                                   {"http://192.168.0.8/feed", net::Reach::kPublicOnly}}) {
    const auto request = std::ranges::find(room_.network.requests, url, &net::HttpRequest::url);
    ASSERT_NE(request, room_.network.requests.end()) << url;
    EXPECT_EQ(request->reach, reach) << url;
  }
}

TEST_F(ImportingPages, ADryRunRemembersNoPage) {
  serve(kFeed, page({3}, page_url(2)));
  ImportOptions options;
  options.source = kFeed;
  value_of(room_.desk().preview_import(options));
  serve(kFeed, page({3}));
  import();
  EXPECT_EQ(room_.network.asked(page_url(2)), 1U);
}

TEST_F(ImportingPages, APageThatIsNotThereIsNoFailure) {
  serve(kFeed, page({1}, page_url(2)));
  room_.network.pages[page_url(2)] = {404, "", "", ""};
  EXPECT_THAT(import().notes, ElementsAre(HasSubstr("which is not there (status 404)")));
  serve(kFeed, page({1}));
  import();
  EXPECT_EQ(room_.network.asked(page_url(2)), 1U);
}

TEST_F(ImportingPages, ACircleEnds) {
  serve(kFeed, page({2}, page_url(2)));
  serve(page_url(2), page({1}, kFeed));
  const auto report = import();
  EXPECT_EQ(report.articles, 2U);
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("go in a circle")));
  EXPECT_EQ(room_.network.asked(kFeed), 1U);
}

TEST_F(ImportingPages, AnEndlessFeedIsReadInParts) {
  constexpr int kPages = 700;
  serve(kFeed, page({kPages + 1}, page_url(kPages)));
  for (int n = 1; n <= kPages; ++n) serve(page_url(n), page({n}, page_url(n - 1)));
  const auto first = import();
  EXPECT_EQ(first.articles, 500U);
  EXPECT_THAT(first.notes, ElementsAre(HasSubstr("the feed goes on at " + page_url(201))));
  // Its end is a page without end that brings nothing new.
  for (int n = 0; n > -600; --n) serve(page_url(n), page({1}, page_url(n - 1)));
  EXPECT_EQ(import().articles, 201U);
  EXPECT_EQ(import().articles, 0U);
  const auto requests = room_.network.requests.size();
  EXPECT_EQ(import().articles, 0U);
  EXPECT_LT(room_.network.requests.size() - requests, 10U);
}

TEST_F(ImportingPages, NoPageIsReadOverALineThatIsLessSafe) {
  serve(kFeed, page({2}, "http://news.example/feed?page=2"));
  serve("http://news.example/feed?page=2", page({1}));
  const auto report = import();
  EXPECT_EQ(report.articles, 1U);
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("is not https")));
}

TEST_F(ImportingPages, AFileAsksNobody) {
  const auto report = import(room_.write("feed.xml", page({1}, page_url(2))));
  EXPECT_EQ(report.articles, 1U);
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("import that address as well")));
  EXPECT_EQ(room_.network.asked(page_url(2)), 0U);
}

TEST_F(ImportingPages, FollowsJsonFeeds) {
  const std::string start = R"({"version":"https://jsonfeed.org/version/1.1","title":"t",)";
  serve("https://news.example/feed.json",
        start + R"("next_url":"/older.json","items":[{"id":"2","title":"Item 2","content_text":"Text"}]})");
  serve("https://news.example/older.json", start + R"("items":[{"id":"1","title":"Item 1","content_text":"Text"}]})");
  EXPECT_THAT(titles(import("https://news.example/feed.json")), ElementsAre("Item 1", "Item 2"));
}

// ---- lists ----

std::string list_of(const std::vector<std::string>& urls) {
  std::string out = "<opml version=\"2.0\"><head><title>l</title></head><body>";
  for (const auto& url : urls) out += "<outline type=\"rss\" xmlUrl=\"" + url + "\"/>";
  return out + "</body></opml>";
}

TEST_F(ImportingPages, AListImportsAllItsFeeds) {
  const std::string a = "https://a.example/feed", b = "https://b.example/feed";
  serve(a, page({1}), "\"a\"");
  serve(b, page({2, 3}), "\"b\"");
  const std::string list = room_.write("feeds.opml", list_of({a, b}));
  const auto report = import(list);
  EXPECT_EQ(report.feeds, 2U);
  EXPECT_EQ(report.articles, 3U);
  EXPECT_EQ(report.published.entries.size(), 3U);
  EXPECT_EQ(report.published.log_size, 3U);
  EXPECT_TRUE(import(list).source_unchanged);
  serve("https://lists.example/l", list_of({a}));
  EXPECT_TRUE(import("https://lists.example/l").source_unchanged);
  // Numbers as guids belong to their feed here too.
  serve(b, page({1}), "\"b2\"");
  EXPECT_EQ(import(list).unchanged, 1U);
}

TEST_F(ImportingPages, ABrokenFeedOfAListCostsNothingButItself) {
  const std::string a = "https://a.example/feed", b = "https://b.example/feed", c = "https://c.example/feed";
  room_.network.pages[a] = {500, "", "", ""};
  serve(b, page({2}));
  serve(c, list_of({a}));
  const auto report = import(room_.write("feeds.opml", list_of({a, b, c, "https://nobody.example/"})));
  EXPECT_EQ(report.articles, 1U);
  EXPECT_EQ(report.feeds, 4U);
  ASSERT_EQ(report.failed.size(), 3U);
  EXPECT_EQ(report.failed[0].feed, a);
  EXPECT_EQ(report.failed[0].problem.code, "source-unavailable");
  EXPECT_EQ(report.failed[1].problem.code, "feed-is-list");
  EXPECT_EQ(report.failed[2].problem.kind, ProblemKind::kUnreachable);
}

TEST_F(ImportingPages, AListWithoutFeedsIsAnError) {
  ImportOptions options;
  options.source = room_.write("empty.opml", list_of({}));
  EXPECT_EQ(room_.desk().preview_import(options).error().code, "feed-malformed");
}

}  // namespace
}  // namespace tamizdat::client
