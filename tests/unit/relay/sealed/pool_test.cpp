#include <gtest/gtest.h>

#include "proto/format/limits.h"
#include "relay/env/task_group.h"
#include "tests/unit/relay/sealed/slots.h"

namespace tamizdat::sealed {
namespace {

const RelayId kPeer(tests::octets_from("peer", 1));

template <typename T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().code.name());
}

TEST(Pool, GivesBackWhatItTook) {
  PoolFixture fixture;
  const Bytes slot = slot_of(1, fixture.now());
  EXPECT_TRUE(*fixture.put(slot));
  EXPECT_EQ(*fixture.loop.run(fixture.pool.read(format::slot_id(slot))), slot);
  EXPECT_EQ(fixture.pool.octets(), kSmall);
}

TEST(Pool, TheSameSlotAgainIsHarmless) {
  PoolFixture fixture;
  const Bytes slot = slot_of(1, fixture.now());
  EXPECT_TRUE(*fixture.put(slot));
  EXPECT_FALSE(*fixture.put(slot, kPeer));
  EXPECT_EQ(fixture.pool.octets(), kSmall);
}

TEST(Pool, RefusesWhatEndedEndsTooLateOrHasNoSize) {
  PoolFixture fixture;
  EXPECT_EQ(code_of(fixture.put(slot_of(1, fixture.now(), 0))), "slot-ended");
  EXPECT_EQ(code_of(fixture.put(slot_of(1, fixture.now(), format::kSlotDaysMax + 1))), "slot-too-long");
  EXPECT_EQ(code_of(fixture.put(slot_of(1, fixture.now()).substr(1))), "slot-size-wrong");
}

ProjectId project_of(std::uint64_t number) { return ProjectId(tests::octets_from("project", number)); }
RelayId peer_of(std::uint64_t number) { return RelayId(tests::octets_from("peer", number)); }

TEST(Pool, IsBoundedInOctetsAndInNumber) {
  PoolFixture fixture({16 * kSmall, 100 * kSmall, 3});
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_TRUE(fixture.put(slot_of(i, fixture.now()), project_of(i)));
  EXPECT_EQ(code_of(fixture.put(slot_of(9, fixture.now()), project_of(9))), "sealed-pool-full");
  PoolFixture full({0, 100 * kSmall});
  EXPECT_EQ(code_of(full.put(slot_of(9, full.now()))), "sealed-pool-full");
}

TEST(Pool, OnePeerFillsHalfOfItAtMostAndAllPeersThreeQuarters) {
  PoolFixture fixture({16 * kSmall, 100 * kSmall});
  std::uint64_t next = 0;
  for (; next < 8; ++next) EXPECT_TRUE(fixture.put(slot_of(next, fixture.now()), kPeer));
  EXPECT_EQ(code_of(fixture.put(slot_of(100, fixture.now()), kPeer)), "sealed-peer-share-full");
  for (; next < 12; ++next) EXPECT_TRUE(fixture.put(slot_of(next, fixture.now()), peer_of(2)));
  EXPECT_EQ(code_of(fixture.put(slot_of(100, fixture.now()), peer_of(2))), "sealed-peer-share-full");
  // So there is always room for desks.
  EXPECT_TRUE(fixture.put(slot_of(100, fixture.now())));
}

TEST(Pool, OneProjectFillsASixteenthAtMostAndAllDesksHalf) {
  PoolFixture fixture({32 * kSmall, 100 * kSmall});
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < 8; ++i) {
    EXPECT_TRUE(fixture.put(slot_of(++next, fixture.now()), project_of(i)));
    EXPECT_TRUE(fixture.put(slot_of(++next, fixture.now()), project_of(i)));
    EXPECT_EQ(code_of(fixture.put(slot_of(100, fixture.now()), project_of(i))), i < 7 ? "sealed-project-quota" : "sealed-pool-full");
  }
  EXPECT_EQ(code_of(fixture.put(slot_of(100, fixture.now()), project_of(9))), "sealed-pool-full");
  EXPECT_TRUE(fixture.put(slot_of(100, fixture.now()), kPeer));
}

