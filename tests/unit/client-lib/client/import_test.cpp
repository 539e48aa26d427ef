// Importing through the public API.
#include <gtest/gtest.h>

#include "client-lib/desk/desk_store.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

using tests::passphrase;
using tests::value_of;

constexpr const char* kUrl = "https://news.example/feed";

struct Item {
  std::string guid, title, text;
  std::string more = {};  // elements
  std::string link = "https://news.example/a";
};

std::string rss(const std::vector<Item>& items) {
  std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>News</title>"
                    "<link>https://news.example/</link><description>d</description><language>ru</language>";
  int day = 9;
  for (const auto& item : items)
    out += "<item><guid>" + item.guid + "</guid><title>" + item.title + "</title><link>" + item.link + "</link>" +
           "<pubDate>0" + std::to_string(day--) + " Feb 2026 10:00:00 GMT</pubDate><category>weather</category>" +
           "<description>" + item.text + "</description>" + item.more + "</item>";
  return out + "</channel></rss>";
}

class Importing : public testing::Test {
 protected:
  tests::Newsroom room_;
  tests::FakeRelay& ge_ = room_.network.add_relay("GE", "GE");
  ProjectInfo project_ = room_.create();

  void SetUp() override { ASSERT_TRUE(room_.desk().add_relay(ge_.line()).has_value()); }
  void serve(const std::vector<Item>& items, const std::string& etag = "") {
    room_.network.pages[kUrl] = {200, rss(items), "application/rss+xml", etag};
  }
  ImportOptions options() {
    ImportOptions out;
    out.source = kUrl;
    return out;
  }
  ImportReport import_from(const std::string& name, const std::vector<Item>& items, const std::string& host) {
    auto feed = rss(items);
    for (std::size_t at = 0; (at = feed.find("news.example", at)) != std::string::npos; at += host.size())
      feed.replace(at, 12, host);
    ImportOptions from = options();
    from.source = room_.write(name, feed);
    return value_of(room_.desk().import_source(from, passphrase()));
  }
  ImportReport import() { return value_of(room_.desk().import_source(options(), passphrase())); }
  format::Body body_of(const std::string& id) {
    auto store = *desk::DeskStore::open(room_.home);
    return *format::parse_body((*store.log().find(*EntryId::parse(id)))->body);
  }
};

TEST_F(Importing, TakesAFeedOverInOneRun) {
  serve({{"2", "Second", "Text two"}, {"1", "First", "Text one"}});
  const auto report = import();
  EXPECT_EQ(report.articles, 2U);
  EXPECT_TRUE(report.skipped.empty());
  ASSERT_EQ(report.published.entries.size(), 2U);
  EXPECT_EQ(report.published.entries[0].title, "First");
  EXPECT_EQ(report.published.entries[1].title, "Second");
  EXPECT_EQ(report.published.relays[0].state, RelayState::kHoldsAll);
  EXPECT_EQ(ge_.received().size(), 1U);
  const auto body = body_of(report.published.entries[0].id);
  EXPECT_EQ(body.guid, "1");
  EXPECT_EQ(body.original_url, "https://news.example/a");
  EXPECT_EQ(body.language, "ru");
  EXPECT_EQ(body.regions, std::vector<std::string>{"RU-SVE"});
  EXPECT_EQ(body.topics, std::vector<std::string>{"weather"});
  EXPECT_EQ(to_rfc3339(*body.published_at), "2026-02-08T10:00:00Z");
}

TEST_F(Importing, ASecondTimeNothingHappens) {
  serve({{"1", "First", "Text one"}});
  import();
  const auto again = import();
  EXPECT_EQ(again.articles, 0U);
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_TRUE(again.published.entries.empty());
  EXPECT_EQ(again.published.log_size, 1U);
}

TEST_F(Importing, AChangedTextIsACorrectionOfTheOriginal) {
  serve({{"1", "First", "Text one"}});
  const auto original = import().published.entries[0].id;
  serve({{"1", "First", "Text one, corrected"}});
  const auto second = import();
  EXPECT_EQ(second.corrections, 1U);
  serve({{"1", "First", "Text one, corrected again"}});
  const auto third = import();
  EXPECT_EQ(third.published.entries[0].kind, "correction");
  auto store = *desk::DeskStore::open(room_.home);
  for (const auto& report : {second, third}) {
    const auto entry = *store.log().find(*EntryId::parse(report.published.entries[0].id));
    EXPECT_EQ(format::parse_header(entry->header)->target, *EntryId::parse(original));
  }
}

