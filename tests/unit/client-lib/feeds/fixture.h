// Fixtures of the feed tests: files of tests/data/feeds, and the one item of a feed.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "client-lib/feeds/feed.h"

namespace tamizdat::feeds {

inline Bytes read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline Bytes fixture(const std::string& name) { return read_file(TAMIZDAT_TEST_DATA "/feeds/" + name); }

inline Feed parsed(BytesView bytes, const FeedHints& hints = {}) {
  auto feed = parse_feed(bytes, hints);
  EXPECT_TRUE(feed) << (feed ? "" : feed.error().text);
  return feed ? std::move(*feed) : Feed{};
}

}  // namespace tamizdat::feeds
