#include "proto/format/freshness.h"

#include <gtest/gtest.h>

#include "tests/support/project_builder.h"

namespace tamizdat::format {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using tests::key_from;
using tests::ProjectBuilder;

const Timestamp kNow = tests::kTestTime + hours(100);

// Three relays in three countries, two of which are a quorum; words count for a day. The reader has ten entries.
class FreshnessTest : public testing::Test {
 protected:
  FreshnessTest() {
    project_.log().append_articles(10);
    project_.update_charter([](Charter& charter) {
      charter.witness = {{relay(1), relay(2), relay(3)}, 2, seconds(86400)};
    });
  }

  static PolicyRelay relay(std::uint64_t number) {
    constexpr const char* kCountries[] = {"", "GE", "AM", "KZ", "LT"};
    return {RelayId(key_from("identity", number).public_key()), kCountries[number],
            key_from("witness", number).public_key(), key_from("mirror", number).public_key()};
  }
  void cosigns(std::uint64_t number, std::uint64_t size, Timestamp time = kNow - minutes(5)) { cosigns(number, project_.log(), size, time); }
  void cosigns(std::uint64_t number, const tests::LogBuilder& log, std::uint64_t size, Timestamp time) {
    take(make_cosigned_head(project_.id(), cosign(log.head_bytes(size), relay(number).relay, key_from("witness", number), time)));
  }
  void sees(std::uint64_t number, const VerifiedCharter& charter, Timestamp time = kNow - minutes(5)) {
    take(make_charter_seen(project_.id(), {charter.version(), charter.hash(), std::nullopt, time}, key_from("witness", number)));
  }
  void sees(std::uint64_t number) { sees(number, project_.charter()); }
  void take(Bytes statement) {
    const std::vector<PolicyRelay> also{relay(4)};
    statements_.push_back(std::make_shared<const VerifiedStatement>(
        tests::must(verify_statement({project_.charters(), also}, std::move(statement)))));
  }
  FreshnessVerdict judge(std::uint64_t size = 10) {
    const auto root_at = [this](std::uint64_t n) { return std::optional(project_.log().root(n)); };
    return judge_freshness({project_.charter(), project_.log().id(), size, root_at}, statements_, kNow);
  }
  Freshness freshness(std::uint64_t size = 10) { return judge(size).freshness; }

