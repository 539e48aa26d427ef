#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/env/task_group.h"
#include "relay/reader/feeds.h"
#include "tests/support/loop_workers.h"
#include "tests/unit/relay/reader/site_fixture.h"

namespace tamizdat::reader {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Timestamp kNow = at("2026-11-24T07:23:50Z");
const Timestamp kEnd = at("2026-11-24T09:30:00Z");
const Bytes kKey(format::kBodyKeyBytes, 'k');

struct EmbargoFixture : SiteFixture {
  EmbargoFixture() { room.received_at = at("2026-11-24T07:00:00Z"); }

  template <typename Append>
  EntryId publish(Append append, std::size_t desk = 0) {
    const EntryId id = append(courier.log(desk));
    room.commit_log(courier, desk);
    room.read_all();
    return id;
  }
  EntryId publish_sealed(const std::string& title = "secret") {
    return publish([&](auto& log) { return log.append_sealed(body_of(title), kEnd, kKey); });
  }
  EntryId publish_key(const EntryId& sealed, const Bytes& key, std::size_t desk = 0) {
    return publish([&](auto& log) { return log.append_key(sealed, key); }, desk);
  }

  tests::ProjectBuilder& courier = room.add_project("Courier", 2);
};

TEST(SealedEmbargo, ShowsUntilWhenAndNothingElse) {
  EmbargoFixture site;
  const auto id = site.publish_sealed();
  EXPECT_THAT(site.room.titles(), IsEmpty());
  EXPECT_TRUE(contains(site.article_of(id), "Текст под эмбарго до 24 ноября 2026, 09:30 UTC."));
  EXPECT_TRUE(contains(site.article_of(id, "en"), "Under embargo until 24 November 2026, 09:30 UTC."));
  EXPECT_FALSE(contains(site.text("/feed.atom"), "<entry>"));
}

TEST(SealedEmbargo, TheKeyOpensTheArticleAtTheTimeOfItsOpening) {
  EmbargoFixture site;
  const auto id = site.publish_sealed();
  site.publish([](auto& log) { return log.append(body_of("before", "2026-11-24T06:00:00Z")); });
  site.room.received_at = at("2026-11-24T09:31:12Z");
  site.courier.log().set_time(at("2026-11-24T09:31:00Z"));
  site.publish_key(id, kKey);
  EXPECT_THAT(site.room.titles(), ElementsAre("secret", "before"));
  EXPECT_EQ(site.room.story(id).time, kEnd);  // body_of() says March
  EXPECT_TRUE(contains(site.article_of(id), "Text of secret"));
  EXPECT_TRUE(contains(site.text("/feed.atom"), "Text of secret"));
}

TEST(SealedEmbargo, AnyDeskOfTheProjectOpensIt) {
  EmbargoFixture site;
  const auto id = site.publish_sealed();
  site.publish_key(id, kKey, 1);
  EXPECT_THAT(site.room.titles(), ElementsAre("secret"));
}

TEST(SealedEmbargo, AKeyInAnotherProjectOpensNothing) {
  EmbargoFixture site;
  const auto id = site.publish_sealed();
  auto& other = site.room.add_project("Other");
  other.log().append_key(id, kKey);
  site.room.commit_log(other);
  site.room.read_all();
  EXPECT_THAT(site.room.titles(), IsEmpty());
}

TEST(SealedEmbargo, AWrongKeyIsPassedOverAndTheRightOneStillOpens) {
  EmbargoFixture site;
  const auto id = site.publish_sealed();
  site.publish_key(id, Bytes(format::kBodyKeyBytes, 'w'));
  EXPECT_THAT(site.room.titles(), IsEmpty());
  site.publish_key(id, kKey);
  EXPECT_THAT(site.room.titles(), ElementsAre("secret"));
}

TEST(SealedEmbargo, CopiedCiphertextDoesNotOpenInAnotherLog) {
  EmbargoFixture site;
  const auto id = site.publish_sealed();
  auto& thief = site.room.add_project("Thief");
  auto header = thief.log().next_header(format::EntryKind::kArticle, {});
  header.not_before = kEnd;
  header.key_commitment = format::key_commitment(kKey);
  const auto copied = thief.log().append_raw(header, site.courier.log().body(0));
  thief.log().append_key(copied, kKey);
  site.room.commit_log(thief);
  site.room.read_all();
  site.publish_key(id, kKey);
  EXPECT_THAT(site.room.titles(), ElementsAre("secret"));
  EXPECT_EQ(site.room.catalog.state({thief.id(), {}, {}}).stories, 0u);
  EXPECT_TRUE(contains(site.article_of(copied, "en"), "Under embargo"));
}

TEST(SealedEmbargo, ARestartFindsItOpen) {
  EmbargoFixture site;
  const auto sealed = site.publish_sealed();
  site.publish_key(sealed, kKey);
  store::ReadersStore view(site.room.store, site.room.clock);
  Catalog again(view, site.room.clock);
  again.start();
  Newsroom::read_all(again);
  EXPECT_EQ(again.state({}).stories, 1u);
  EXPECT_TRUE(again.story_of(*view.find(sealed)).has_value());
}

TEST(SealedEmbargo, ASealedCorrectionLeavesTheOldTextUntilItOpens) {
  EmbargoFixture site;
  const auto id = site.publish([](auto& log) { return log.append(body_of("old")); });
  const auto correction = site.publish(
      [&](auto& log) { return log.append_sealed(body_of("new"), kEnd, kKey, format::EntryKind::kCorrection, id); });
  EXPECT_THAT(site.room.titles(), ElementsAre("old"));
  EXPECT_FALSE(contains(site.article_of(id), "id=\"history\""));
  site.publish_key(correction, kKey);
  EXPECT_THAT(site.room.titles(), ElementsAre("new"));
  EXPECT_EQ(site.room.story(id).corrections, 1u);
}

TEST(SealedEmbargo, ADeskWithABadClockPinsNothingToTheTop) {
  EmbargoFixture site;
  const auto id = site.publish_sealed();
  site.courier.log().set_time(at("2031-01-01T00:00:00Z"));
  site.room.received_at = at("2026-11-24T10:00:00Z");
  site.publish_key(id, kKey);
  EXPECT_EQ(site.room.story(id).time, at("2026-11-24T10:00:00Z"));
}

TEST(PlainEmbargo, OpensByTheClockAlone) {
  EmbargoFixture site;
  const auto id = site.publish([](auto& log) { return log.append_embargoed(body_of("timed"), kEnd); });
  EXPECT_THAT(site.room.titles(), IsEmpty());
  EXPECT_TRUE(contains(site.article_of(id, "en"), "Under embargo until 24 November 2026, 09:30 UTC."));
  site.room.clock.set_now(kEnd - seconds(1));
  site.room.read_all();
  EXPECT_THAT(site.room.titles(), IsEmpty());
  site.room.clock.set_now(kEnd);
  site.room.read_all();
  EXPECT_THAT(site.room.titles(), ElementsAre("timed"));
  EXPECT_EQ(site.room.story(id).time, kEnd);
  EXPECT_TRUE(contains(site.article_of(id), "Text of timed"));
}

env::awaitable<std::vector<std::size_t>> stories_around(Timestamp end, Catalog& catalog, tests::TestLoop& loop) {
  tests::LoopWorkers workers(loop.executor());
  env::TaskGroup tasks(loop.executor());
  tasks.spawn(catalog.run(workers, tasks.token()));
  std::vector<std::size_t> stories;
  const env::milliseconds left = end - loop.clock().now();
  co_await loop.clock().sleep_for(left - env::milliseconds(1000));
  stories.push_back(catalog.state({}).stories);
  co_await loop.clock().sleep_for(env::milliseconds(2000));
  stories.push_back(catalog.state({}).stories);
  tasks.stop();
  co_await tasks.join();
  co_return stories;
}

TEST(PlainEmbargo, ARunningCatalogWaitsForItsEnd) {
  Newsroom room;
  tests::TestLoop loop;
  loop.clock().set_now(kNow);
  auto& courier = room.add_project("Courier");
  courier.log().append_embargoed(body_of("timed"), kEnd);
  room.commit_log(courier);
  store::ReadersStore view(room.store, loop.clock());
  Catalog catalog(view, loop.clock());
  catalog.start();
  EXPECT_THAT(loop.run(stories_around(kEnd, catalog, loop)), ElementsAre(0u, 1u));
}

}  // namespace
}  // namespace tamizdat::reader