TEST(Pool, PartsOfDesksAndPeersOutliveARestart) {
  PoolFixture wide({64 * kSmall, 100 * kSmall});
  for (std::uint64_t i = 0; i < 2; ++i) {
    ASSERT_TRUE(wide.put(slot_of(i, wide.now()), project_of(1)));
    ASSERT_TRUE(wide.put(slot_of(10 + i, wide.now()), kPeer));
  }
  Pool again(wide.env, wide.files, {5 * kSmall, 100 * kSmall});
  ASSERT_TRUE(wide.loop.run(again.open()));
  const auto put = [&](std::uint64_t number, Origin origin) { return code_of(wide.loop.run(again.put(slot_of(number, wide.now()), origin))); };
  EXPECT_EQ(put(101, kPeer), "sealed-peer-share-full");
  EXPECT_EQ(put(102, project_of(2)), "sealed-pool-full");
  EXPECT_EQ(put(100, peer_of(2)), "ok");
  EXPECT_EQ(again.ids().size(), 5u);
  EXPECT_EQ(wide.loop.run(again.read(format::slot_id(slot_of(10, wide.now())))).value(), slot_of(10, wide.now()));
}

TEST(Pool, AProjectHasItsShareOfEachDay) {
  PoolFixture fixture({100 * kSmall, 2 * kSmall});
  EXPECT_TRUE(fixture.put(slot_of(1, fixture.now())));
  EXPECT_TRUE(fixture.put(slot_of(2, fixture.now())));
  EXPECT_EQ(code_of(fixture.put(slot_of(3, fixture.now()))), "sealed-project-quota");
  EXPECT_TRUE(fixture.put(slot_of(3, fixture.now()), project_of(2)));
  fixture.loop.clock().set_now(fixture.now() + seconds(kDay));
  EXPECT_TRUE(fixture.put(slot_of(4, fixture.now())));
}

TEST(Pool, WhatIsRefusedOrNotWrittenTakesNoShare) {
  PoolFixture fixture({100 * kSmall, kSmall});
  EXPECT_EQ(code_of(fixture.put(slot_of(1, fixture.now(), 0))), "slot-ended");
  fixture.disk.set_full(true);
  EXPECT_EQ(code_of(fixture.put(slot_of(1, fixture.now()))), "disk-full");
  fixture.disk.set_full(false);
  EXPECT_TRUE(fixture.put(slot_of(1, fixture.now())));
  EXPECT_FALSE(*fixture.put(slot_of(1, fixture.now())));  // again: free
}

TEST(Pool, TheDefaultsHaveRoomForTheLargestLetter) {
  const std::size_t slots = format::kLetterBytesMax / format::slot_capacity(format::kSlotSizes.back()) + 1;
  EXPECT_LE(slots * format::kSlotSizes.back(), PoolLimits{}.octets_max / 16);
  EXPECT_LE(slots * format::kSlotSizes.back(), PoolLimits{}.project_octets_per_day);
}

env::awaitable<void> put_and_note(Pool& pool, tests::FaultDisk& disk, Bytes slot, std::vector<std::size_t>& files) {
  const Origin origin = kPeer;
  const auto taken = co_await pool.put(std::move(slot), origin);
  TMZ_CHECK(taken.has_value());
  files.push_back(disk.list("data/sealed")->size());
}

env::awaitable<void> put_twice_at_once(Pool& pool, tests::FaultDisk& disk, tests::TestLoop& loop, Bytes slot, std::vector<std::size_t>& files) {
  env::TaskGroup tasks(loop.executor());
  tasks.spawn(put_and_note(pool, disk, slot, files));
  tasks.spawn(put_and_note(pool, disk, slot, files));
  co_await tasks.join();
}

TEST(Pool, TheSecondOfTwoAtOnceIsAnsweredWhenTheSlotIsDurableToo) {
  PoolFixture fixture;
  std::vector<std::size_t> files;  // on the disk at each answer
  fixture.loop.run(put_twice_at_once(fixture.pool, fixture.disk, fixture.loop, slot_of(1, fixture.now()), files));
  EXPECT_EQ(files, (std::vector<std::size_t>{1, 1}));
  EXPECT_EQ(fixture.pool.octets(), kSmall);
}

env::awaitable<void> run_for_a_moment(Pool& pool, tests::TestLoop& loop) {
  env::TaskGroup tasks(loop.executor());
  tasks.spawn(pool.run(tasks.token()));
  co_await loop.clock().sleep_for(env::milliseconds(100));
  tasks.stop();
  co_await tasks.join();
}

