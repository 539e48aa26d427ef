#include "relay/reader/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/env/task_group.h"
#include "tests/support/loop_workers.h"
#include "tests/unit/relay/reader/newsroom.h"

namespace tamizdat::reader {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Catalog, ListsTheNewestArticlesFirst) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  room.publish(courier, body_of("second", "2026-03-02T10:00:00Z"));
  room.publish(courier, body_of("first", "2026-03-01T10:00:00Z"));
  room.publish(courier, body_of("third", "2026-03-03T10:00:00Z"));
  EXPECT_THAT(room.titles(), ElementsAre("third", "second", "first"));
}

TEST(Catalog, ACorrectionMovesAStoryToItsTopics) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  auto body = body_of("vote");
  body.topics = {"medtop:11000000", "Политика", "Выборы"};
  const auto id = room.publish(courier, body);
  EXPECT_THAT(room.titles({{}, {}, {}, "11000000"}), ElementsAre("vote"));
  EXPECT_EQ(room.catalog.topics().size(), 1u);
  body.topics = {"20000574", "14000000"};
  room.correct(courier, id, body);
  EXPECT_THAT(room.titles({{}, {}, {}, "11000000"}), IsEmpty());
  EXPECT_THAT(room.titles({{}, {}, {}, "20000574"}), ElementsAre("vote"));
  EXPECT_THAT(room.titles({{}, {}, {}, "14000000"}), ElementsAre("vote"));
}

TEST(Catalog, AFutureDatePinsNothingToTheTop) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  room.received_at = at("2026-11-24T07:00:00Z");
  const auto future = room.publish(courier, body_of("from the future", "2031-01-01T00:00:00Z"));
  room.received_at = at("2026-11-24T08:00:00Z");
  room.publish(courier, body_of("real news", "2026-11-24T07:30:00Z"));
  EXPECT_THAT(room.titles(), ElementsAre("real news", "from the future"));
  EXPECT_EQ(room.story(future).time, at("2026-11-24T07:00:00Z"));
}

TEST(Catalog, ChannelsHoldTheirOwn) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  auto& idel = room.add_project("Idel");
  room.publish(courier, body_of("ural"));
  auto tatar = body_of("kazan", "2026-03-02T10:00:00Z");
  tatar.language = "tt-RU";
  tatar.regions = {"ru-ta", "RU-SVE", "RU-TA", "Tatarstan!"};
  room.publish(idel, tatar);
  auto russian = body_of("idel in russian", "2026-03-03T10:00:00Z");
  russian.regions = {};
  room.publish(idel, russian);

  EXPECT_THAT(room.titles({courier.id(), {}, {}}), ElementsAre("ural"));
  EXPECT_THAT(room.titles({idel.id(), {}, {}}), ElementsAre("idel in russian", "kazan"));
  EXPECT_THAT(room.titles({idel.id(), {}, "tt"}), ElementsAre("kazan"));
  EXPECT_THAT(room.titles({{}, "RU-TA", {}}), ElementsAre("kazan"));
  EXPECT_THAT(room.titles({{}, "RU-SVE", {}}), ElementsAre("kazan", "ural"));
  EXPECT_THAT(room.titles({{}, {}, "ru"}), ElementsAre("idel in russian", "ural"));
  EXPECT_THAT(room.titles({{}, {}, "fr"}), IsEmpty());
  EXPECT_THAT(room.titles({{}, {}, {}, "11000000"}), IsEmpty());
  EXPECT_EQ(room.catalog.regions().front().tag, "RU-SVE");
  EXPECT_EQ(room.catalog.regions().front().state.stories, 2u);
  EXPECT_EQ(room.catalog.languages_of(idel.id()).size(), 2u);
  EXPECT_EQ(room.catalog.projects().front().title, "Idel");
}

TEST(Catalog, PagesDoNotShiftWhenNewArticlesCome) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  for (int day = 1; day <= 9; ++day)
    room.publish(courier, body_of(std::to_string(day), "2026-03-0" + std::to_string(day) + "T10:00:00Z"));
  const auto first = room.catalog.newest({}, kNewest, 4);
  ASSERT_EQ(first.stories.size(), 4u);
  EXPECT_TRUE(first.more);
  room.publish(courier, body_of("breaking", "2026-04-01T10:00:00Z"));
  room.publish(courier, body_of("an old one", "2026-03-02T12:00:00Z"));

  std::vector<std::string> rest;
  auto page = room.catalog.newest({}, first.stories.back().key, 4);
  while (true) {
    for (const auto& story : page.stories) rest.push_back(room.title_of(story.shown));
    if (!page.more) break;
    page = room.catalog.newest({}, page.stories.back().key, 4);
  }
  EXPECT_THAT(rest, ElementsAre("5", "4", "3", "an old one", "2", "1"));
}