  ProjectBuilder project_;
  std::vector<std::shared_ptr<const VerifiedStatement>> statements_;
};

TEST_F(FreshnessTest, AQuorumThatNamesHeadAndCharterMakesFresh) {
  for (const std::uint64_t number : {1U, 3U}) cosigns(number, 10), sees(number);
  const auto verdict = judge();
  EXPECT_EQ(verdict.freshness, Freshness::kFresh);
  EXPECT_EQ(verdict.since, kNow - minutes(5));
  EXPECT_EQ(verdict.witnessed, 10U);
}

TEST_F(FreshnessTest, OneRelayIsNoQuorum) {
  cosigns(1, 10);
  cosigns(1, 10, kNow - minutes(4));
  for (const std::uint64_t number : {1U, 2U, 3U}) sees(number);
  EXPECT_EQ(freshness(), Freshness::kStale);
  EXPECT_EQ(judge().since, std::nullopt);
}

TEST_F(FreshnessTest, NothingIsFreshUnlessAQuorumNamesTheCharterInUse) {
  for (const std::uint64_t number : {1U, 2U, 3U}) cosigns(number, 10);
  sees(1);
  EXPECT_EQ(freshness(), Freshness::kStale);
  sees(2, project_.charters().front());
  EXPECT_EQ(freshness(), Freshness::kStale);
  sees(3);
  EXPECT_EQ(freshness(), Freshness::kFresh);
}

TEST_F(FreshnessTest, WordsOlderThanTheLimitAreStaleSinceTheQuorumsLast) {
  cosigns(1, 10, kNow - hours(25));
  cosigns(2, 10, kNow - hours(1));
  cosigns(3, 10, kNow - hours(30));
  for (const std::uint64_t number : {1U, 2U, 3U}) sees(number);
  EXPECT_EQ(freshness(), Freshness::kStale);
  EXPECT_EQ(judge().since, kNow - hours(25));
  cosigns(1, 10, kNow - hours(24));
  EXPECT_EQ(freshness(), Freshness::kFresh);
}

TEST_F(FreshnessTest, WhatAQuorumHasSeenMoreOfIsWithheld) {
  for (const std::uint64_t number : {1U, 2U}) cosigns(number, 10, kNow - hours(40)), sees(number);
  EXPECT_EQ(freshness(9), Freshness::kWithheld);
  EXPECT_EQ(judge(9).witnessed, 10U);
  EXPECT_EQ(freshness(10), Freshness::kStale);
}

TEST_F(FreshnessTest, WhatOneRelayHasSeenMoreOfIsNotYet) {
  cosigns(1, 10);
  cosigns(2, 9);
  for (const std::uint64_t number : {1U, 2U}) sees(number);
  EXPECT_EQ(freshness(9), Freshness::kFresh);
  EXPECT_EQ(freshness(8), Freshness::kWithheld);
}

TEST_F(FreshnessTest, EntriesThatAreNewerThanTheQuorumsWordAreToldApart) {
  for (const std::uint64_t number : {1U, 2U}) cosigns(number, 7), sees(number);
  EXPECT_EQ(freshness(10), Freshness::kFresh);
  EXPECT_EQ(judge(10).witnessed, 7U);
}

TEST_F(FreshnessTest, ALaterCharterThatAQuorumNamesIsWithheld) {
  for (const std::uint64_t number : {1U, 2U}) cosigns(number, 10);
  const VerifiedCharter known = project_.charter();
  const VerifiedCharter later = project_.update_charter([](Charter& charter) { charter.title = "Later"; });
  for (const std::uint64_t number : {1U, 2U}) sees(number, later);
  const auto root_at = [this](std::uint64_t n) { return std::optional(project_.log().root(n)); };
  const auto verdict = judge_freshness({known, project_.log().id(), 10, root_at}, statements_, kNow);
  EXPECT_EQ(verdict.freshness, Freshness::kWithheld);
  EXPECT_TRUE(verdict.newer_charter);
}

TEST_F(FreshnessTest, WordsFarAheadOfTheClockAreIgnored) {
  for (const std::uint64_t number : {1U, 2U}) sees(number);
  cosigns(1, 10, kNow + minutes(10));
  cosigns(2, 10, kNow + minutes(10) + seconds(1));
  EXPECT_EQ(freshness(), Freshness::kStale);
  cosigns(3, 10, kNow + minutes(10));
  EXPECT_EQ(freshness(), Freshness::kFresh);
}

TEST_F(FreshnessTest, OnlyRelaysOfTheCharterCount) {
  cosigns(1, 10), sees(1);
  cosigns(4, 10), sees(4);
  EXPECT_EQ(freshness(), Freshness::kStale);
}

TEST_F(FreshnessTest, ARelayOfAnotherHistoryDoesNotVouch) {
  for (const std::uint64_t number : {1U, 2U, 3U}) sees(number);
  auto fork = project_.log().forked_at(5);
  fork.append_articles(5);
  cosigns(1, 10);
  cosigns(2, fork, 10, kNow - minutes(5));
  EXPECT_EQ(freshness(), Freshness::kStale);
  EXPECT_TRUE(judge().contradicted);
}

TEST_F(FreshnessTest, WithoutWitnessesNobodyCanTell) {
  project_.update_charter([](Charter& charter) { charter.witness = {}; });
  EXPECT_EQ(freshness(), Freshness::kUnwitnessed);
}

TEST_F(FreshnessTest, WithOneCountryGoneTheOthersAreEnoughAndWithTwoTheyAreNot) {
  for (const std::uint64_t number : {1U, 2U, 3U}) cosigns(number, 10, kNow - hours(30)), sees(number);
  EXPECT_EQ(freshness(), Freshness::kStale);
  cosigns(2, 10);
  EXPECT_EQ(freshness(), Freshness::kStale);
  cosigns(3, 10);
  EXPECT_EQ(freshness(), Freshness::kFresh);
}

}  // namespace
}  // namespace tamizdat::format
