#include "client-lib/charters/fork.h"

#include <gtest/gtest.h>

#include "tests/support/project_builder.h"

namespace tamizdat::charters {
namespace {

using tests::key_from;
using tests::ProjectBuilder;

// Two branches from version 3 on; of three relays two are a quorum.
class ResolveTest : public testing::Test {
 protected:
  ResolveTest() {
    for (ProjectBuilder* const branch : {&one_, &other_}) {
      branch->update_charter([](format::Charter& charter) { charter.witness = {{relay(1), relay(2), relay(3)}, 2, seconds(86400)}; });
      branch->update_charter([&](format::Charter& charter) { charter.title = branch == &one_ ? "One" : "Other"; });
    }
  }
  static format::PolicyRelay relay(std::uint64_t number) {
    return {RelayId(key_from("identity", number).public_key()), "GE", key_from("witness", number).public_key(), key_from("mirror", number).public_key()};
  }
  void says(std::uint64_t number, const format::VerifiedCharter& charter) {
    statements_.push_back(format::make_charter_seen(one_.id(), {charter.version(), charter.hash(), {}, tests::kTestTime}, key_from("witness", number)));
  }
  static Chain chain(const std::vector<format::VerifiedCharter>& charters) {
    std::vector<Bytes> octets;
    for (const auto& charter : charters) octets.emplace_back(charter.signed_bytes());
    return tests::must(Chain::verify(octets));
  }
  Resolved resolve(const std::vector<Chain>& others) const { return charters::resolve(chain(one_.charters()), others, statements_); }

  ProjectBuilder one_, other_;
  std::vector<Bytes> statements_;
};

TEST_F(ResolveTest, WhatContinuesTheKnownCharterNeedsNobodysWord) {
  const Chain known = chain(one_.charters());
  one_.update_charter();
  const auto resolved = charters::resolve(known, std::vector{chain(one_.charters())}, {});
  EXPECT_EQ(resolved.chain.version(), 4U);
  EXPECT_FALSE(resolved.went_over);
  EXPECT_FALSE(resolved.dispute);
}

TEST_F(ResolveTest, WithoutAQuorumTheKnownOneStaysAndTheDisputeIsNamed) {
  says(1, other_.charter());
  const auto resolved = resolve({chain(other_.charters())});
  ASSERT_TRUE(resolved.dispute);
  EXPECT_EQ(resolved.chain.in_force().hash(), one_.charter().hash());
  const std::string text = dispute_text(*resolved.dispute);
  EXPECT_NE(text.find(to_hex(other_.charter().hash().view()) + ": 1 relay (GE)"), std::string::npos) << text;
}

TEST_F(ResolveTest, TheQuorumsBranchIsGoneOverToWithWhatContinuesIt) {
  says(1, other_.charter());
  says(3, other_.charter());
  other_.update_charter();
  const auto resolved = resolve({chain(other_.charters())});
  EXPECT_TRUE(resolved.went_over);
  EXPECT_EQ(resolved.chain.in_force().hash(), other_.charter().hash());
}

TEST_F(ResolveTest, TheKnownOneStaysWhereItHasWon) {
  says(1, one_.charter());
  says(2, one_.charter());
  const auto resolved = resolve({chain(other_.charters())});
  EXPECT_FALSE(resolved.went_over);
  EXPECT_FALSE(resolved.dispute);
  EXPECT_EQ(resolved.chain.in_force().hash(), one_.charter().hash());
}

TEST_F(ResolveTest, AProofAmongTheStatementsIsEnough) {
  statements_.push_back(format::make_charter_fork(one_.charter(), other_.charter()));
  EXPECT_TRUE(resolve({}).dispute);
  says(2, other_.charter());
  says(3, other_.charter());
  EXPECT_EQ(resolve({}).chain.in_force().hash(), other_.charter().hash());
}

TEST_F(ResolveTest, ARelayThatNamesBothCountsForNeither) {
  for (const auto* charter : {&one_.charter(), &other_.charter()}) says(1, *charter);
  says(2, other_.charter());
  EXPECT_TRUE(resolve({chain(other_.charters())}).dispute);
}

TEST_F(ResolveTest, WhoKnowsNeitherYetTakesTheWinner) {
  says(1, other_.charter());
  says(2, other_.charter());
  const Chain before = chain({one_.charters()[0], one_.charters()[1]});
  const std::vector<Chain> both{chain(one_.charters()), chain(other_.charters())};
  const auto resolved = charters::resolve(before, both, statements_);
  EXPECT_EQ(resolved.chain.in_force().hash(), other_.charter().hash());
  EXPECT_FALSE(resolved.went_over) << "nothing of this home was of the other branch";
}

TEST_F(ResolveTest, WordsOfStrangersCountForNothing) {
  for (const std::uint64_t stranger : {7U, 8U}) says(stranger, other_.charter());
  statements_.push_back("no statement");
  EXPECT_TRUE(resolve({chain(other_.charters())}).dispute);
}

}  // namespace
}  // namespace tamizdat::charters
