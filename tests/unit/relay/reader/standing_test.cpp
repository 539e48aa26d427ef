#include "relay/reader/standing.h"

#include <gtest/gtest.h>

#include "tests/support/counting_random.h"
#include "tests/support/held_statements.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"
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

// Statements above the room's store, and a site that knows them.
class StatementStandingTest : public StandingTest {
 protected:
  std::string said(const std::string& path) {
    http::Request request;
    request.path = path;
    request.host = "relay.example:8443";
    request.headers.add("Accept-Language", "en");
    return knowing.answer(request).content->bytes();
  }
  void take(Bytes statement) { tests::must(loop.run(held.statements.take(std::move(statement)))); }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  tests::HeldStatements held{env, room.store};
  Site knowing{room.store, room.catalog, names, room.clock, {"GE", "GE", "Free Word"}, &held.statements};
};

TEST_F(StatementStandingTest, AFrozenProjectSaysSinceWhenUntilItsNextCharter) {
  constexpr const char* kFrozen = "has been frozen by one of its root keys";
  EXPECT_FALSE(contains(said(page), kFrozen));
  take(format::make_freeze(project.id(), project.charter().hash(), at("2026-11-24T06:00:00Z"), tests::key_from("root key 0", 1)));
  room.clock.set_now(room.clock.now() + Standings::kAgeMax);
  for (const auto& path : {page, "/a/" + article.text(), "/v/" + article.text()}) {
    const auto text = said(path);
    EXPECT_TRUE(contains(text, kFrozen)) << path;
    EXPECT_TRUE(contains(text, "<time datetime=\"2026-11-24T06:00:00Z\">24 November 2026, 06:00 UTC</time>")) << path;
    EXPECT_TRUE(contains(text, "Snow in April")) << path;
  }
  project.update_charter();
  room.commit_charter(project);
  room.clock.set_now(room.clock.now() + Standings::kAgeMax);
  EXPECT_FALSE(contains(said(page), kFrozen));
}

TEST_F(StatementStandingTest, AFreezeOfTheYear9999IsSaidToBeOfTheTimeWhenItCame) {
  const auto came = loop.clock().now();
  take(format::make_freeze(project.id(), project.charter().hash(), at("9999-12-31T00:00:00Z"), tests::key_from("root key 0", 1)));
  const auto text = said(page);
  EXPECT_FALSE(contains(text, "9999"));
  EXPECT_TRUE(contains(text, "<time datetime=\"" + to_rfc3339(came) + "\">")) << text;
}

TEST_F(StatementStandingTest, ListsOfSeveralProjectsHaveABadge) {
  auto& other = room.add_project("Herald");
  room.publish(other, body_of("Rain in May"));
  const std::vector<std::string> lists{"/", "/r/RU-SVE", "/projects"};
  const auto count = [](const std::string& text) {
    std::size_t out = 0;
    for (auto at = text.find(">frozen<"); at != std::string::npos; at = text.find(">frozen<", at + 1)) ++out;
    return out;
  };
  for (const auto& path : lists) EXPECT_EQ(count(said(path)), 0U) << path;
  take(format::make_freeze(project.id(), project.charter().hash(), at("2026-11-24T06:00:00Z"), tests::key_from("root key 0", 1)));
  room.clock.set_now(room.clock.now() + Standings::kAgeMax);
  EXPECT_EQ(count(said("/")), 2U) << "beside its article and among the projects";
  EXPECT_EQ(count(said("/r/RU-SVE")), 1U);
  EXPECT_EQ(count(said("/projects")), 1U);
  project.update_charter();
  room.commit_charter(project);
  room.clock.set_now(room.clock.now() + Standings::kAgeMax);
  for (const auto& path : lists) EXPECT_EQ(count(said(path)), 0U) << path;
}

TEST_F(StatementStandingTest, AForkedLogIsSaidAndItsArticlesAreStillShown) {
  constexpr const char* kForked = "has signed two different histories";
  auto thief = project.log().forked_at(0);
  thief.append_articles(project.log().size());
  const auto size = project.log().size();
  take(format::prove_fork(project.log().head(size), thief.bundle(0, size)).value());
  EXPECT_TRUE(contains(said(page), kForked));
  EXPECT_TRUE(contains(said("/a/" + article.text()), kForked));
  EXPECT_TRUE(contains(said("/a/" + article.text()), "Snow in April"));
}

// Two relays of three are a quorum.
class FreshPageTest : public StatementStandingTest {
 protected:
  static format::PolicyRelay relay(std::uint64_t number) {
    return {RelayId(tests::key_from("identity", number).public_key()), "GE", tests::key_from("witness", number).public_key(),
            tests::key_from("mirror", number).public_key()};
  }
  FreshPageTest() {
    project.update_charter([](format::Charter& charter) { charter.witness = {{relay(1), relay(2), relay(3)}, 2, seconds(86400)}; });
    room.commit_charter(project);
  }
  void says(std::uint64_t number, std::uint64_t size, Timestamp time) {
    const auto key = tests::key_from("witness", number);
    take(format::make_cosigned_head(project.id(), format::cosign(project.log().head_bytes(size), relay(number).relay, key, time)));
    take(format::make_charter_seen(project.id(), {project.charter().version(), project.charter().hash(), std::nullopt, time}, key));
  }
  std::string shown() {
    Standings standings(room.store, room.clock, &held.statements);
    std::string out;
    for (const auto& mark : standings.of(project.id()).marks)
      out += std::string(mark.word) + (mark.since ? " " + to_rfc3339(*mark.since) : std::string());
    return out;
  }
};

TEST_F(FreshPageTest, SaysThatAQuorumHasConfirmedItToTheHour) {
  EXPECT_EQ(shown(), "w_mark_unseen");
  says(1, 1, at("2026-11-24T07:20:00Z"));
  EXPECT_EQ(shown(), "w_mark_unseen");
  says(3, 1, at("2026-11-24T06:20:00Z"));
  EXPECT_EQ(shown(), "w_mark_fresh 2026-11-24T06:00:00Z");
}

TEST_F(FreshPageTest, SaysSinceWhenNobodyHas) {
  for (const std::uint64_t number : {1U, 2U}) says(number, 1, at("2026-11-23T07:20:00Z"));
  EXPECT_EQ(shown(), "w_mark_stale 2026-11-23T07:20:00Z");
}

TEST_F(FreshPageTest, SaysThatOthersHaveSeenMore) {
  project.log().append(body_of("Elsewhere"));
  for (const std::uint64_t number : {1U, 2U}) says(number, 2, at("2026-11-24T07:20:00Z"));
  EXPECT_EQ(shown(), "w_mark_behind");
}

TEST_F(FreshPageTest, ListsOfSeveralProjectsSayIt) {
  constexpr const char* kStale = ">not confirmed lately<";
  EXPECT_FALSE(contains(said("/"), kStale)) << "nobody has spoken yet";
  for (const std::uint64_t number : {1U, 2U}) says(number, 1, at("2026-11-24T07:20:00Z"));
  room.clock.set_now(at("2026-11-24T08:20:00Z"));
  for (const auto* path : {"/", "/projects"}) EXPECT_FALSE(contains(said(path), kStale)) << path;
  room.clock.set_now(at("2026-11-26T08:20:00Z"));
  for (const auto* path : {"/", "/projects"}) EXPECT_TRUE(contains(said(path), kStale)) << path;
  room.clock.set_now(at("2026-11-24T08:30:00Z"));  // the clock was wrong
  for (const auto* path : {"/", "/projects"}) EXPECT_FALSE(contains(said(path), kStale)) << path;
}

}  // namespace
}  // namespace tamizdat::reader
