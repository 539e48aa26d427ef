#include "relay/forks/charter_forks.h"

#include <gtest/gtest.h>

#include "relay/statements/charter_witness.h"
#include "relay/statements/standing.h"
#include "tests/support/held_statements.h"
#include "tests/support/running_statements.h"

namespace tamizdat::forks {
namespace {

using format::StatementKind;
using tests::must;
using tests::ProjectBuilder;

// Two branches from version 3 on, `left` and `right`, of a project whose version 2 lists three relays, two a quorum.
class CharterForksTest : public tests::RunningStatements {
 protected:
  CharterForksTest() {
    for (ProjectBuilder* const branch : {&left, &right})
      branch->update_charter([](format::Charter& charter) {
        charter.witness = {{relay("one"), relay("two"), relay("three")}, 2, seconds(86400)};
      });
    common = left.charters();
    left.update_charter([](format::Charter& charter) { charter.title = "Left"; });
    right.update_charter([](format::Charter& charter) { charter.title = "Right"; });
    start();
  }
  ~CharterForksTest() override { end(); }

  void start() {
    start_statements();
    forks.emplace(env, store, intake, *statements);
    changes.emplace(writer.subscribe([this](const store::Change& change) {
      if (const auto* const changed = std::get_if<store::CharterChanged>(&change)) statements->on_charter(changed->project);
    }));
    run(forks->run(stop.get_token()));
    loop.poll();
  }
  void end() {
    request_stop();
    changes.reset();
    forks.reset();
    end_statements();
  }

  Result<void> take(const std::vector<format::VerifiedCharter>& chain) {
    auto taken = loop.run(give(*forks, chain));
    loop.poll();
    return taken;
  }
  static env::awaitable<Result<void>> give(CharterForks& to, std::vector<format::VerifiedCharter> chain) {
    const Hash32 last = chain.back().hash();
    const auto taken = co_await to.take(std::move(chain));
    if (!taken) co_return tl::unexpected(taken.error());
    EXPECT_EQ(taken->hash(), last);
    co_return Result<void>();
  }
  void says(const std::string& name, const format::VerifiedCharter& charter) {
    const auto time = loop.clock().now() + seconds(words++);
    must(loop.run(statements->take(format::make_charter_seen(left.id(), {charter.version(), charter.hash(), {}, time},
                                                             tests::key_from(name, 2)))));
    loop.poll();
  }
  const format::VerifiedCharter& left3() const { return left.charters()[2]; }
  const format::VerifiedCharter& right3() const { return right.charters()[2]; }
  Hash32 in_force() const { return store.charter(left.id())->hash(); }
  bool is_proven() const { return !statements->of(left.id(), StatementKind::kCharterFork).empty(); }
  bool stands_still() const {
    const auto grows = statements::may_grow(*statements, *store.charter(left.id()), left.log().desk());
    return !grows && grows.error().code == format::kCharterForked;
  }

