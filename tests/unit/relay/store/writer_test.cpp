#include "relay/store/writer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "relay/store/memory_store.h"
#include "tests/support/project_builder.h"
#include "tests/support/store_contract.h"
#include "tests/support/test_loop.h"

namespace tamizdat::store {
namespace {

using tests::batch_of;

// Runs jobs when the test says so.
class HandWorkers : public env::Workers {
 public:
  void post(std::function<void()> job) override { jobs.push_back(std::move(job)); }
  void run_one() {
    ASSERT_FALSE(jobs.empty());
    const auto job = std::move(jobs.front());
    jobs.erase(jobs.begin());
    job();
  }
  std::vector<std::function<void()>> jobs;
};

// Remembers the size of each group, and can refuse everything.
class GroupStore : public MemoryStore {
 public:
  std::vector<Result<Committed>> commit(std::span<const Batch> batches) override {
    groups.push_back(batches.size());
    if (!broken) return MemoryStore::commit(batches);
    std::vector<Result<Committed>> out;
    for (std::size_t i = 0; i < batches.size(); ++i) out.push_back(fail(kStoreFailed, "the disk is full"));
    return out;
  }
  std::vector<std::size_t> groups;
  bool broken = false;
};

class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    project.log().append_articles(20);
    EXPECT_TRUE(tests::commit_one(store, batch_of(project.charters())));
    store.groups.clear();
  }

  // Starts a commit; its result comes into `results`.
  void start(Writer& writer, Batch batch) {
    boost::asio::co_spawn(loop.executor(), collect(writer, std::move(batch)), boost::asio::detached);
    loop.poll();
  }
  env::awaitable<void> collect(Writer& writer, Batch batch) {
    auto result = co_await writer.commit(std::move(batch));
    results.push_back(std::move(result));
  }
  Batch bundle(std::uint64_t from, std::uint64_t to) { return batch_of(project.log().bundle(from, to)); }

  tests::TestLoop loop;
  HandWorkers workers;
  GroupStore store;
  tests::ProjectBuilder project;
  std::vector<Result<Committed>> results;
};

TEST_F(WriterTest, GathersWhatWaitsWhileAGroupIsWritten) {
  Writer writer(store, workers, loop.executor());
  start(writer, bundle(0, 1));
  start(writer, bundle(1, 2));
  start(writer, bundle(2, 3));
  EXPECT_EQ(workers.jobs.size(), 1U);
  workers.run_one();
  EXPECT_TRUE(results.empty());  // resumed on the loop, never on the worker
  loop.poll();
  EXPECT_EQ(results.size(), 1U);
  workers.run_one();
  loop.poll();
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(store.groups, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(results[2]->size_after, 3U);
  EXPECT_TRUE(workers.jobs.empty());
}

TEST_F(WriterTest, BoundsAGroupByBatchesAndOctets) {
  Writer by_count(store, workers, loop.executor(), {.batches_max = 2, .octets_max = 1'000'000});
  for (std::uint64_t i = 0; i < 6; ++i) start(by_count, bundle(i, i + 1));
  Writer by_octets(store, workers, loop.executor(), {.batches_max = 100, .octets_max = 1});
  for (std::uint64_t i = 6; i < 9; ++i) start(by_octets, bundle(i, i + 1));
  while (!workers.jobs.empty()) {
    workers.run_one();
    loop.poll();
  }
  EXPECT_EQ(results.size(), 9U);
  EXPECT_EQ(std::ranges::count(store.groups, 2U), 2);
  EXPECT_EQ(std::ranges::max(store.groups), 2U);
}

TEST_F(WriterTest, GivesEachBatchItsOwnResult) {
  Writer writer(store, workers, loop.executor());
  start(writer, bundle(0, 1));
  start(writer, bundle(5, 6));
  start(writer, bundle(1, 2));
  workers.run_one();
  loop.poll();
  workers.run_one();
  loop.poll();
  ASSERT_EQ(results.size(), 3U);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().code, kGap);
  EXPECT_TRUE(results[2]);
}

TEST_F(WriterTest, TellsSubscribersWhatIsNewBeforeTheCommitReturns) {
  Writer writer(store, workers, loop.executor());
  std::vector<Change> changes;
  const auto subscription = writer.subscribe([&](const Change& change) {
    changes.push_back(change);
    EXPECT_TRUE(results.empty());
  });
  start(writer, bundle(0, 4));
  workers.run_one();
  EXPECT_TRUE(changes.empty());
  loop.poll();
  ASSERT_EQ(changes.size(), 1U);
  const auto& grown = std::get<LogGrown>(changes[0]);
  EXPECT_EQ(grown.log, project.log().id());
  EXPECT_EQ(grown.name.desk, project.log().desk());
  EXPECT_EQ(grown.from, 0U);
  EXPECT_EQ(grown.to, 4U);
}

