#include "relay/statements/charter_witness.h"

#include <gtest/gtest.h>

#include "tests/support/running_statements.h"

namespace tamizdat::statements {
namespace {

using format::StatementKind;
using tests::must;

class CharterWitnessTest : public tests::RunningStatements {
 protected:
  CharterWitnessTest() {
    project.update_charter([](format::Charter& charter) {
      charter.witness = {{relay("relay")}, 1, seconds(3600)};
    });
    hold(project.charters());
    start();
  }
  ~CharterWitnessTest() override { end(); }

  void start() {
    start_statements();
    witness.emplace(env, *statements, [this] { return store.projects(); },
                    [this](const ProjectId& id) { return store.charter(id); }, key);
    run(witness->run(stop.get_token()));
    loop.poll();
  }
  void end() {
    request_stop();
    witness.reset();
    end_statements();
  }
  // The charter in force is another one now.
  void charter_changed() {
    statements->on_charter(project.id());
    witness->on_change(project.id());
    loop.poll();
  }
  const format::CharterSeen* said() const {
    const auto statement = statements->find(project.id(), StatementKind::kCharterSeen, key.public_key());
    return statement ? statement->as<format::CharterSeen>() : nullptr;
  }

  format::SigningKey key = tests::key_from("relay", 2);
  tests::ProjectBuilder project;
  std::optional<CharterWitness> witness;
};

TEST_F(CharterWitnessTest, NamesTheCharterInForceAndPromisesItFirst) {
  ASSERT_NE(said(), nullptr);
  EXPECT_EQ(said()->version, 2U);
  EXPECT_EQ(said()->hash, project.charter().hash());
  EXPECT_EQ(said()->freeze, std::nullopt);
  EXPECT_EQ(table.order, "ms") << "the promise is durable before the word";
}

TEST_F(CharterWitnessTest, NamesTheNextCharterSoon) {
  project.update_charter();
  hold({project.charter()});
  charter_changed();
  EXPECT_EQ(said()->version, 3U);
}

TEST_F(CharterWitnessTest, SaysAgainBeforeTheLimitOfFreshness) {
  const Timestamp first = said()->time;
  pass_time(env::milliseconds(600'000));
  EXPECT_EQ(said()->time, first);
  pass_time(env::milliseconds(700'000));
  EXPECT_GT(said()->time, first);
}

TEST_F(CharterWitnessTest, SaysThatTheProjectIsFrozen) {
  must(loop.run(statements->take(format::make_freeze(project.id(), project.charter().hash(), loop.clock().now(), tests::key_from("root key 0", 1)))));
  loop.poll();
  ASSERT_TRUE(said()->freeze);
}

TEST_F(CharterWitnessTest, NeverNamesAnotherHashForAVersion) {
  const Hash32 first = said()->hash;
  tests::ProjectBuilder other;
  other.update_charter([this](format::Charter& charter) {
    charter.witness = project.charter().content().witness;
    charter.title = "Other";
  });
  hold({other.charter()}, store::OnFork::kReplace);
  charter_changed();
  EXPECT_EQ(said(), nullptr) << "what it said of the other branch is in another slot";
  // Not after a restart either.
  end();
  start();
  pass_time(env::milliseconds(7'200'000));
  for (const auto& statement : statements->of(project.id(), StatementKind::kCharterSeen))
    EXPECT_EQ(statement->as<format::CharterSeen>()->hash, first);
  // It goes on with the next version of the branch that it follows.
  other.update_charter();
  hold({other.charter()});
  charter_changed();
  ASSERT_NE(said(), nullptr);
  EXPECT_EQ(said()->hash, other.charter().hash());
}

TEST_F(CharterWitnessTest, SaysNothingThatIsNotPromisedDurably) {
  project.update_charter();
  hold({project.charter()});
  table.full = true;
  charter_changed();
  EXPECT_EQ(said()->version, 2U);
  table.full = false;
  pass_time(env::milliseconds(61'000));
  EXPECT_EQ(said()->version, 3U);
}

}  // namespace
}  // namespace tamizdat::statements
