#include "relay/reader/near_path.h"

#include <gtest/gtest.h>

#include "proto/base/ids.h"
#include "tests/support/project_builder.h"

namespace tamizdat::reader {
namespace {

TEST(NearPath, KnowsTheNamesThatOtherSitesGiveTheirFeeds) {
  EXPECT_EQ(near_path({"rss.xml"}), "/feed.rss");
  EXPECT_EQ(near_path({"l", "ru", "feed"}), "/l/ru/feed.atom");
  EXPECT_EQ(near_path({"opml"}), "/feeds.opml");
  EXPECT_EQ(near_path({"index.html"}), "/");
}

TEST(NearPath, KnowsAnIdByItself) {
  const auto entry = EntryId(tests::octets_from("entry", 1)).text();
  const auto project = ProjectId(tests::octets_from("project", 1)).text();
  EXPECT_EQ(near_path({entry}), "/a/" + entry);
  EXPECT_EQ(near_path({project}), "/p/" + project);
}

TEST(NearPath, KnowsATagInAnotherForm) {
  EXPECT_EQ(near_path({"r", "ru-sve"}), "/r/RU-SVE");
  EXPECT_EQ(near_path({"l", "ru-RU", "feed.atom"}), "/l/ru/feed.atom");
  EXPECT_EQ(near_path({"t", "Политика"}), "/t/11000000");
}

TEST(NearPath, KnowsASectionWithATypingError) {
  EXPECT_EQ(near_path({"project"}), "/projects");
  EXPECT_EQ(near_path({"abuot"}), "/about");
}

TEST(NearPath, IsNothingForTheRest) {
  EXPECT_FALSE(near_path({}));
  EXPECT_FALSE(near_path({"wp-login.php"}));
  EXPECT_FALSE(near_path({"r", "RU-SVE"}));
  EXPECT_FALSE(near_path({"r", "?"}));
  EXPECT_FALSE(near_path({std::string(100'000, 'a')}));
}

}  // namespace
}  // namespace tamizdat::reader