TEST(Pool, LetsEndedSlotsGoAndDoesNotTakeThemAgain) {
  PoolFixture fixture;
  const Bytes slot = slot_of(1, fixture.now(), 2), later = slot_of(2, fixture.now(), 9);
  EXPECT_TRUE(fixture.put(slot, kPeer) && fixture.put(later));
  fixture.loop.clock().set_now(fixture.now() + seconds(3 * kDay));
  fixture.loop.run(run_for_a_moment(fixture.pool, fixture.loop));
  EXPECT_EQ(fixture.pool.ids(), std::vector{format::slot_id(later)});
  EXPECT_EQ(fixture.pool.octets(), kSmall);
  EXPECT_EQ(fixture.disk.list("data/sealed")->size(), 1u);
  EXPECT_EQ(code_of(fixture.put(slot, kPeer)), "slot-ended");  // a replay
}

TEST(Pool, ListsByTheDayOfTheirEndAndByTheirIds) {
  PoolFixture fixture;
  std::vector<Hash32> early, late;
  for (std::uint64_t i = 0; i < 6; ++i) {
    const Bytes slot = slot_of(i, fixture.now(), i % 2 == 0 ? 9 : 3);
    ASSERT_TRUE(fixture.put(slot));
    (i % 2 == 0 ? late : early).push_back(format::slot_id(slot));
  }
  std::ranges::sort(early);
  std::ranges::sort(late);
  const auto listed = fixture.pool.by_end();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed.begin()->second, early);
  EXPECT_EQ(listed.rbegin()->second, late);
}

TEST(Pool, FindsEverythingAfterARestart) {
  PoolFixture fixture;
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(fixture.put(slot_of(i, fixture.now())));
  fixture.disk.cut_power(tests::FaultDisk::Survivors::kNone, 1);
  Pool again(fixture.env, fixture.files, {});
  ASSERT_TRUE(fixture.loop.run(again.open()));
  EXPECT_EQ(again.ids(), fixture.pool.ids());
  EXPECT_EQ(again.digest(), fixture.pool.digest());
}

// The power goes at every operation of a put: what was acknowledged is there, and nothing half written counts.
TEST(Pool, LosesNothingThatItAcknowledged) {
  for (std::uint64_t operation = 1; operation < 30; ++operation) {
    PoolFixture fixture;
    const Bytes before = slot_of(1, fixture.now()), slot = slot_of(2, fixture.now());
    ASSERT_TRUE(fixture.put(before));
    fixture.disk.plan(operation, tests::FaultDisk::Fault::kCrash);
    const bool taken = fixture.put(slot).has_value();
    fixture.disk.no_plan();
    for (const auto survivors : {tests::FaultDisk::Survivors::kNone, tests::FaultDisk::Survivors::kSome}) {
      const auto disk = fixture.disk.copy();
      disk->cut_power(survivors, operation);
      SlotFiles files(*disk, "data/sealed");
      Pool again(fixture.env, files, {});
      ASSERT_TRUE(fixture.loop.run(again.open()));
      EXPECT_TRUE(again.holds(format::slot_id(before)));
      EXPECT_TRUE(!taken || again.holds(format::slot_id(slot))) << operation;
      for (const auto& id : again.ids()) EXPECT_TRUE(fixture.loop.run(again.read(id))) << operation;
    }
  }
}

TEST(Pool, DropsWhatTheDiskDamaged) {
  PoolFixture fixture;
  const Bytes slot = slot_of(1, fixture.now());
  const Hash32 id = format::slot_id(slot);
  ASSERT_TRUE(fixture.put(slot));
  ASSERT_TRUE(tests::must(fixture.disk.open("data/sealed/" + to_hex(id.view()) + ".desk"))->write_at(5000, "x"));
  EXPECT_EQ(code_of(fixture.loop.run(fixture.pool.read(id))), "slot-damaged");
  EXPECT_FALSE(fixture.pool.holds(id));
  EXPECT_TRUE(*fixture.put(slot, kPeer));
}

TEST(Pool, AFullDiskIsToldAndNothingCounts) {
  PoolFixture fixture;
  fixture.disk.set_full(true);
  EXPECT_EQ(code_of(fixture.put(slot_of(1, fixture.now()))), "disk-full");
  EXPECT_EQ(fixture.pool.octets(), 0u);
  fixture.disk.set_full(false);
  EXPECT_TRUE(fixture.put(slot_of(1, fixture.now())));
}

}  // namespace
}  // namespace tamizdat::sealed
