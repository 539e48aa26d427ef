#include "relay/statements/charter_witness.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "relay/store/memory_store.h"
#include "tests/support/counting_random.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/project_builder.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"

namespace tamizdat::statements {
namespace {

using format::StatementKind;
using tests::must;

// A table that fails when it is told to, and remembers what was written in which order.
class WatchedTable final : public StatementTable {
 public:
  Result<Contents> contents() const override { return below.contents(); }
  Result<void> commit(const Change& change) override {
    if (full) return fail(kStatementsFailed, "the disk is full");
    if (!change.marks.empty()) order += "m";
    if (!change.rows.empty()) order += "s";
    return below.commit(change);
  }
  MemoryTable below{Bytes("the epoch of 16.")};
  bool full = false;
  std::string order;
};

class CharterWitnessTest : public testing::Test {
 protected:
  CharterWitnessTest() {
    project.update_charter([this](format::Charter& charter) {
      charter.witness = {{{RelayId(tests::key_from("relay", 1).public_key()), "GE", key.public_key(),
                           tests::key_from("relay", 3).public_key()}}, 1, seconds(3600)};
    });
    hold(project.charters());
    start();
  }
  ~CharterWitnessTest() override { end(); }

  void hold(const std::vector<format::VerifiedCharter>& charters, store::OnFork on_fork = store::OnFork::kRefuse) {
    const store::Batch batch{store::Charters{charters, on_fork}, tests::kTestTime};
    ASSERT_TRUE(store.commit({&batch, 1}).front().has_value());
  }
  void start() {
    stop = std::stop_source();
    statements.emplace(env, table, must(table.contents()), [this](const ProjectId& id) { return store.charter_chain(id); },
                       std::vector<format::PolicyRelay>());
    witness.emplace(env, *statements, [this] { return store.projects(); },
                    [this](const ProjectId& id) { return store.charter(id); }, key);
    boost::asio::co_spawn(loop.executor(), statements->run(stop.get_token()), boost::asio::detached);
    boost::asio::co_spawn(loop.executor(), witness->run(stop.get_token()), boost::asio::detached);
    loop.poll();
  }
  void end() {
    stop.request_stop();
    loop.poll();
    witness.reset();
    statements.reset();
  }
  // The charter in force is another one now.
  void charter_changed() {
    statements->on_charter(project.id());
    witness->on_change(project.id());
    loop.poll();
  }
  void pass_time(env::milliseconds time) {
    loop.run(sleep(loop, time));
    loop.poll();
  }
  static env::awaitable<void> sleep(tests::TestLoop& on, env::milliseconds time) { co_await on.clock().sleep_for(time); }
  const format::CharterSeen* said() const {
    const auto statement = statements->find(project.id(), StatementKind::kCharterSeen, key.public_key());
    return statement ? statement->as<format::CharterSeen>() : nullptr;
  }

  format::SigningKey key = tests::key_from("relay", 2);
  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  tests::ProjectBuilder project;
  store::MemoryStore store;
  WatchedTable table;
  std::optional<Statements> statements;
  std::optional<CharterWitness> witness;
  std::stop_source stop;
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
