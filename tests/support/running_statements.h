// Statements that run above a store in memory, over a table that can fail, for tests of what stands above both and is
// started anew as a restart does: only the store and the table survive that.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>
#include <string>

#include "relay/statements/statements.h"
#include "relay/store/memory_store.h"
#include "tests/support/counting_random.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/project_builder.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"

namespace tamizdat::tests {

// A table that fails when it is told to, and remembers what was written in which order: m marks, s statements.
class WatchedTable final : public statements::StatementTable {
 public:
  Result<Contents> contents() const override { return below.contents(); }
  Result<void> commit(const Change& change) override {
    if (full) return fail(statements::kStatementsFailed, "the disk is full");
    if (!change.marks.empty()) order += "m";
    if (!change.rows.empty()) order += "s";
    return below.commit(change);
  }
  statements::MemoryTable below{Bytes("the epoch of 16.")};
  bool full = false;
  std::string order;
};

class RunningStatements : public testing::Test {
 protected:
  static format::PolicyRelay relay(const std::string& name) {
    return {RelayId(key_from(name, 1).public_key()), "GE", key_from(name, 2).public_key(), key_from(name, 3).public_key()};
  }

  // What stands above them is made behind this, and run().
  void start_statements() {
    stop = std::stop_source();
    statements.emplace(env, table, must(table.contents()), [this](const ProjectId& id) { return store.charter_chain(id); },
                       std::vector<format::PolicyRelay>());
    run(statements->run(stop.get_token()));
  }
  void run(env::awaitable<void> task) { boost::asio::co_spawn(loop.executor(), std::move(task), boost::asio::detached); }
  // And ended between these two.
  void request_stop() {
    stop.request_stop();
    loop.poll();
  }
  void end_statements() { statements.reset(); }

  void hold(const std::vector<format::VerifiedCharter>& charters, store::OnFork on_fork = store::OnFork::kRefuse) {
    const store::Batch batch{store::Charters{charters, on_fork}, kTestTime};
    ASSERT_TRUE(store.commit({&batch, 1}).front().has_value());
  }
  void pass_time(env::milliseconds time) {
    loop.run(sleep(loop, time));
    loop.poll();
  }
  static env::awaitable<void> sleep(TestLoop& on, env::milliseconds time) { co_await on.clock().sleep_for(time); }

  TestLoop loop;
  LoopWorkers workers{loop.executor()};
  CountingRandom random;
  MemoryNetwork network;
  RecordedLog log;
  RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  store::MemoryStore store;
  WatchedTable table;
  std::optional<statements::Statements> statements;
  std::stop_source stop;
};

}  // namespace tamizdat::tests
