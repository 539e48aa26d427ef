// Peers that answer nothing, or little, or not what they could: what others have must come all the same.
#include "tests/unit/relay/federation/pulls_fixture.h"

namespace tamizdat::federation {
namespace {

using namespace std::chrono_literals;
using sync::BlobPart;
using sync::BlobRun;

class PullsUnwillingTest : public PullsTest {
 protected:
  // Of one block, each smaller than the next.
  static BlobId small(std::uint64_t octets) { return {relay(9).value, octets}; }
  // The link has nothing; what it was asked for until nothing more comes.
  std::vector<BlobId> ask_in_vain(LinkNumber link) {
    std::vector<BlobId> out;
    for (auto runs = ask(link); !runs.empty(); runs = ask(link))
      for (const auto& run : runs) {
        out.push_back(run.blob);
        EXPECT_TRUE(pulls.on_not_held(link, run, at(now)));
      }
    return out;
  }
  // A second passes.
  void wait() {
    now += 1000ms;
    pulls.watch(at(now));
  }
};

TEST_F(PullsUnwillingTest, ASilentPeerDoesNotKeepAttachmentsThatNobodyHasInTheWayOfOthers) {
  pulls.join(1, relay(1));
  pulls.join(2, relay(2));
  for (std::uint64_t i = 1; i <= Pulls::kActiveMax + 50; ++i) pulls.want(small(i));
  pulls.want(blob(1));
  ask(1);
  while (now < Pulls::kSilenceMax) wait();
  EXPECT_EQ(std::ranges::count(ask_in_vain(2), blob(1)), 1);
}

TEST_F(PullsUnwillingTest, APeerThatLiedDoesNotKeepThemInTheWayEither) {
  pulls.join(1, relay(1));
  pulls.join(2, relay(2));
  for (std::uint64_t i = 1; i <= Pulls::kActiveMax + 50; ++i) pulls.want(small(i));
  pulls.want(blob(1));
  pulls.distrust(relay(1), at(now));
  EXPECT_EQ(std::ranges::count(ask_in_vain(2), blob(1)), 1);
}

TEST_F(PullsUnwillingTest, ASilentPeerKeepsNoRoomForWhatNobodyHas) {
  pulls.join(1, relay(1));
  pulls.join(2, relay(2));
  for (std::uint64_t i = 1; i <= Pulls::kWantedMax; ++i) pulls.want(small(i));
  ask(1);
  EXPECT_EQ(pulls.make_room(), 0U);
  while (now < Pulls::kSilenceMax) wait();
  ask_in_vain(2);
  EXPECT_GT(pulls.make_room(), Pulls::kWantedMax / 2);
  EXPECT_TRUE(pulls.want(blob(1)));
}

TEST_F(PullsUnwillingTest, NothingIsGivenUpWhileNobodyCanBeAsked) {
  pulls.want(blob(1));
  EXPECT_EQ(pulls.make_room(), 0U);
  pulls.join(1, relay(1));
  pulls.distrust(relay(1), at(now));
  EXPECT_EQ(pulls.make_room(), 0U);
  EXPECT_EQ(pulls.wanted(), 1U);
}

// One block now and then, so that it never counts as silent.
TEST_F(PullsUnwillingTest, ATricklingPeerKeepsBlocksFromOthersForABoundedTime) {
  pulls.join(1, relay(1));
  pulls.want(blob(Pulls::kFirstWindow));
  ask(1);
  pulls.join(2, relay(2));
  std::uint64_t brought = 0;
  while (now < Pulls::kOverdueMax) {
    EXPECT_TRUE(ask(2).empty());
    wait();
    if (now % 5s == 0ms) bring_and_store(1, {blob(Pulls::kFirstWindow), BlobPart::kContent, brought++, 1});
  }
  EXPECT_EQ(blocks_of(ask(2)), Pulls::kFirstWindow - brought);
  // Nothing is asked of it again before it has answered.
  EXPECT_TRUE(ask(1).empty());
}

TEST_F(PullsUnwillingTest, WhatIsOverdueAndComesAfterAllIsTakenAndNotAskedOfAThird) {
  for (LinkNumber link = 1; link <= 3; ++link) pulls.join(link, relay(static_cast<std::uint8_t>(link)));
  pulls.want(blob(5));
  ask(1);
  for (std::uint64_t i = 0; now < Pulls::kOverdueMax; wait())
    if (now % 9s == 8s && i < 3) bring_and_store(1, {blob(5), BlobPart::kContent, i++, 1});
  pulls.watch(at(now));
  ASSERT_EQ(ask(2), (std::vector<BlobRun>{{blob(5), BlobPart::kContent, 3, 2}}));
  EXPECT_TRUE(bring(1, blob(5), 3)->was_needed);
  ASSERT_TRUE(pulls.on_not_held(1, {blob(5), BlobPart::kContent, 4, 1}, at(now)));
  EXPECT_TRUE(ask(3).empty());
}

TEST_F(PullsUnwillingTest, APeerThatComesBackAgainAndAgainIsNotAskedForMoreThanTheDiskTakes) {
  pulls.want(blob(100'000));
  std::uint64_t unstored = 0;
  for (LinkNumber link = 1; link <= 100; ++link) {
    pulls.join(link, relay(1));
    for (const auto& run : ask(link))
      for (std::uint64_t i = run.first; i < run.first + run.count; ++i)
        if (bring(link, run.blob, i)->to_store) ++unstored;
    pulls.leave(link);
  }
  EXPECT_LE(unstored, Pulls::kUnstoredMax + Pulls::kFirstWindow);
  pulls.join(200, relay(1));
  EXPECT_TRUE(ask(200).empty());
  for (std::uint64_t i = 0; i < unstored; ++i) pulls.stored(100, {blob(100'000), BlobPart::kContent, i, 1});
  EXPECT_FALSE(ask(200).empty());
}

// ---- files that cannot be used ----

TEST_F(PullsUnwillingTest, AnAttachmentWhoseFilesCannotBeUsedIsLetAloneForAWhileAndTheOthersGoOn) {
  pulls.join(1, relay(1));
  pulls.want(blob(1));
  pulls.want(blob(8));
  pulls.next(1, at(now));
  pulls.defer(blob(1), at(60s));
  const BlobRun other{blob(8), BlobPart::kContent, 0, 8};
  EXPECT_EQ(ask(1), std::vector{other});
  bring_and_store(1, other);
  pulls.forget(blob(8));
  while (now < 59s) wait();
  EXPECT_TRUE(ask(1).empty());
  wait();
  EXPECT_EQ(blocks_of(ask(1)), 1U);
}

TEST_F(PullsUnwillingTest, WhatIsOnItsWayToTheDiskIsNotAskedAgainWhenTheAttachmentIsLookedAtAnew) {
  pulls.join(1, relay(1));
  pulls.want(blob(8));
  ask(1);
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(bring(1, blob(8), i));
  pulls.look_up_again(blob(8));
  look_up();
  pulls.leave(1);
  pulls.join(2, relay(2));
  EXPECT_EQ(ask(2), (std::vector<BlobRun>{{blob(8), BlobPart::kContent, 3, 5}}));
}

TEST_F(PullsUnwillingTest, WordOfAnAttachmentChangesSomethingOnlyIfItIsWantedAndWasNotHeldThere) {
  pulls.join(1, relay(1));
  EXPECT_FALSE(pulls.on_held(1, blob(1)));
  pulls.want(blob(1));
  EXPECT_FALSE(pulls.on_held(1, blob(1)));
  ask_in_vain(1);
  EXPECT_TRUE(pulls.on_held(1, blob(1)));
  EXPECT_FALSE(pulls.on_held(2, blob(1)));
}

}  // namespace
}  // namespace tamizdat::federation