TEST_F(WriterTest, TellsSubscribersOfABodyThatCameLater) {
  ASSERT_TRUE(tests::commit_one(store, batch_of(project.log().bundle(0, 8, {.bodies = false}))));
  ASSERT_TRUE(tests::commit_one(store, bundle(2, 3)));
  Writer writer(store, workers, loop.executor());
  std::vector<Change> changes;
  const auto subscription = writer.subscribe([&](const Change& change) { changes.push_back(change); });
  start(writer, bundle(2, 5));
  workers.run_one();
  loop.poll();
  ASSERT_EQ(changes.size(), 1U);
  const auto& filled = std::get<LogGrown>(changes[0]);
  EXPECT_EQ(filled.log, project.log().id());
  EXPECT_EQ(filled.from, 3U);
  EXPECT_EQ(filled.to, 5U);
  start(writer, bundle(6, 10));
  workers.run_one();
  loop.poll();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(std::get<LogGrown>(changes[1]).from, 6U);
  EXPECT_EQ(std::get<LogGrown>(changes[1]).to, 10U);
}

TEST_F(WriterTest, TellsSubscribersOfALogThatCanBeServedAgain) {
  tests::LogBuilder& log = project.log();
  ASSERT_TRUE(tests::commit_one(store, bundle(0, 5)));  // less than the closing leaves
  project.close_desk(0, 9);
  ASSERT_TRUE(tests::commit_one(store, batch_of({project.charter()})));
  Writer writer(store, workers, loop.executor());
  std::vector<Change> changes;
  const auto subscription = writer.subscribe([&](const Change& change) { changes.push_back(change); });
  start(writer, batch_of(log.bundle(0, 5, {.head_size = 9})));
  workers.run_one();
  loop.poll();
  ASSERT_EQ(changes.size(), 1U);
  const auto& served = std::get<LogGrown>(changes[0]);
  EXPECT_EQ(served.log, log.id());
  EXPECT_EQ(served.from, 5U);
  EXPECT_EQ(served.to, 5U);
}

TEST_F(WriterTest, IsSilentAboutWhatWasHeldAndWhatWasRefused) {
  Writer writer(store, workers, loop.executor());
  std::vector<Change> changes;
  const auto subscription = writer.subscribe([&](const Change& change) { changes.push_back(change); });
  project.update_charter();
  ASSERT_TRUE(tests::commit_one(store, batch_of({project.charter()})));
  ASSERT_TRUE(tests::commit_one(store, bundle(0, 4)));
  start(writer, batch_of(project.charters()));
  workers.run_one();
  loop.poll();
  start(writer, bundle(0, 4));
  start(writer, bundle(9, 10));
  workers.run_one();
  loop.poll();
  workers.run_one();
  loop.poll();
  EXPECT_EQ(results.size(), 3U);
  EXPECT_TRUE(changes.empty());
  project.update_charter();
  start(writer, batch_of({project.charter()}));
  workers.run_one();
  loop.poll();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(std::get<CharterChanged>(changes[0]).project, project.id());
}

TEST_F(WriterTest, EndsASubscriptionFromWithinItsListener) {
  Writer writer(store, workers, loop.executor());
  int calls = 0;
  Writer::Subscription first;
  first = writer.subscribe([&](const Change&) {
    ++calls;
    first = {};
  });
  const auto second = writer.subscribe([&](const Change&) { ++calls; });
  start(writer, bundle(0, 1));
  start(writer, bundle(1, 2));
  for (int i = 0; i < 2; ++i) {
    workers.run_one();
    loop.poll();
  }
  EXPECT_EQ(calls, 3);
}

TEST_F(WriterTest, PassesOnThatTheStoreFailed) {
  Writer writer(store, workers, loop.executor());
  store.broken = true;
  start(writer, bundle(0, 1));
  workers.run_one();
  loop.poll();
  store.broken = false;
  start(writer, bundle(0, 1));
  workers.run_one();
  loop.poll();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].error().code, kStoreFailed);
  EXPECT_TRUE(results[1]);
}

TEST_F(WriterTest, StopsAfterWhatItAccepted) {
  Writer writer(store, workers, loop.executor());
  start(writer, bundle(0, 1));
  start(writer, bundle(1, 2));
  bool stopped = false;
  const auto stop = [](Writer& target, bool& done) -> env::awaitable<void> {
    co_await target.stop();
    done = true;
  };
  boost::asio::co_spawn(loop.executor(), stop(writer, stopped), boost::asio::detached);
  loop.poll();
  start(writer, bundle(2, 3));
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].error().code, kWriterStopped);
  workers.run_one();
  loop.poll();
  EXPECT_FALSE(stopped);
  workers.run_one();
  loop.poll();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(results.size(), 3U);
  EXPECT_EQ(store.log(project.log().id())->size, 2U);
}

}  // namespace
}  // namespace tamizdat::store