TEST_F(Importing, AnItemThatAnotherRunSignedMeanwhileIsNotSignedAgain) {
  serve({{"1", "First", "Text one"}});
  room_.network.meanwhile("/v1/relay", [&] { EXPECT_EQ(import().articles, 1U); });
  const auto report = import();
  EXPECT_EQ(report.articles, 0U);
  EXPECT_EQ(report.unchanged, 1U);
  EXPECT_TRUE(report.published.entries.empty());
  EXPECT_EQ(report.published.log_size, 1U);
  EXPECT_EQ(report.published.relays[0].state, RelayState::kHoldsAll);
}

TEST_F(Importing, ANewerTextThanAnotherRunSignedMeanwhileIsItsCorrection) {
  serve({{"2", "Second", "Text two"}, {"1", "First", "Text one, corrected"}});
  std::string original;
  room_.network.meanwhile("/v1/relay", [&] {
    serve({{"1", "First", "Text one"}});
    original = import().published.entries[0].id;
  });
  const auto report = import();
  EXPECT_EQ(report.articles, 1U);
  EXPECT_EQ(report.corrections, 1U);
  ASSERT_EQ(report.published.entries.size(), 2U);
  EXPECT_EQ(report.published.entries[0].kind, "correction");
  auto store = *desk::DeskStore::open(room_.home);
  const auto entry = *store.log().find(*EntryId::parse(report.published.entries[0].id));
  EXPECT_EQ(format::parse_header(entry->header)->target, *EntryId::parse(original));
}

TEST_F(Importing, ADryRunCountsAndSignsNothing) {
  serve({{"2", "Second", "Text two"}, {"1", "First", "Text one"}});
  const auto report = value_of(room_.desk().preview_import(options()));
  EXPECT_EQ(report.articles, 2U);
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 0U);
  EXPECT_EQ(import().articles, 2U);
}

TEST_F(Importing, SaysWhyItemsAreSkipped) {
  serve({{"2", "Title alone", ""}, {"1", "First", "Text one"}});
  const auto report = import();
  EXPECT_EQ(report.articles, 1U);
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_EQ(report.skipped[0].item, "Title alone");
  EXPECT_FALSE(report.skipped[0].reason.empty());
}

TEST_F(Importing, AsksTheServerForNewsOnly) {
  serve({{"1", "First", "Text one"}}, "\"v1\"");
  import();
  const auto again = import();
  EXPECT_TRUE(again.source_unchanged);
  serve({{"1", "First", "Text one"}, {"2", "Second", "Text two"}}, "\"v2\"");
  EXPECT_EQ(import().articles, 1U);
}

TEST_F(Importing, ReadsTheSourceAgainWhileItemsAreSkipped) {
  serve({{"1", "Title alone", ""}, {"2", "Second", "Text"}}, "\"v1\"");
  import();
  EXPECT_FALSE(import().source_unchanged);
}

TEST_F(Importing, NumbersAsGuidsBelongToTheirFeed) {
  serve({{"1", "First", "Text one"}});
  import();
  // A feed of another site, and another feed of the same site: its videos, say.
  for (const char* host : {"b.example.org", "news.example"}) {
    const std::vector<Item> others{{"1", "First of " + std::string(host), "Other text", "", "https://news.example/b"}};
    const auto report = import_from("other-" + std::string(host) + ".xml", others, host);
    EXPECT_EQ(report.articles, 1U) << host;
    EXPECT_EQ(report.corrections, 0U) << host;
    ASSERT_EQ(report.notes.size(), 1U) << host;
    EXPECT_TRUE(report.notes[0].starts_with("1 item has a guid that another feed of this project has too, such as \"1\""))
        << report.notes[0];
    EXPECT_EQ(import_from("other-" + std::string(host) + ".xml", others, host).unchanged, 1U);
  }
}

TEST_F(Importing, AFeedThatMovesKeepsItsArticles) {
  const std::vector<Item> items{{"2", "Second", "Text two"}, {"1", "First", "See &lt;a href=\"/x\">x&lt;/a>"}};
  serve(items);
  const auto first = import();
  // The same items by another address, with links to a mirror domain: the text with its links differs, the article not.
  const auto moved = import_from("mirror.xml", items, "www.mirror.example");
  EXPECT_EQ(moved.articles, 0U);
  EXPECT_EQ(moved.unchanged, 1U);
  EXPECT_EQ(moved.corrections, 1U);
  EXPECT_TRUE(moved.notes.empty());
  // From then on the new address knows them by itself, also if the title changes.
  const auto renamed = import_from("mirror.xml", {{"2", "Second, renamed", "Text two"}}, "www.mirror.example");
  ASSERT_EQ(renamed.published.entries.size(), 1U);
  auto store = *desk::DeskStore::open(room_.home);
  const auto entry = *store.log().find(*EntryId::parse(renamed.published.entries[0].id));
  EXPECT_EQ(format::parse_header(entry->header)->target, *EntryId::parse(first.published.entries[1].id));
}

