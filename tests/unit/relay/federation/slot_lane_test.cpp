#include "relay/federation/slot_lane.h"

#include <gtest/gtest.h>

#include "tests/unit/relay/sealed/slots.h"

namespace tamizdat::federation {
namespace {

using sealed::PoolFixture;
using sealed::slot_of;

// Two pools and a link between them, message by message.
struct Pair {
  struct Side {
    PoolFixture room;
    SlotLane lane{room.pool};
    RelayId id{tests::octets_from("relay", 1)};
  };

  void begin() {
    deliver(a, b, sync::SealedHeld{a.room.pool.digest(), {}});
    deliver(b, a, sync::SealedHeld{b.room.pool.digest(), {}});
  }
  // Until nobody has anything to say. Octets that cross are counted.
  void talk() {
    for (bool any = true; any;) any = say(a, b) | say(b, a);
  }
  bool say(Side& from, Side& to) {
    bool any = false;
    for (auto& message : from.lane.messages()) any = true, deliver(from, to, std::move(message));
    while (const auto id = from.lane.next_answer()) {
      any = true;
      auto slot = from.room.loop.run(from.room.pool.read(*id));
      ++slots_sent;
      deliver(from, to, sync::SealedSlot{*id, slot ? *slot : Bytes()});
    }
    return any;
  }
  void deliver(Side& from, Side& to, sync::LinkMessage message) {
    message = tests::must(sync::parse_link_message(sync::serialise_link_message(message)));
    if (const auto* held = std::get_if<sync::SealedHeld>(&message)) to.lane.on(*held);
    if (const auto* request = std::get_if<sync::SealedRequest>(&message)) {
      EXPECT_TRUE(to.lane.on(*request));
    }
    if (auto* slot = std::get_if<sync::SealedSlot>(&message)) {
      EXPECT_TRUE(to.lane.on(*slot));
      if (slot->slot.empty()) return;
      const Hash32 id = slot->id;
      EXPECT_TRUE(to.room.put(std::move(slot->slot), from.id));
      to.lane.stored();
      to.lane.on_change(id);
    }
  }

  Side a, b;
  std::size_t slots_sent = 0;
};

TEST(SlotLane, BothSidesHaveEverythingAfterwards) {
  Pair pair;
  const auto now = pair.a.room.now();
  for (std::uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(pair.a.room.put(slot_of(i, now)));
  for (std::uint64_t i = 15; i < 30; ++i) ASSERT_TRUE(pair.b.room.put(slot_of(i, now)));
  pair.begin();
  pair.talk();
  EXPECT_EQ(pair.a.room.pool.ids().size(), 30u);
  EXPECT_EQ(pair.a.room.pool.digest(), pair.b.room.pool.digest());
  EXPECT_EQ(pair.slots_sent, 25u);  // none that the other side had
}

TEST(SlotLane, EqualPoolsSayNothingButTheirDigests) {
  Pair pair;
  for (auto* side : {&pair.a, &pair.b}) ASSERT_TRUE(side->room.put(slot_of(1, side->room.now())));
  pair.begin();
  EXPECT_TRUE(pair.a.lane.messages().empty() && pair.b.lane.messages().empty());
}

TEST(SlotLane, WhatComesLaterIsToldAndNotToldBack) {
  Pair pair;
  pair.begin();
  pair.talk();
  const Bytes slot = slot_of(7, pair.a.room.now());
  ASSERT_TRUE(pair.a.room.put(slot));
  pair.a.lane.on_change(format::slot_id(slot));
  pair.talk();
  EXPECT_TRUE(pair.b.room.pool.holds(format::slot_id(slot)));
  EXPECT_TRUE(pair.b.lane.messages().empty());
}

TEST(SlotLane, AnAlteredSlotEndsTheLink) {
  PoolFixture room;
  SlotLane lane(room.pool);
  const Bytes slot = slot_of(1, room.now());
  lane.on(sync::SealedHeld{std::nullopt, {format::slot_id(slot)}});
  ASSERT_EQ(lane.messages().size(), 1u);
  Bytes altered = slot;
  altered.back() = static_cast<char>(altered.back() ^ 1);
  const auto taken = lane.on(sync::SealedSlot{format::slot_id(slot), altered});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, kSlotWrong);
  EXPECT_TRUE(room.pool.claim(format::slot_id(slot)));  // the true one may come from another peer at once
}

TEST(SlotLane, ASlotThatNobodyAskedForEndsTheLink) {
  PoolFixture room;
  SlotLane lane(room.pool);
  const Bytes slot = slot_of(1, room.now());
  EXPECT_EQ(lane.on(sync::SealedSlot{format::slot_id(slot), slot}).error().code, kSlotUnasked);
}

TEST(SlotLane, AsksForAFewAtATime) {
  PoolFixture room;
  SlotLane lane(room.pool);
  sync::SealedHeld held;
  for (std::uint64_t i = 0; i < 100; ++i) held.slots.push_back(tests::octets_from("slot", i));
  lane.on(held);
  const auto said = lane.messages();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(std::get<sync::SealedRequest>(said[0]).slots.size(), SlotLane::kUnderWayMax);
  EXPECT_TRUE(lane.messages().empty());
}

TEST(SlotLane, APeerThatAsksForTooMuchIsTold) {
  PoolFixture room;
  SlotLane lane(room.pool);
  sync::SealedRequest request;
  for (std::uint64_t i = 0; i < sync::kSealedAskedMax; ++i) request.slots.push_back(tests::octets_from("slot", i));
  EXPECT_TRUE(lane.on(request));
  EXPECT_FALSE(lane.on(sync::SealedRequest{{tests::octets_from("slot", 99)}}));
}

TEST(SlotLane, OneLinkIsAskedAtATimeAndAnotherAfterAWhile) {
  PoolFixture room;
  SlotLane silent(room.pool), other(room.pool);
  const sync::SealedHeld held{std::nullopt, {tests::octets_from("slot", 1)}};
  silent.on(held);
  other.on(held);
  EXPECT_EQ(silent.messages().size(), 1u);
  EXPECT_TRUE(other.messages().empty());
  room.loop.run(room.loop.clock().sleep_for(sealed::Pool::kAskAgain));
  EXPECT_EQ(other.messages().size(), 1u);
}

}  // namespace
}  // namespace tamizdat::federation
