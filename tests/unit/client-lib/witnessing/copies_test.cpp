#include "client-lib/witnessing/copies.h"

#include <gtest/gtest.h>

#include "tests/support/project_builder.h"

namespace tamizdat::witnessing {
namespace {

using tests::key_from;

// Relays 1 to 3 of three countries are listed, 4 is not. The log has ten entries.
class CopiesTest : public testing::Test {
 protected:
  CopiesTest() : statements_({relay(4)}) {
    project_.log().append_articles(10);
    project_.update_charter([](format::Charter& charter) {
      charter.witness = {{relay(1), relay(2), relay(3)}, 3, seconds(86400)};
      charter.copies = {3, 2};
    });
  }
  static format::PolicyRelay relay(std::uint64_t number) {
    constexpr const char* kCountries[] = {"", "GE", "GE", "AM", "KZ"};
    return {RelayId(key_from("identity", number).public_key()), kCountries[number], key_from("witness", number).public_key(),
            key_from("mirror", number).public_key()};
  }
  void sign(std::uint64_t number, const format::Receipt& receipt) {
    const auto taken = statements_.take(project_.charters(), format::make_receipt(project_.id(), receipt, key_from("mirror", number)));
    ASSERT_TRUE(taken) << taken.error().text;
  }
  format::Receipt receipt(std::uint64_t size = 10, int age = 0) {
    return {project_.log().id(), size, project_.log().root(size), tests::kTestTime - seconds(age), 0, size, {}};
  }
  Copies count(std::uint64_t from = 0, std::uint64_t to = 10) {
    const auto root_at = [this](std::uint64_t size) { return std::optional(project_.log().root(size)); };
    return count_copies({project_.charter(), project_.log().id(), from, to, 10, root_at, retracted_, tests::kTestTime},
                        statements_.of(project_.id()));
  }

  tests::ProjectBuilder project_;
  StatementSet statements_;
  std::vector<std::uint64_t> retracted_{4};
};

TEST_F(CopiesTest, OfARelayThatErasedWhatNobodyRetractedAreNone) {
  format::Receipt empty = receipt();
  empty.exceptions = {{0, 10, format::Absence::kErased}};
  sign(1, empty);
  EXPECT_EQ(count().copies, 0U);
  EXPECT_EQ(count(4, 5).copies, 1U);
}

TEST_F(CopiesTest, OfARelayThatHasBeenSilentForAWeekAreNone) {
  sign(1, receipt(10, 7 * 86400));
  EXPECT_EQ(count().copies, 1U);
  sign(2, receipt(10, 7 * 86400 + 1));
  sign(3, receipt(10, -601));
  EXPECT_EQ(count().copies, 1U) << "neither one that is too old, nor one of the future";
}

TEST_F(CopiesTest, AreReceiptsOfListedRelaysAndTheirCountries) {
  EXPECT_EQ(count().copies, 0U);
  EXPECT_EQ(count().relays.size(), 3U);
  sign(1, receipt());
  sign(2, receipt());
  EXPECT_EQ(count().copies, 2U);
  EXPECT_EQ(count().countries, 1U);
  EXPECT_FALSE(count().meet(project_.charter().content().copies));
  sign(3, receipt());
  EXPECT_TRUE(count().meet(project_.charter().content().copies));
}

TEST_F(CopiesTest, OfAnUnlistedRelayAreShownAndNotCounted) {
  sign(4, receipt());
  const auto copies = count();
  EXPECT_EQ(copies.copies, 0U);
  ASSERT_EQ(copies.relays.size(), 4U);
  EXPECT_TRUE(copies.relays[3].whole);
  EXPECT_FALSE(copies.relays[3].listed);
}

TEST_F(CopiesTest, OfAPartCountForWhatTheyCover) {
  sign(1, receipt(6));
  EXPECT_EQ(count().copies, 0U);
  EXPECT_EQ(count(5, 6).copies, 1U);
  EXPECT_EQ(count(6, 7).copies, 0U);
  format::Receipt with_gap = receipt();
  with_gap.exceptions = {{2, 3, format::Absence::kNotHeld}, {4, 5, format::Absence::kErased}};
  sign(2, with_gap);
  EXPECT_EQ(count(2, 3).copies, 1U);  // relay 1
  EXPECT_EQ(count(4, 5).copies, 2U);
  EXPECT_EQ(count(8, 9).copies, 1U);
}

TEST_F(CopiesTest, OfAnotherHistoryCountForNothing) {
  auto fork = project_.log().forked_at(4);
  fork.append_articles(6);
  format::Receipt strange = receipt();
  strange.root = fork.root(10);
  sign(1, strange);
  EXPECT_FALSE(count().relays[0].receipt);
  format::Receipt beyond = receipt();
  beyond.size = 11;
  sign(2, beyond);
  EXPECT_FALSE(count().relays[1].receipt);
}

TEST_F(CopiesTest, TheNewestReceiptOfARelayCounts) {
  sign(1, receipt(10, 10));
  format::Receipt lost = receipt();
  lost.exceptions = {{0, 10, format::Absence::kNotHeld}};
  sign(1, lost);
  EXPECT_EQ(count().copies, 0U);
  sign(1, receipt(10, 20));
  EXPECT_EQ(count().copies, 0U);
}

TEST_F(CopiesTest, CannotBeMoreThanTheCharterLists) {
  EXPECT_TRUE(count().can_meet({3, 2}));
  EXPECT_FALSE(count().can_meet({4, 2}));
  EXPECT_FALSE(count().can_meet({3, 3}));
}

}  // namespace
}  // namespace tamizdat::witnessing