  mutable ProjectBuilder left;
  ProjectBuilder right;
  std::vector<format::VerifiedCharter> common;
  store::Writer writer{store, workers, loop.executor()};
  store::Intake intake{store, writer, workers, loop.clock()};
  std::optional<CharterForks> forks;
  std::optional<store::Writer::Subscription> changes;
  int words = 0;
};

TEST_F(CharterForksTest, ASecondCharterOfAVersionIsProvenAndTheProjectStandsStill) {
  ASSERT_TRUE(take(left.charters()));
  EXPECT_FALSE(stands_still());
  const auto refused = take(right.charters());
  EXPECT_EQ(refused.error().code, format::kCharterForked);
  EXPECT_NE(refused.error().text.find("no relay"), std::string::npos) << refused.error().text;
  EXPECT_TRUE(is_proven());
  EXPECT_TRUE(stands_still());
  EXPECT_EQ(in_force(), left3().hash());
  EXPECT_EQ(metrics.value("tamizdat_charter_forks_proven_total"), 1);
}

TEST_F(CharterForksTest, ACharterThatNobodyHadToSignProvesNothing) {
  ASSERT_TRUE(take(left.charters()));
  EXPECT_TRUE(take(common).error().code == format::kCharterRolledBack);
  EXPECT_TRUE(take(left.charters()));
  EXPECT_FALSE(is_proven());
}

TEST_F(CharterForksTest, TheQuorumsBranchIsGoneOverTo) {
  ASSERT_TRUE(take(left.charters()));
  EXPECT_FALSE(take(right.charters()));
  says("one", right3());
  EXPECT_EQ(in_force(), left3().hash());
  EXPECT_TRUE(stands_still());
  says("two", right3());
  EXPECT_EQ(in_force(), right3().hash());
  EXPECT_FALSE(stands_still());
  right.update_charter();
  EXPECT_TRUE(take(right.charters()));
  EXPECT_EQ(take(left.charters()).error().code, format::kCharterForked);
  EXPECT_EQ(in_force(), right.charter().hash());
}

TEST_F(CharterForksTest, TheQuorumsBranchGoesOnWhereItIsHeld) {
  ASSERT_TRUE(take(left.charters()));
  EXPECT_FALSE(take(right.charters()));
  says("one", left3());
  says("two", left3());
  EXPECT_FALSE(stands_still());
  EXPECT_EQ(in_force(), left3().hash());
}

TEST_F(CharterForksTest, WordsThatCameBeforeTheProofCount) {
  ASSERT_TRUE(take(left.charters()));
  says("one", right3());
  says("two", right3());
  EXPECT_EQ(in_force(), left3().hash()) << "nothing is proven yet";
  EXPECT_TRUE(take(right.charters())) << "decided at once";
  EXPECT_EQ(in_force(), right3().hash());
}

TEST_F(CharterForksTest, ARelayThatNamesBothCountsForNeither) {
  ASSERT_TRUE(take(left.charters()));
  EXPECT_FALSE(take(right.charters()));
  says("one", right3());
  says("two", left3());
  says("two", right3());
  EXPECT_EQ(in_force(), left3().hash());
  EXPECT_TRUE(stands_still());
  says("three", right3());
  EXPECT_EQ(in_force(), right3().hash());
}

TEST_F(CharterForksTest, TheProofAloneBringsTheWinningCharter) {
  ASSERT_TRUE(take(left.charters()));
  must(loop.run(statements->take(format::make_charter_fork(left3(), right3()))));
  EXPECT_TRUE(stands_still());
  says("one", right3());
  says("three", right3());
  EXPECT_EQ(in_force(), right3().hash());
}

TEST_F(CharterForksTest, WhileNothingIsDecidedNoLaterCharterIsTaken) {
  ASSERT_TRUE(take(left.charters()));
  EXPECT_FALSE(take(right.charters()));
  left.update_charter();
  EXPECT_EQ(take(left.charters()).error().code, format::kCharterForked);
  EXPECT_EQ(in_force(), left3().hash());
  says("one", left3());
  says("two", left3());
  EXPECT_TRUE(take(left.charters()));
  EXPECT_EQ(in_force(), left.charter().hash());
}

TEST_F(CharterForksTest, WhoHasNeitherTakesTheFirstUnlessTheOtherHasWon) {
  ASSERT_TRUE(take(common));
  must(loop.run(statements->take(format::make_charter_fork(left3(), right3()))));
  EXPECT_TRUE(stands_still());
  left.update_charter();
  EXPECT_EQ(take(left.charters()).error().code, format::kCharterForked) << "version 4 is not taken";
  EXPECT_EQ(in_force(), left3().hash());
}

TEST_F(CharterForksTest, WhoHasNeitherTakesTheOneThatHasWon) {
  ASSERT_TRUE(take(common));
  must(loop.run(statements->take(format::make_charter_fork(left3(), right3()))));
  says("one", right3());
  says("two", right3());
  EXPECT_EQ(in_force(), right3().hash());
  EXPECT_FALSE(take(left.charters()));
}

TEST_F(CharterForksTest, BothSidesWentOnBeforeTheyMet) {
  left.update_charter();
  right.update_charter();
  ASSERT_TRUE(take(left.charters()));
  says("one", left.charter());
  says("two", right.charter());
  EXPECT_FALSE(take(right.charters()));
  EXPECT_EQ(in_force(), left.charter().hash());
  says("three", right.charter());
  EXPECT_EQ(in_force(), right.charter().hash()) << "version 4 of the other branch came with its chain";
}

TEST_F(CharterForksTest, ADecisionThatACrashCutOffIsMadeAgain) {
  ASSERT_TRUE(take(left.charters()));
  end();
  start();
  EXPECT_FALSE(take(right.charters()));
  says("one", right3());
  end();
  // The second word was durable and the relay died before it went over.
  {
    statements::Statements alone(env, table, must(table.contents()),
                                 [this](const ProjectId& id) { return store.charter_chain(id); }, {});
    must(loop.run(alone.take(format::make_charter_seen(
        left.id(), {3, right3().hash(), {}, loop.clock().now()}, tests::key_from("two", 2)))));
  }
  EXPECT_EQ(in_force(), left3().hash());
  start();
  EXPECT_EQ(in_force(), right3().hash());
  EXPECT_FALSE(stands_still());
}

TEST_F(CharterForksTest, WhatWasSaidOfTheLosingBranchMakesRoomAndIsKept) {
  ASSERT_TRUE(take(left.charters()));
  says("three", left3());
  EXPECT_FALSE(take(right.charters()));
  says("one", right3());
  says("two", right3());
  ASSERT_EQ(in_force(), right3().hash());
  // In a slot of its own now: the relay's next word, of the branch that won, does not contradict it unless it names version 3.
  EXPECT_EQ(statements->find(left.id(), StatementKind::kCharterSeen, relay("three").witness_key), nullptr);
  EXPECT_EQ(statements->of(left.id(), StatementKind::kCharterSeen).size(), 3U);
  EXPECT_NE(statements->find(left.id(), StatementKind::kCharterSeen, relay("one").witness_key), nullptr);
  end();
  start();
  EXPECT_EQ(statements->find(left.id(), StatementKind::kCharterSeen, relay("three").witness_key), nullptr);
  EXPECT_EQ(statements->of(left.id(), StatementKind::kCharterSeen).size(), 3U);
  EXPECT_EQ(in_force(), right3().hash());
}

}  // namespace
}  // namespace tamizdat::forks
