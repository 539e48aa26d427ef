#include "proto/format/charter_decision.h"

#include <gtest/gtest.h>

#include "tests/support/project_builder.h"

namespace tamizdat::format {
namespace {

using tests::key_from;
using tests::ProjectBuilder;

// Two version-3 charters after a version 2 that lists three relays, two of which are a quorum.
class CharterDecisionTest : public testing::Test {
 protected:
  CharterDecisionTest() {
    for (ProjectBuilder* const branch : {&one_, &other_}) {
      branch->update_charter([](Charter& charter) { charter.witness = {{relay(1), relay(2), relay(3)}, 2, seconds(86400)}; });
    }
    one_.update_charter([](Charter& charter) { charter.title = "One"; });
    other_.update_charter([](Charter& charter) { charter.title = "Other"; });
  }

  static PolicyRelay relay(std::uint64_t number) {
    return {RelayId(key_from("identity", number).public_key()), "GE", key_from("witness", number).public_key(),
            key_from("mirror", number).public_key()};
  }
  // Verified by who follows the first branch.
  void says(std::uint64_t number, const VerifiedCharter& charter) {
    const auto time = tests::kTestTime + seconds(words_++);
    statements_.push_back(std::make_shared<const VerifiedStatement>(tests::must(verify_statement(
        {one_.charters()}, make_charter_seen(one_.id(), {charter.version(), charter.hash(), std::nullopt, time}, key_from("witness", number))))));
  }
  CharterFork fork() const {
    const Bytes statement = make_charter_fork(one_.charters()[2], other_.charters()[2]);
    return *tests::must(verify_statement({one_.charters()}, statement)).as<CharterFork>();
  }
  CharterDecision decide(std::vector<CharterChain> others = {}) const {
    others.insert(others.begin(), CharterChain(one_.charters()));
    return decide_charter_fork(fork(), others, statements_);
  }
  const VerifiedCharter& one() const { return one_.charters()[2]; }
  const VerifiedCharter& other() const { return other_.charters()[2]; }

  ProjectBuilder one_, other_;
  std::vector<std::shared_ptr<const VerifiedStatement>> statements_;
  int words_ = 0;
};

TEST_F(CharterDecisionTest, TheProofIsTheSameWhoeverMakesIt) {
  EXPECT_EQ(make_charter_fork(one(), other()), make_charter_fork(other(), one()));
  EXPECT_EQ(fork().version, 3U);
}

TEST_F(CharterDecisionTest, NobodyHasSaidAnythingYet) {
  const auto decision = decide();
  EXPECT_EQ(decision.winner, std::nullopt);
  EXPECT_EQ(decision.quorum, 2U);
  EXPECT_EQ(decision.branches.size(), 2U);
  EXPECT_EQ(decision.silent.size(), 3U);
  EXPECT_TRUE(decision.can_be_decided());
}

TEST_F(CharterDecisionTest, TheBranchOfAQuorumWins) {
  says(1, one());
  says(2, other());
  EXPECT_EQ(decide().winner, std::nullopt);
  says(3, other());
  EXPECT_EQ(decide().winner, other().hash());
}

TEST_F(CharterDecisionTest, ARelayThatNamesBothCountsForNone) {
  says(1, one());
  says(2, one());
  EXPECT_EQ(decide().winner, one().hash());
  says(2, other());
  EXPECT_EQ(decide().winner, std::nullopt);
  EXPECT_EQ(decide().contradicting.size(), 1U);
  says(3, one());
  EXPECT_EQ(decide().winner, one().hash());
}

TEST_F(CharterDecisionTest, WordsForBothLieInTwoSlots) {
  says(1, one());
  says(1, other());
  EXPECT_NE(statements_[0]->slot(), statements_[1]->slot());
}

TEST_F(CharterDecisionTest, ALaterCharterSpeaksForItsBranchWhereItsChainIsKnown) {
  const VerifiedCharter later = other_.update_charter();
  says(1, later);
  says(2, other());
  EXPECT_EQ(decide().winner, std::nullopt);
  const std::vector<CharterChain> known{other_.charters()};
  EXPECT_EQ(decide(known).winner, other().hash());
}

TEST_F(CharterDecisionTest, ThirdBranchesCountToo) {
  ProjectBuilder third;
  third.update_charter([&](Charter& charter) { charter.witness = one_.charters()[1].content().witness; });
  const VerifiedCharter charter = third.update_charter([](Charter& content) { content.title = "Third"; });
  says(1, charter);
  says(3, charter);
  EXPECT_EQ(decide().winner, charter.hash());
}

TEST_F(CharterDecisionTest, WhatIsSplitCannotBeDecided) {
  says(1, one());
  says(2, other());
  EXPECT_TRUE(decide().can_be_decided());
  says(3, one());
  says(3, other());
  EXPECT_FALSE(decide().can_be_decided());
  EXPECT_NE(decide().text().find("said both"), std::string::npos);
}

TEST_F(CharterDecisionTest, WithoutWitnessesNobodyDecides) {
  ProjectBuilder left, right;
  left.update_charter([](Charter& charter) { charter.title = "Left"; });
  right.update_charter([](Charter& charter) { charter.title = "Right"; });
  const auto statement = tests::must(verify_statement({left.charters()}, make_charter_fork(left.charter(), right.charter())));
  const std::vector<CharterChain> own{left.charters()};
  const auto decision = decide_charter_fork(*statement.as<CharterFork>(), own, {});
  EXPECT_EQ(decision.winner, std::nullopt);
  EXPECT_FALSE(decision.can_be_decided());
}

}  // namespace
}  // namespace tamizdat::format
