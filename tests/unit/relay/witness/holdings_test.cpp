#include "relay/witness/holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/format/limits.h"

namespace tamizdat::witness {
namespace {

using format::Absence;
using testing::ElementsAre;
using Exception = format::ReceiptException;

// A log of 20 entries in which 3 to 5 are not here and 9 is erased.
Holdings twenty() {
  Holdings holdings;
  holdings.resize(20);
  holdings.found({0, 20}, {{3, 6, Absence::kNotHeld}, {9, 10, Absence::kErased}});
  return holdings;
}

using Span = std::pair<const std::uint64_t, std::uint64_t>;

TEST(Ranges, JoinWhatTouchesAndForgetNothing) {
  Ranges ranges;
  for (const std::uint64_t from : {8U, 0U, 4U, 8U, 2U}) ranges.add({from, from + 2});
  EXPECT_THAT(ranges.all(), ElementsAre(Span(0, 6), Span(8, 10)));
  ranges.add({5, 9});
  EXPECT_THAT(ranges.all(), ElementsAre(Span(0, 10)));
  ranges.add({3, 3});
  ranges.remove({2, 4});
  ranges.remove({9, 20});
  EXPECT_THAT(ranges.all(), ElementsAre(Span(0, 2), Span(4, 9)));
  ranges.remove({1, 5});
  EXPECT_THAT(ranges.all(), ElementsAre(Span(0, 1), Span(5, 9)));
}

TEST(Holdings, LookAtWhatIsNew) {
  Holdings holdings = twenty();
  EXPECT_FALSE(holdings.next(100));
  holdings.resize(25);
  EXPECT_EQ(holdings.next(100)->from, 20U);
  EXPECT_EQ(holdings.next(2)->to, 22U);
  holdings.found({20, 22}, {});
  EXPECT_EQ(holdings.known(), 22U);
  EXPECT_EQ(holdings.next(100)->from, 22U);
}

TEST(Holdings, WhatCameLaterIsNoExceptionAnyMore) {
  Holdings holdings = twenty();
  holdings.doubt({4, 5});
  EXPECT_EQ(holdings.next(100)->from, 4U);
  holdings.found({4, 5}, {});
  EXPECT_FALSE(holdings.next(100));
  EXPECT_THAT(holdings.exceptions(), ElementsAre(Exception{3, 4, Absence::kNotHeld}, Exception{5, 6, Absence::kNotHeld},
                                                 Exception{9, 10, Absence::kErased}));
}

TEST(Holdings, WhatIsMissingNowJoinsItsNeighbours) {
  Holdings holdings = twenty();
  holdings.doubt({6, 9});
  holdings.found({6, 9}, {{6, 9, Absence::kNotHeld}});
  EXPECT_THAT(holdings.exceptions(), ElementsAre(Exception{3, 9, Absence::kNotHeld}, Exception{9, 10, Absence::kErased}));
}

TEST(Holdings, AreLookedAtInPiecesWhateverTheDoubtWas) {
  Holdings holdings = twenty();
  holdings.doubt({0, 20});
  std::uint64_t looked = 0;
  while (const auto range = holdings.next(7)) {
    holdings.found(*range, {});
    looked += range->to - range->from;
  }
  EXPECT_EQ(looked, 20U);
  EXPECT_TRUE(holdings.exceptions().empty());
}

TEST(Holdings, ForgetWhatAClosingCut) {
  Holdings holdings = twenty();
  holdings.doubt({0, 20});
  holdings.resize(4);
  EXPECT_EQ(holdings.known(), 4U);
  EXPECT_THAT(holdings.exceptions(), ElementsAre(Exception{3, 4, Absence::kNotHeld}));
  EXPECT_EQ(holdings.next(100)->to, 4U);
}

TEST(Holdings, OfAnEarlierReceiptLookAtItsExceptionsAgain) {
  const format::Receipt receipt{LogId(), 20, Hash32(), Timestamp(), 0, 20, twenty().exceptions()};
  Holdings holdings(receipt);
  holdings.resize(20);
  std::uint64_t looked = 0;
  while (const auto range = holdings.next(100)) {
    holdings.found(*range, {});
    looked += range->to - range->from;
  }
  EXPECT_EQ(looked, 4U);
}

TEST(Holdings, WithMoreExceptionsThanAReceiptTakesItClaimsLess) {
  Holdings holdings;
  holdings.resize(10'000);
  Exceptions exceptions;
  for (std::uint64_t i = 0; i < 3000; ++i) exceptions.push_back({3 * i, 3 * i + 1, Absence::kNotHeld});
  holdings.found({0, 10'000}, exceptions);
  const auto receipt = receipt_of(LogId(), 10'000, Hash32(), Timestamp(), holdings);
  EXPECT_EQ(receipt.exceptions.size(), format::kReceiptExceptionsMax);
  EXPECT_EQ(receipt.to, 3 * format::kReceiptExceptionsMax);
  EXPECT_LE(format::serialise_receipt(receipt).size(), format::kReceiptBytesMax);
  EXPECT_TRUE(format::parse_receipt(format::serialise_receipt(receipt)));
}

}  // namespace
}  // namespace tamizdat::witness
