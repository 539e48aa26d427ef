// Real and hostile feeds that are not part of the project go through the reader.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/client-lib/feeds/fixture.h"
#include "tests/unit/client-lib/support/corpus.h"

namespace tamizdat::feeds {
namespace {

using tests::corpus_files;

bool has_cyrillic(std::string_view text) {  // U+0400 to U+047F
  return std::ranges::any_of(text, [](char c) { return c == '\xD0' || c == '\xD1'; });
}

TEST(Corpus, NoFileCrashesOrHangsTheReader) {
  SKIP_LOUDLY_WITHOUT_CORPUS();
  std::size_t read = 0, refused = 0, items = 0, skipped = 0;
  for (const char* folder : {"feeds", "hostile"}) {
    for (const std::string& file : corpus_files(folder)) {
      const auto feed = parse_feed(read_file(file));
      feed ? ++read : ++refused;
      items += feed ? feed->items.size() : 0;
      skipped += feed ? feed->skipped.size() : 0;
      const bool named_as_feed = file.ends_with(".xml") || file.ends_with(".rss");
      if (!feed && named_as_feed) std::cout << "refused: " << file << ": " << feed.error().text << '\n';
    }
  }
  std::cout << read << " files read as feeds, " << refused << " refused; " << items << " items, " << skipped
            << " skipped\n";
  EXPECT_GT(read, 20U);
}

TEST(Corpus, RussianProducersAreReadWhole) {
  SKIP_LOUDLY_WITHOUT_CORPUS();
  std::size_t feeds = 0;
  for (const std::string& file : corpus_files("feeds/ru-producers")) {
    if (!file.ends_with(".xml")) continue;
    ++feeds;
    const Feed feed = parsed(read_file(file));
    EXPECT_TRUE(feed.notes.empty()) << file << ": " << feed.notes.front();
    EXPECT_TRUE(feed.skipped.empty()) << file << ": " << feed.skipped.front().reason;
    EXPECT_FALSE(feed.items.empty()) << file;
    EXPECT_TRUE(has_cyrillic(feed.title)) << file;
    for (const FeedItem& item : feed.items) {
      EXPECT_TRUE(has_cyrillic(item.title)) << file << ": " << item.title;
      EXPECT_TRUE(has_cyrillic(item.html) || item.html.find("Welcome to WordPress") != std::string::npos ||
                  item.html.find("this is a comment") != std::string::npos)
          << file << ": " << item.html;
      EXPECT_TRUE(item.published || item.updated) << file << ": " << item.title;
      EXPECT_FALSE(item.guid.empty() || item.link.empty()) << file << ": " << item.title;
    }
  }
  std::cout << feeds << " feeds of Russian producers\n";
  EXPECT_GE(feeds, 8U);
}

TEST(Corpus, EncodingsOfRealFeedsAreFound) {
  SKIP_LOUDLY_WITHOUT_CORPUS();
  const std::map<std::string, std::string> charsets{{"encoding_WINDOWS-1251.xml", "windows-1251"},
                                                    {"encoding_ISO-8859-1.xml", "windows-1252"},
                                                    {"no_encoding_ISO-8859-1.xml", "windows-1252"},
                                                    {"koi8r.xml", "koi8-r"},
                                                    {"rdf_UTF8.xml", "utf-8"},
                                                    {"urdu_UTF8.xml", "utf-8"}};
  std::size_t seen = 0;
  for (const std::string& file : corpus_files("feeds/miniflux")) {
    const auto expected = charsets.find(std::filesystem::path(file).filename().string());
    if (expected == charsets.end()) continue;
    ++seen;
    EXPECT_EQ(parsed(read_file(file)).charset, expected->second) << file;
  }
  EXPECT_GE(seen, charsets.size());
}

}  // namespace
}  // namespace tamizdat::feeds
