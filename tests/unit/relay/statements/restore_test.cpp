// What a relay that was restored from a backup may say of charters.
#include "relay/statements/charter_witness.h"

#include <gtest/gtest.h>

#include "relay/env/task_group.h"
#include "relay/store/memory_store.h"
#include "tests/support/counting_random.h"
#include "tests/support/held_statements.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"

namespace tamizdat::statements {
namespace {

class RestoreTest : public testing::Test {
 protected:
  RestoreTest() {
    list_the_relay(project);
    held.statements.remember({relay, key.public_key()});
  }
  ~RestoreTest() override {
    tasks.stop();
    loop.run(tasks.join());
  }

  void list_the_relay(tests::ProjectBuilder& of) const {
    const format::PolicyRelay self{relay, "GE", key.public_key(), tests::key_from("mirror", 1).public_key()};
    of.update_charter([&](format::Charter& charter) { charter.witness = {{self}, 1, seconds(4000)}; });
  }
  void learn_charters() {
    const store::Batch batch{store::Charters{project.charters()}, tests::kTestTime};
    ASSERT_TRUE(store.commit({&batch, 1}).front().has_value());
    witness.on_change(project.id());
  }
  void run_witness() { tasks.spawn(witness.run(tasks.token())); }
  Bytes seen(const format::VerifiedCharter& charter) const {
    return format::make_charter_seen(project.id(), {charter.version(), charter.hash(), {}, loop.clock().now() - seconds(60)}, key);
  }
  std::optional<std::uint64_t> said() const {
    const auto word = held.statements.find(project.id(), format::StatementKind::kCharterSeen, key.public_key());
    if (!word) return std::nullopt;
    return word->as<format::CharterSeen>()->version;
  }
  void wait(seconds time) { loop.run(sleep(time)); }
  env::awaitable<void> sleep(seconds time) { co_await loop.clock().sleep_for(time); }

  mutable tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  store::MemoryStore store;
  tests::HeldStatements held{env, store};
  tests::ProjectBuilder project;
  RelayId relay{tests::key_from("identity", 1).public_key()};
  format::SigningKey key = tests::key_from("witness", 1);
  CharterWitness witness{env, held.statements, [this] { return store.projects(); },
                         [this](const ProjectId& id) { return store.charter(id); }, key};
  env::TaskGroup tasks{loop.executor()};
};

TEST_F(RestoreTest, NothingIsSaidOfChartersUntilPeersHaveToldWhatWasSaid) {
  ASSERT_TRUE(loop.run(held.statements.put_mark(Bytes(kRestoredMark), "1")));
  learn_charters();
  run_witness();
  wait(seconds(200));
  EXPECT_EQ(said(), std::nullopt);
  ASSERT_TRUE(loop.run(held.statements.be_complete()));
  wait(seconds(1));
  EXPECT_EQ(said(), 2U);
}

TEST_F(RestoreTest, NoVersionBelowOneThatWasNamedOnceIsSaid) {
  learn_charters();
  project.update_charter();
  EXPECT_TRUE(loop.run(held.statements.take(seen(project.charter()))));
  run_witness();
  wait(seconds(5000));
  EXPECT_EQ(said(), 3U) << "the word that came back, and none about version 2";
  const Timestamp first = *held.statements.find(project.id(), format::StatementKind::kCharterSeen, key.public_key())->time();
  learn_charters();
  wait(seconds(1));
  EXPECT_EQ(said(), 3U);
  EXPECT_GT(*held.statements.find(project.id(), format::StatementKind::kCharterSeen, key.public_key())->time(), first);
}

TEST_F(RestoreTest, AHashThatWasNamedOnceStandsAgainstAnotherBranch) {
  tests::ProjectBuilder other;
  list_the_relay(other);
  other.update_charter([](format::Charter& charter) { charter.title = "Another"; });
  EXPECT_FALSE(loop.run(held.statements.take(seen(other.charter())))) << "no charter is known yet";
  project.update_charter();
  learn_charters();
  run_witness();
  wait(seconds(5000));
  EXPECT_EQ(said(), std::nullopt);
  EXPECT_TRUE(log.has_line_with("another charter of this version was witnessed here before"));
}

}  // namespace
}  // namespace tamizdat::statements
