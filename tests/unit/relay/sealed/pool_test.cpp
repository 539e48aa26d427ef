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

TEST(Pool, IsBounded) {
  PoolFixture fixture({4 * kSmall, 100 * kSmall});
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_TRUE(fixture.put(slot_of(i, fixture.now())));
  EXPECT_EQ(code_of(fixture.put(slot_of(9, fixture.now()))), "sealed-pool-full");
}

TEST(Pool, OnePeerFillsHalfOfItAtMost) {
  PoolFixture fixture({4 * kSmall, 100 * kSmall});
  EXPECT_TRUE(fixture.put(slot_of(1, fixture.now()), kPeer));
  EXPECT_TRUE(fixture.put(slot_of(2, fixture.now()), kPeer));
  EXPECT_EQ(code_of(fixture.put(slot_of(3, fixture.now()), kPeer)), "sealed-peer-share-full");
  EXPECT_TRUE(fixture.put(slot_of(3, fixture.now())));
}

TEST(Pool, ADeskHasItsShareOfEachDay) {
  PoolFixture fixture({100 * kSmall, 2 * kSmall});
  const DeskId desk(tests::octets_from("desk", 1)), other(tests::octets_from("desk", 2));
  EXPECT_TRUE(fixture.pool.take_share(desk, kSmall));
  EXPECT_TRUE(fixture.pool.take_share(desk, kSmall));
  EXPECT_EQ(code_of(fixture.pool.take_share(desk, kSmall)), "sealed-desk-quota");
  EXPECT_TRUE(fixture.pool.take_share(other, kSmall));
  fixture.loop.clock().set_now(fixture.now() + seconds(kDay));
  EXPECT_TRUE(fixture.pool.take_share(desk, kSmall));
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

TEST(Pool, ListsInTheOrderOfComing) {
  PoolFixture fixture;
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(fixture.put(slot_of(i, fixture.now())));
  const auto first = fixture.pool.after(0, 3);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[1].id, format::slot_id(slot_of(1, fixture.now())));
  EXPECT_EQ(fixture.pool.after(first.back().number, 10).size(), 2u);
}

TEST(Pool, FindsEverythingAfterARestart) {
  PoolFixture fixture;
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(fixture.put(slot_of(i, fixture.now())));
  fixture.disk.cut_power(tests::FaultDisk::Survivors::kNone, 1);
  Pool again(fixture.env, fixture.files, {});
  ASSERT_TRUE(fixture.loop.run(again.open()));
  EXPECT_EQ(again.ids(), fixture.pool.ids());
  EXPECT_EQ(again.digest(), fixture.pool.digest());
  EXPECT_NE(again.epoch(), fixture.pool.epoch());
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
  ASSERT_TRUE(tests::must(fixture.disk.open("data/sealed/" + to_hex(id.view())))->write_at(5000, "x"));
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
