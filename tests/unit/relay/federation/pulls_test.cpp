#include "tests/unit/relay/federation/pulls_fixture.h"

namespace tamizdat::federation {
namespace {

using namespace std::chrono_literals;
using sync::BlobPart;
using sync::BlobRun;

TEST_F(PullsTest, AsksForSmallAttachmentsFirst) {
  pulls.join(1, relay(1));
  pulls.want(blob(40));
  pulls.want(blob(1, 2));
  look_up();
  const std::vector<BlobRun> expected{{blob(1, 2), BlobPart::kContent, 0, 1},
                                      {blob(40), BlobPart::kContent, 0, 32},
                                      {blob(40), BlobPart::kContent, 32, 8}};
  EXPECT_EQ(ask(1), expected);
}

TEST_F(PullsTest, AsksForTheLeafHashesFirstAndOfOneLink) {
  pulls.join(1, relay(1));
  pulls.join(2, relay(2));
  pulls.want(blob(600));
  const auto runs = ask(1, Pulls::Leaves::kMissing);
  EXPECT_EQ(runs, (std::vector<BlobRun>{{blob(600), BlobPart::kLeaves, 0, 2}}));
  EXPECT_TRUE(ask(2).empty());
  EXPECT_FALSE(bring(1, blob(600), 0, BlobPart::kLeaves)->to_store);
  EXPECT_TRUE(bring(1, blob(600), 1, BlobPart::kLeaves)->to_store);
  pulls.stored(1, {blob(600), BlobPart::kLeaves, 0, 2});
  EXPECT_EQ(blocks_of(ask(1)), Pulls::kFirstWindow);
  EXPECT_EQ(blocks_of(ask(2)), Pulls::kFirstWindow);
}

TEST_F(PullsTest, LinksShareAnAttachmentAndNoBlockIsAskedTwice) {
  for (LinkNumber link = 1; link <= 3; ++link) pulls.join(link, relay(static_cast<std::uint8_t>(link)));
  pulls.want(blob(100));
  pulls.next(1, at(now));
  look_up();
  std::vector<bool> asked(100);
  for (int turn = 0; turn < 2; ++turn)
    for (LinkNumber link = 1; link <= 3; ++link)
      if (const auto run = pulls.next(link, at(now)))
        for (std::uint64_t i = run->first; i < run->first + run->count; ++i) {
          EXPECT_FALSE(asked[i]);
          asked[i] = true;
        }
  EXPECT_EQ(std::ranges::count(asked, true), 100);
}

TEST_F(PullsTest, WhatALinkDoesNotBringBeforeItEndsIsAskedOfAnother) {
  pulls.join(1, relay(1));
  pulls.join(2, relay(2));
  pulls.want(blob(64));
  ASSERT_EQ(blocks_of(ask(1)), 64U);
  EXPECT_TRUE(ask(2).empty());
  bring_and_store(1, {blob(64), BlobPart::kContent, 0, 10});
  ASSERT_TRUE(bring(1, blob(64), 10));  // on its way to the disk
  pulls.leave(1);
  const auto runs = ask(2);
  EXPECT_EQ(blocks_of(runs), 53U);
  for (const auto& run : runs) EXPECT_GE(run.first, 11U);
}

TEST_F(PullsTest, ABlockThatCouldNotBeStoredIsAskedAgain) {
  pulls.join(1, relay(1));
  pulls.want(blob(2));
  ask(1);
  const auto taken = bring(1, blob(2), 0);
  pulls.lost(1, taken->to_store->run);
  EXPECT_EQ(ask(1), (std::vector<BlobRun>{{blob(2), BlobPart::kContent, 0, 1}}));
}

TEST_F(PullsTest, BlocksCountAgainstTheWindowUntilTheyAreStored) {
  pulls.join(1, relay(1));
  open_window(1);
  pulls.want(blob(2000));
  ASSERT_EQ(blocks_of(ask(1)), sync::kBlobBlocksAskedMax);
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(bring(1, blob(2000), i));
  EXPECT_TRUE(ask(1).empty());
  for (std::uint64_t i = 0; i < 100; ++i) pulls.stored(1, {blob(2000), BlobPart::kContent, i, 1});
  EXPECT_EQ(blocks_of(ask(1)), 96U);  // whole runs
}

TEST_F(PullsTest, ALinkIsAskedForMoreAsItBringsMoreButNotAheadOfASlowLine) {
  pulls.join(1, relay(1));
  pulls.want(blob(2000));
  ASSERT_EQ(blocks_of(ask(1)), Pulls::kFirstWindow);
  bring_and_store(1, {blob(2000), BlobPart::kContent, 0, 32});
  ASSERT_EQ(blocks_of(ask(1)), 64U);  // in place of these, and as many more
  now = Pulls::kWaitMax;
  bring_and_store(1, {blob(2000), BlobPart::kContent, 32, 32});
  EXPECT_TRUE(ask(1).empty());
  bring_and_store(1, {blob(2000), BlobPart::kContent, 64, 128});
  EXPECT_FALSE(ask(1).empty());
}

TEST_F(PullsTest, AnAnswerOutOfTurnIsALie) {
  pulls.join(1, relay(1));
  EXPECT_EQ(bring(1, blob(64), 0).error().code, kBlobUnasked);
  pulls.want(blob(64));
  ask(1);
  EXPECT_EQ(bring(1, blob(64), 1).error().code, kBlobUnasked);
  EXPECT_EQ(bring(1, blob(65), 0).error().code, kBlobUnasked);
  EXPECT_EQ(pulls.on_not_held(1, {blob(64), BlobPart::kContent, 0, 33}, at(now)).error().code, kBlobUnasked);
  EXPECT_TRUE(bring(1, blob(64), 0));
  EXPECT_EQ(bring(1, blob(64), 0).error().code, kBlobUnasked);
}

TEST_F(PullsTest, ALinkThatLacksAnAttachmentIsAskedAgainWhenItSaysSoOrAfterAWhile) {
  pulls.join(1, relay(1));
  pulls.want(blob(8));
  const BlobRun all{blob(8), BlobPart::kContent, 0, 8};
  ASSERT_EQ(ask(1), std::vector{all});
  pulls.watch(at(now));
  ASSERT_TRUE(pulls.on_not_held(1, all, at(now)));
  now = 1000ms;
  pulls.watch(at(now));
  EXPECT_TRUE(ask(1).empty());
  pulls.on_held(1, blob(8));
  ASSERT_EQ(ask(1), std::vector{all});
  ASSERT_TRUE(pulls.on_not_held(1, all, at(now)));
  now = Pulls::kAskAgainDelay;
  pulls.watch(at(now));
  EXPECT_EQ(ask(1), std::vector{all});
}

// It is receiving it too: what has come there meanwhile is worth asking for.
TEST_F(PullsTest, ALinkThatHasAPartIsAskedForTheRestSoonButOnlyWhileItBringsSome) {
  pulls.join(1, relay(1));
  pulls.want(blob(8));
  ask(1);
  bring_and_store(1, {blob(8), BlobPart::kContent, 0, 3});
  ASSERT_TRUE(pulls.on_not_held(1, {blob(8), BlobPart::kContent, 3, 5}, at(now)));
  EXPECT_TRUE(ask(1).empty());
  pulls.watch(at(now));
  ASSERT_EQ(blocks_of(ask(1)), 5U);
  ASSERT_TRUE(pulls.on_not_held(1, {blob(8), BlobPart::kContent, 3, 5}, at(now)));
  pulls.watch(at(now));
  EXPECT_TRUE(ask(1).empty());
}

TEST_F(PullsTest, WhoBroughtTheEntryIsAskedFirst) {
  pulls.join(1, relay(1));
  pulls.join(2, relay(2));
  pulls.want(blob(8), 2);
  EXPECT_TRUE(ask(1).empty());
  ASSERT_EQ(blocks_of(ask(2)), 8U);
  ASSERT_TRUE(pulls.on_not_held(2, {blob(8), BlobPart::kContent, 0, 8}, at(now)));
  EXPECT_EQ(blocks_of(ask(1)), 8U);
}

// ---- silence, lies ----

TEST_F(PullsTest, OthersAreAskedInsteadOfASilentLinkAndWhatItBringsLaterIsNotNeeded) {
  pulls.join(1, relay(1));
  pulls.join(2, relay(2));
  pulls.want(blob(8));
  ask(1);
  now = Pulls::kSilenceMax - 1ms;
  pulls.watch(at(now));
  EXPECT_TRUE(ask(2).empty());
  now = Pulls::kSilenceMax;
  pulls.watch(at(now));
  EXPECT_EQ(blocks_of(ask(2)), 8U);
  bring_and_store(2, {blob(8), BlobPart::kContent, 0, 4});
  EXPECT_FALSE(bring(1, blob(8), 0)->was_needed);
  bring_and_store(1, {blob(8), BlobPart::kContent, 1, 7});
  EXPECT_FALSE(bring(2, blob(8), 4)->was_needed);
}

TEST_F(PullsTest, ASilentLinkThatSpeaksAgainIsNotAskedForTheSameTwice) {
  pulls.join(1, relay(1));
  pulls.want(blob(8));
  ask(1);
  now = Pulls::kSilenceMax;
  pulls.watch(at(now));
  EXPECT_TRUE(ask(1).empty());
  bring_and_store(1, {blob(8), BlobPart::kContent, 0, 1});
  EXPECT_TRUE(ask(1).empty());
}

TEST_F(PullsTest, LeafHashesOfASilentLinkAreBegunAnewWithAnother) {
  pulls.join(1, relay(1));
  pulls.join(2, relay(2));
  pulls.want(blob(600));
  ask(1, Pulls::Leaves::kMissing);
  ASSERT_TRUE(bring(1, blob(600), 0, BlobPart::kLeaves)->was_needed);
  now = Pulls::kSilenceMax;
  pulls.watch(at(now));
  EXPECT_EQ(ask(2), (std::vector<BlobRun>{{blob(600), BlobPart::kLeaves, 0, 2}}));
  EXPECT_FALSE(bring(1, blob(600), 1, BlobPart::kLeaves)->was_needed);
}

TEST_F(PullsTest, LeafHashesThatAPeerBeganGoOnOverItsNextLink) {
  pulls.join(1, relay(1));
  pulls.want(blob(600));
  ask(1, Pulls::Leaves::kMissing);
  ASSERT_TRUE(bring(1, blob(600), 0, BlobPart::kLeaves));
  pulls.leave(1);
  pulls.join(2, relay(1));
  EXPECT_EQ(ask(2), (std::vector<BlobRun>{{blob(600), BlobPart::kLeaves, 1, 1}}));
}

TEST_F(PullsTest, APeerThatLiedIsNotAskedForAWhile) {
  pulls.join(1, relay(1));
  pulls.want(blob(8));
  pulls.distrust(relay(1), at(now));
  EXPECT_TRUE(ask(1).empty());
  pulls.join(2, relay(1));
  EXPECT_TRUE(ask(2).empty());
  now = Pulls::kDistrustDelay;
  pulls.watch(at(now));
  EXPECT_EQ(blocks_of(ask(2)), 8U);
}

// ---- bounds ----

TEST_F(PullsTest, KnowsABoundedNumberAndGivesUpThoseThatNobodyHas) {
  pulls.join(1, relay(1));
  for (std::uint64_t i = 1; i <= Pulls::kWantedMax; ++i) EXPECT_TRUE(pulls.want({relay(9).value, i}));
  EXPECT_FALSE(pulls.want(blob(77)));
  pulls.make_room();
  EXPECT_TRUE(pulls.is_full());
  // Those that are looked at now stay until others are.
  for (std::size_t i = 0; i < 2 * Pulls::kActiveMax;) {
    const auto runs = ask(1);
    for (const auto& run : runs) ASSERT_TRUE(pulls.on_not_held(1, run, at(now)));
    i += runs.size();
  }
  pulls.make_room();
  EXPECT_FALSE(pulls.is_full());
  EXPECT_TRUE(pulls.want(blob(77)));
}

TEST_F(PullsTest, ASmallAttachmentDoesNotWaitForManyLargeOnes) {
  pulls.join(1, relay(1));
  const std::uint64_t large = format::kAttachmentBytesMax / format::kBlockBytes;
  for (std::uint8_t i = 1; i <= 6; ++i) pulls.want(blob(large, i));
  ask(1);
  pulls.want(blob(1, 99));
  EXPECT_FALSE(pulls.next(1, at(now)));
  for (std::uint64_t i = 0; i < 2; ++i)
    ASSERT_TRUE(pulls.on_not_held(1, {blob(large, 1), BlobPart::kContent, 32 * i, 32}, at(now)));
  EXPECT_EQ(pulls.next(1, at(now))->blob, blob(large, 2));  // what is missing of the small one is not known yet
  look_up();
  EXPECT_EQ(pulls.next(1, at(now))->blob, blob(1, 99));
}

TEST_F(PullsTest, ForgetsWhatIsWhole) {
  pulls.join(1, relay(1));
  pulls.want(blob(8));
  ask(1);
  pulls.forget(blob(8));
  EXPECT_EQ(pulls.wanted(), 0U);
  EXPECT_FALSE(bring(1, blob(8), 0)->was_needed);
  pulls.want(blob(8));
  EXPECT_EQ(blocks_of(ask(1)), 1U);  // it was asked for the other seven
}

}  // namespace
}  // namespace tamizdat::federation
