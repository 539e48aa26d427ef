#include "relay/reader/standing.h"

#include <gtest/gtest.h>

#include "tests/unit/relay/reader/site_fixture.h"

namespace tamizdat::reader {
namespace {

class StandingTest : public testing::Test, public SiteFixture {
 protected:
  void expire_at(const std::string& time) {
    project.update_charter([&](format::Charter& charter) { charter.expires_at = at(time); });
    room.commit_charter(project);
  }
  tests::ProjectBuilder& project = room.add_project("Courier");
  EntryId article = room.publish(project, body_of("Snow in April"));
  std::string page = "/p/" + project.id().text();
};

constexpr const char* kExpired = "The charter of this publication has expired";

TEST_F(StandingTest, AnExpiredCharterIsSaidOnEveryPageOfTheProject) {
  expire_at("2026-11-24T07:00:00Z");
  for (const auto& path : {page, "/a/" + article.text(), "/v/" + article.text()}) {
    const auto text = this->text(path, "en");
    EXPECT_TRUE(contains(text, kExpired)) << path;
    EXPECT_TRUE(contains(text, "<time datetime=\"2026-11-24T07:00:00Z\">24 November 2026, 07:00 UTC</time>")) << path;
    EXPECT_TRUE(contains(text, "Snow in April")) << path << ": stale is not unreadable";
  }
  for (const auto* path : {"/", "/r/RU-SVE", "/projects"}) EXPECT_FALSE(contains(text(path, "en"), kExpired)) << path;
}

TEST_F(StandingTest, APageThatWasKeptSaysItWhenTheHourHasCome) {
  expire_at("2026-11-24T08:00:00Z");
  const auto before = get(page, "en");
  EXPECT_FALSE(contains(before.content->bytes(), kExpired));
  EXPECT_FALSE(contains(article_of(article, "en"), kExpired));
  room.clock.set_now(at("2026-11-24T08:00:00Z"));
  const auto after = get(page, "en");
  EXPECT_TRUE(contains(after.content->bytes(), kExpired));
  EXPECT_TRUE(contains(article_of(article, "en"), kExpired));
  // Else a browser that asks by date would go on with the page that it has.
  EXPECT_FALSE(after.last_modified) << "in its first second";
  room.clock.set_now(at("2026-11-24T08:01:00Z"));
  EXPECT_EQ(get(page, "en").last_modified, at("2026-11-24T08:00:00Z"));
}

TEST_F(StandingTest, ANewCharterTakesItAway) {
  expire_at("2026-11-24T07:00:00Z");
  EXPECT_TRUE(contains(text(page, "en"), kExpired));
  expire_at("2027-11-24T07:00:00Z");
  room.clock.set_now(room.clock.now() + Standings::kAgeMax);
  EXPECT_FALSE(contains(text(page, "en"), kExpired));
}

}  // namespace
}  // namespace tamizdat::reader