TEST(Catalog, ACorrectionKeepsTheOriginalsPlaceAndMovesUpdated) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  const auto original = room.publish(courier, body_of("with a mistake", "2026-03-01T10:00:00Z"));
  room.publish(courier, body_of("later news", "2026-03-02T10:00:00Z"));
  auto better = body_of("without one", "2026-03-01T10:00:00Z");
  better.modified_at = at("2026-03-05T09:00:00Z");
  const auto correction = room.correct(courier, original, better);

  EXPECT_THAT(room.titles(), ElementsAre("later news", "without one"));
  const auto story = room.story(original);
  EXPECT_EQ(room.id_of(story.original), original);
  EXPECT_EQ(room.id_of(story.shown), correction);
  EXPECT_EQ(story.time, at("2026-03-01T10:00:00Z"));
  EXPECT_EQ(story.updated, at("2026-03-05T09:00:00Z"));
  EXPECT_EQ(room.story(correction).original.index, story.original.index);
  EXPECT_EQ(room.catalog.versions(story.original).size(), 2u);
}

TEST(Catalog, UpdatedMovesEvenIfTheDeskRepeatsADate) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  const auto original = room.publish(courier, body_of("0", "2026-03-01T13:00:00Z"));
  const auto before = room.story(original).updated;
  room.correct(courier, original, body_of("1", "2026-03-01T13:00:00Z"));
  const auto once = room.story(original).updated;
  room.correct(courier, original, body_of("2", "2026-03-01T13:00:00Z"));
  EXPECT_GT(once, before);
  EXPECT_GT(room.story(original).updated, once);
}

TEST(Catalog, ChainsAndBranchesShowTheLastByLogOrder) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  const auto original = room.publish(courier, body_of("0"));
  const auto first = room.correct(courier, original, body_of("1"));
  room.correct(courier, first, body_of("2: of the correction"));
  EXPECT_THAT(room.titles(), ElementsAre("2: of the correction"));
  room.correct(courier, original, body_of("3: of the original"));
  EXPECT_THAT(room.titles(), ElementsAre("3: of the original"));
  EXPECT_EQ(room.catalog.versions(room.story(first).original).size(), 4u);
}

TEST(Catalog, ACorrectionMayComeBeforeItsArticle) {
  Newsroom room;
  auto& courier = room.add_project("Courier", 2);
  const auto original = courier.log(0).append(body_of("0"));
  const auto first = room.correct(courier, original, body_of("1"), 1);
  room.correct(courier, first, body_of("2"), 1);
  EXPECT_THAT(room.titles(), IsEmpty());
  room.commit_log(courier, 0);
  room.read_all();
  EXPECT_THAT(room.titles(), ElementsAre("2"));
}

TEST(Catalog, OnlyTheSameProjectMayCorrect) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  auto& stranger = room.add_project("Stranger");
  const auto original = room.publish(courier, body_of("truth"));
  room.correct(stranger, original, body_of("lie"));
  EXPECT_THAT(room.titles(), ElementsAre("truth"));
  // Also where the lie was there first.
  const auto later = courier.log().append(body_of("more truth", "2026-03-02T10:00:00Z"));
  room.correct(stranger, later, body_of("another lie"));
  room.commit_log(courier);
  room.read_all();
  EXPECT_THAT(room.titles(), ElementsAre("more truth", "truth"));
}

TEST(Catalog, ACorrectionMovesTheStoryToItsNewChannels) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  const auto original = room.publish(courier, body_of("wrong region"));
  auto better = body_of("right region");
  better.regions = {"RU-PER"};
  better.language = "en";
  room.correct(courier, original, better);
  EXPECT_THAT(room.titles({{}, "RU-SVE", {}}), IsEmpty());
  EXPECT_THAT(room.titles({{}, "RU-PER", {}}), ElementsAre("right region"));
  EXPECT_THAT(room.titles({courier.id(), {}, "en"}), ElementsAre("right region"));
  EXPECT_THAT(room.titles({courier.id(), {}, "ru"}), IsEmpty());
}

TEST(Catalog, IgnoresKindsItDoesNotKnow) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  courier.log().append(body_of("from a later version"), static_cast<format::EntryKind>(77));
  courier.log().append(body_of("notice"), format::EntryKind::kNotice);
  room.publish(courier, body_of("article"));
  EXPECT_THAT(room.titles(), ElementsAre("article"));
}

TEST(Catalog, AnEntryWithoutBodyIsListed) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  courier.log().append(body_of("not here"));
  room.commit_log(courier, 0, false);
  room.read_all();
  EXPECT_THAT(room.titles(), ElementsAre("(gone)"));
  EXPECT_THAT(room.titles({{}, {}, "ru"}), IsEmpty());
}