TEST_F(Importing, TheMapOfAnOlderDeskStillCounts) {
  serve({{"1", "First", "Text one"}});
  const auto id = import().published.entries[0].id;
  {
    auto store = *desk::DeskStore::open(room_.home);
    const auto known = *store.imports().find(std::string(kUrl) + " 1");
    ASSERT_TRUE(known.has_value());
    // As they were called before: the host of the link, and the guid.
    auto database = *desk::Database::open(desk::desk_file(room_.home));
    ASSERT_TRUE(database.run("UPDATE imported SET guid = 'news.example 1'"));
  }
  EXPECT_EQ(import().unchanged, 1U);
  serve({{"1", "First", "Text one, corrected"}});
  const auto corrected = import();
  ASSERT_EQ(corrected.corrections, 1U);
  auto store = *desk::DeskStore::open(room_.home);
  const auto entry = *store.log().find(*EntryId::parse(corrected.published.entries[0].id));
  EXPECT_EQ(format::parse_header(entry->header)->target, *EntryId::parse(id));
}

TEST_F(Importing, EnclosuresBecomeLinksAtTheEnd) {
  const std::string more = "<enclosure url=\"https://news.example/a%20b.mp3\" type=\"audio/mpeg\" length=\"1\"/>"
                           "<enclosure url=\"https://news.example/in-the-text.jpg\" type=\"image/jpeg\" length=\"1\"/>"
                           "<enclosure url=\"javascript:alert(1)\" type=\"image/jpeg\" length=\"1\"/>";
  serve({{"1", "First", "Text &lt;img src=\"https://news.example/in-the-text.jpg\">", more}});
  const auto body = body_of(import().published.entries[0].id);
  EXPECT_EQ(body.html, "Text <a href=\"https://news.example/in-the-text.jpg\">in-the-text.jpg</a>\n"
                       "<p><a href=\"https://news.example/a%20b.mp3\">a%20b.mp3</a></p>");
}

TEST_F(Importing, AnotherEnclosureIsNoCorrection) {
  const auto with = [](const std::string& url) {
    return std::vector<Item>{{"1", "First", "Text one", "<enclosure url=\"" + url + "\" type=\"image/jpeg\" length=\"1\"/>"}};
  };
  serve({{"1", "First", "Text one"}});  // as an older version, which left them out, has imported it
  import();
  serve(with("https://news.example/a.jpg"));
  EXPECT_EQ(import().unchanged, 1U);
  serve(with("https://news.example/a.jpg?width=600"));
  EXPECT_EQ(import().unchanged, 1U);
}

TEST_F(Importing, FileAndAddressOfOneFeedAreTheSameArticles) {
  serve({{"https://news.example/1", "First", "Text one"}});
  import();
  ImportOptions file = options();
  file.source = room_.write("feed.xml", rss({{"https://news.example/1", "First", "Text one"}}));
  EXPECT_EQ(value_of(room_.desk().import_source(file, passphrase())).unchanged, 1U);
}

TEST_F(Importing, WrongSourcesAreNamed) {
  room_.network.pages[kUrl] = {404, "", "", ""};
  EXPECT_EQ(room_.desk().preview_import(options()).error().text,
            "https://news.example/feed: the server answers with status 404; open it in a browser to see whether the "
            "address is still right");
  room_.network.pages[kUrl] = {200, "<!doctype html><html><body>hi</body></html>", "text/html", ""};
  EXPECT_EQ(room_.desk().preview_import(options()).error().code, "feed-is-html");
  ImportOptions missing = options();
  missing.source = "/nonexistent.xml";
  EXPECT_EQ(room_.desk().preview_import(missing).error().code, "file-missing");
}

TEST_F(Importing, WhatCouldNotBeSentWaitsAndGoesWithTheNextImport) {
  serve({{"1", "First", "Text one"}});
  ge_.bundles_until_down = 0;
  const auto report = import();
  EXPECT_EQ(report.published.relays[0].state, RelayState::kUnreachable);
  ge_.down = false;
  ge_.bundles_until_down.reset();
  const auto again = import();
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_EQ(again.published.relays[0].state, RelayState::kHoldsAll);
}

}  // namespace
}  // namespace tamizdat::client
