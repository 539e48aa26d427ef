#include "relay/reader/tongue.h"

#include <gtest/gtest.h>

namespace tamizdat::reader {
namespace {

TEST(Tongue, FollowsTheHigherWeight) {
  EXPECT_EQ(tongue_for("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7"), Tongue::kRussian);
  EXPECT_EQ(tongue_for("en-GB,en;q=0.9,ru;q=0.8"), Tongue::kEnglish);
  EXPECT_EQ(tongue_for("en;q=0.5, ru ; q=0.50"), Tongue::kEnglish);
  EXPECT_EQ(tongue_for("en;q=0.499,ru;q=0.5"), Tongue::kRussian);
  EXPECT_EQ(tongue_for("RU;q=0.001,en;q=0"), Tongue::kRussian);
}

TEST(Tongue, IsRussianWithoutAWish) {
  EXPECT_EQ(tongue_for(""), Tongue::kRussian);
  EXPECT_EQ(tongue_for("*"), Tongue::kRussian);
  EXPECT_EQ(tongue_for(";;;,,,q=1"), Tongue::kEnglish);  // someone wishes for something strange
}

TEST(Tongue, OfOthersIsTheOneTheyMoreLikelyRead) {
  EXPECT_EQ(tongue_for("tt-RU,tt;q=0.9"), Tongue::kRussian);
  EXPECT_EQ(tongue_for("de-DE,de;q=0.9"), Tongue::kEnglish);
  EXPECT_EQ(tongue_for("de;q=0.9,en;q=0.1"), Tongue::kEnglish);
  EXPECT_EQ(tongue_for("de;q=0.9,ru;q=0.1"), Tongue::kRussian);
}

TEST(Tongue, AMalformedWeightCountsForNothing) {
  EXPECT_EQ(tongue_for("en;q=x,ru;q=0.1"), Tongue::kRussian);
  EXPECT_EQ(tongue_for("en;q=,ru;q=0.1"), Tongue::kRussian);
  EXPECT_EQ(tongue_for("en;q=0.9999999999,ru;q=1.000"), Tongue::kRussian);
}

}  // namespace
}  // namespace tamizdat::reader