// The view is derived from the store alone: one built at start equals the one that followed along.
TEST(Catalog, RebuiltAtStartIsTheSame) {
  Newsroom room;
  auto& courier = room.add_project("Courier", 2);
  auto& idel = room.add_project("Idel");
  std::vector<EntryId> ids;
  for (int i = 0; i < 60; ++i) {
    auto body = body_of(std::to_string(i), "2026-03-" + std::to_string(10 + i % 20) + "T10:00:00Z");
    body.regions = {i % 3 == 0 ? "RU-SVE" : "RU-PER"};
    const std::size_t desk = static_cast<std::size_t>(i) % 2;
    if (i % 4 == 3)
      ids.push_back(room.correct(courier, ids[static_cast<std::size_t>(i) / 2], body, desk));
    else
      ids.push_back(room.publish(courier, body, desk));
    if (i % 5 == 0) room.publish(idel, body);
  }
  Catalog rebuilt(room.store, room.clock);
  rebuilt.start();
  EXPECT_TRUE(rebuilt.building());
  Newsroom::read_all(rebuilt);
  EXPECT_FALSE(rebuilt.building());

  for (const auto& channel :
       {Channel{}, Channel{courier.id(), {}, {}}, Channel{{}, "RU-SVE", {}}, Channel{idel.id(), {}, "ru"}})
    EXPECT_EQ(room.titles(rebuilt, channel), room.titles(channel));
  const auto followed = room.catalog.newest({}, kNewest, 1000).stories,
             read = rebuilt.newest({}, kNewest, 1000).stories;
  ASSERT_EQ(followed.size(), read.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].key, followed[i].key);
    EXPECT_EQ(read[i].updated, followed[i].updated);
    EXPECT_EQ(read[i].corrections, followed[i].corrections);
  }
}

TEST(Catalog, IsUsableWhileItBuildsNewestEntriesFirst) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  for (int i = 0; i < 9; ++i)
    courier.log().append(body_of(std::to_string(i), "2026-03-0" + std::to_string(1 + i) + "T10:00:00Z"));
  room.commit_log(courier);
  Catalog building(room.store, room.clock);
  building.start();
  EXPECT_TRUE(building.step(3));
  EXPECT_TRUE(building.building());
  EXPECT_THAT(room.titles(building, {}), ElementsAre("8", "7", "6"));
  // What comes in meanwhile goes first.
  courier.log().append(body_of("fresh", "2026-03-20T10:00:00Z"));
  room.commit_log(courier);
  building.on_entries(courier.log().id(), 9, 10);
  EXPECT_TRUE(building.step(1));
  EXPECT_THAT(room.titles(building, {}), ElementsAre("fresh", "8", "7", "6"));
  Newsroom::read_all(building);
  EXPECT_FALSE(building.building());
  EXPECT_EQ(room.titles(building, {}).size(), 10u);
}

TEST(Catalog, WhatAClosingCutsOffIsHidden) {
  Newsroom room;
  auto& courier = room.add_project("Courier", 2);
  const auto kept = room.publish(courier, body_of("kept"));
  const auto corrected = room.publish(courier, body_of("corrected by the thief"), 1);
  room.correct(courier, corrected, body_of("the thief's words"), 0);
  const auto surplus = room.publish(courier, body_of("the thief's article", "2026-03-02T10:00:00Z"), 0);
  ASSERT_THAT(room.titles(), ElementsAre("the thief's article", "kept", "the thief's words"));
  courier.close_desk(0, 1);
  room.commit_charter(courier);
  room.read_all();
  EXPECT_THAT(room.titles(), testing::UnorderedElementsAre("kept", "corrected by the thief"));
  EXPECT_FALSE(room.store.find(surplus).has_value());
  EXPECT_EQ(room.story(kept).corrections, 0u);
}

TEST(Catalog, AChangeOfAListIsCountedAndDated) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  auto& idel = room.add_project("Idel");
  room.publish(courier, body_of("one"));
  const auto all = room.catalog.state({}), ours = room.catalog.state({courier.id(), {}, {}});
  room.clock.set_now(at("2026-11-24T09:00:00Z"));
  room.publish(idel, body_of("two"));
  EXPECT_NE(room.catalog.state({}).changes, all.changes);
  EXPECT_EQ(room.catalog.state({}).changed_at, at("2026-11-24T09:00:00Z"));
  EXPECT_EQ(room.catalog.state({courier.id(), {}, {}}).changes, ours.changes);
  EXPECT_EQ(room.catalog.state({courier.id(), {}, {}}).changed_at, ours.changed_at);
}

env::awaitable<void> follow_for_a_while(Newsroom& room, tests::ProjectBuilder& courier, Catalog& catalog,
                                        tests::TestLoop& loop, std::vector<std::size_t>& sizes) {
  tests::LoopWorkers workers(loop.executor());
  env::TaskGroup group(loop.executor());
  group.spawn(catalog.run(workers, group.token()));
  co_await loop.clock().sleep_for(env::milliseconds(50));
  sizes.push_back(catalog.stories());
  courier.log().append(body_of("one more"));
  room.commit_log(courier);
  catalog.on_entries(courier.log().id(), 300, 301);
  co_await loop.clock().sleep_for(env::milliseconds(50));
  sizes.push_back(catalog.stories());
  group.stop();
  co_await group.join();
}

TEST(Catalog, RunFollowsTheStoreUntilItIsStopped) {
  Newsroom room;
  auto& courier = room.add_project("Courier");
  courier.log().append_articles(300);
  room.commit_log(courier);
  tests::TestLoop loop;
  Catalog catalog(room.store, loop.clock());
  catalog.start();
  std::vector<std::size_t> sizes;
  loop.run(follow_for_a_while(room, courier, catalog, loop, sizes));
  EXPECT_THAT(sizes, ElementsAre(300u, 301u));
}

}  // namespace
}  // namespace tamizdat::reader
