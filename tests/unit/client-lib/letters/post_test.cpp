#include "client-lib/letters/post.h"

#include <gtest/gtest.h>

#include "tests/unit/client-lib/letters/correspondence.h"

namespace tamizdat::letters {
namespace {

// The newsroom of `all` writes to itself: it is the one with a home.
struct Writer : Correspondence {
  using Correspondence::Correspondence;
  Result<Sealed> write(std::string name, Bytes content = "x", unsigned days = 14) {
    const auto project = tests::must(store.project());
    std::vector<RelayId> relays;
    for (const auto& client : pools.clients()) relays.push_back(client.address().relay);
    return seal({store, project, our_desk_key, clock, random}, {tests::must(charters::Chain::verify(project.chain))},
                {std::move(name), std::move(content)}, days, relays);
  }
  HandedIn hand_in_all() {
    auto clients = pools.clients();
    return tests::must(hand_in(store, tests::must(store.project()), clients, clock.now()));
  }
};

TEST(Post, HandsEachSlotToTheFirstRelayThatTakesIt) {
  Writer writer(2);
  writer.pools.pools[0].refusal = "sealed-project-quota";
  ASSERT_TRUE(writer.write("a.txt"));
  const auto done = writer.hand_in_all();
  EXPECT_EQ(done.taken, 1u);
  EXPECT_EQ(writer.pools.pools[1].taken.size(), 1u);
  EXPECT_FALSE(done.all_refused);
}

TEST(Post, TellsRefusalFromSilence) {
  Writer writer(2);
  for (auto& pool : writer.pools.pools) pool.refusal = "sealed-project-quota";
  ASSERT_TRUE(writer.write("a.txt"));
  EXPECT_TRUE(writer.hand_in_all().all_refused);
  writer.pools.pools[1].down = true;
  EXPECT_FALSE(writer.hand_in_all().all_refused);
}

TEST(Post, ASlotThatEndedKeepsNoOtherWaiting) {
  Writer writer;
  writer.pools.pools[0].down = true;
  ASSERT_TRUE(writer.write("a.txt", "x", 1));
  EXPECT_EQ(writer.hand_in_all().waiting, 1u);
  writer.clock.time += seconds(3 * kDay);
  ASSERT_TRUE(writer.write("b.txt"));
  writer.pools.pools[0].down = false;
  const auto done = writer.hand_in_all();
  EXPECT_EQ(done.ended, 1u);
  EXPECT_EQ(done.taken, 1u);
}

TEST(Post, ANameThatNobodyCouldReadIsRefusedBeforeSealing) {
  Writer writer;
  EXPECT_EQ(writer.write("a\xff.txt").error().code, kLetterNameWrong);
  EXPECT_EQ(writer.write(std::string(256, 'a')).error().code, kLetterNameWrong);
  EXPECT_EQ(writer.write("a.txt", "x", 0).error().code, kDaysWrong);
  EXPECT_EQ(writer.write("a.txt", "x", 31).error().code, kDaysWrong);
  EXPECT_TRUE(writer.store.letters().slots_waiting()->empty());
}

}  // namespace
}  // namespace tamizdat::letters
