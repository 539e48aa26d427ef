#include "client-lib/archives/verifier.h"

#include <gtest/gtest.h>

#include "tests/support/project_builder.h"

namespace tamizdat::archives {
namespace {

class VerifierTest : public testing::Test {
 protected:
  tests::ProjectBuilder project_;
  tests::LogBuilder& log_ = project_.log();
  Verifier verifier_;

  Result<void> take(const format::VerifiedCharter& charter) { return verifier_.take_charter(Bytes(charter.signed_bytes())); }
  static std::string_view code_of(const Result<format::VerifiedBundle>& result) {
    return result ? "none" : result.error().code.name();
  }
};

TEST_F(VerifierTest, FollowsALogOverSeveralHeads) {
  log_.append_articles(9);
  ASSERT_TRUE(take(project_.charter()));
  EXPECT_TRUE(verifier_.take_bundle(log_.bundle_bytes(0, 4, {4})).has_value());
  EXPECT_TRUE(verifier_.take_bundle(log_.bundle_bytes(4, 6, {9})).has_value());
  EXPECT_TRUE(verifier_.take_bundle(log_.bundle_bytes(6, 9, {9})).has_value());
  EXPECT_EQ(verifier_.position(log_.id())->tree.root(), log_.root(9));
}

TEST_F(VerifierTest, WantsTheCharterFirst) {
  log_.append_articles(1);
  EXPECT_EQ(code_of(verifier_.take_bundle(log_.bundle_bytes(0, 1))), kCharterMissing.name());
  project_.update_charter();
  EXPECT_EQ(take(project_.charter()).error().code, kCharterMissing);
}

TEST_F(VerifierTest, PassesOverACharterThatItHas) {
  ASSERT_TRUE(take(project_.charter()));
  project_.update_charter();
  ASSERT_TRUE(take(project_.charter()));
  EXPECT_TRUE(take(project_.charters()[0]));
  EXPECT_TRUE(take(project_.charters()[1]));
  EXPECT_EQ(verifier_.charter(project_.id())->version(), 2U);
}

TEST_F(VerifierTest, NoticesAForkAtTheJoin) {
  log_.append_articles(4);
  tests::LogBuilder fork = log_.forked_at(2);
  fork.append_articles(6);
  ASSERT_TRUE(take(project_.charter()));
  ASSERT_TRUE(verifier_.take_bundle(log_.bundle_bytes(0, 4)).has_value());
  EXPECT_EQ(code_of(verifier_.take_bundle(fork.bundle_bytes(4, 8))), kHistoryContradicts.name());
}

TEST_F(VerifierTest, RefusesEntriesASecondTime) {
  log_.append_articles(4);
  ASSERT_TRUE(take(project_.charter()));
  ASSERT_TRUE(verifier_.take_bundle(log_.bundle_bytes(0, 4)).has_value());
  EXPECT_EQ(code_of(verifier_.take_bundle(log_.bundle_bytes(2, 4))), kEntriesRepeated.name());
}

TEST_F(VerifierTest, TakesAnEntryOutOfTheMiddle) {
  log_.append_articles(20);
  ASSERT_TRUE(take(project_.charter()));
  EXPECT_TRUE(verifier_.take_bundle(log_.bundle_bytes(7, 8)).has_value());
  EXPECT_TRUE(verifier_.take_bundle(log_.bundle_bytes(15, 16)).has_value());
}

TEST_F(VerifierTest, KeepsToOneProject) {
  const tests::ProjectBuilder other(7);
  Verifier only(other.id());
  EXPECT_EQ(only.take_charter(Bytes(project_.charter().signed_bytes())).error().code, kAnotherProject);
  log_.append_articles(1);
  EXPECT_EQ(code_of(only.take_bundle(log_.bundle_bytes(0, 1))), kAnotherProject.name());
}

TEST_F(VerifierTest, AClosingTakesBackWhatCameAfterIt) {
  log_.append_articles(5);
  ASSERT_TRUE(take(project_.charter()));
  const Bytes all = log_.bundle_bytes(0, 5);
  ASSERT_TRUE(verifier_.take_bundle(all).has_value());
  project_.close_desk(0, 3);
  EXPECT_EQ(take(project_.charter()).error().code, kEntriesAfterClosing);
}

TEST_F(VerifierTest, TwoProjectsInOneArchiveAreKeptApart) {
  tests::ProjectBuilder other(7);
  log_.append_articles(2);
  other.log().append_articles(3);
  ASSERT_TRUE(take(project_.charter()));
  ASSERT_TRUE(take(other.charter()));
  EXPECT_TRUE(verifier_.take_bundle(log_.bundle_bytes(0, 2)).has_value());
  EXPECT_TRUE(verifier_.take_bundle(other.log().bundle_bytes(0, 3)).has_value());
  EXPECT_EQ(verifier_.charters().size(), 2U);
}

}  // namespace
}  // namespace tamizdat::archives
