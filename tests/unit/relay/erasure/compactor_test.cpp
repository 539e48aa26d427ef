#include "relay/erasure/compactor.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "relay/store/memory_store.h"
#include "tests/support/counting_random.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/store_contract.h"
#include "tests/support/test_loop.h"

namespace tamizdat::erasure {
namespace {

// A store with so many parts where it is worth the work.
class StoreWithSpace : public store::MemoryStore {
 public:
  Result<bool> compact() override {
    ++asked;
    if (broken) return fail(store::kStoreFailed, "the disk is full");
    return worth > 0 && worth-- > 0;
  }
  int asked = 0;
  int worth = 0;
  bool broken = false;
};

class CompactorTest : public testing::Test {
 protected:
  CompactorTest() {
    project.log().append_articles(3);
    commit(store::Charters{project.charters()});
    commit(project.log().bundle(0, 3));
    boost::asio::co_spawn(loop.executor(), compactor.run(stopping.get_token()), boost::asio::detached);
    loop.poll();
  }
  ~CompactorTest() override {
    stopping.request_stop();
    loop.poll();
  }
  template <typename Content>
  void commit(Content content) {
    store::Batch batch{std::move(content), loop.clock().now()};
    ASSERT_TRUE(loop.run(writer.commit(std::move(batch))));
  }
  void erase(std::uint64_t index) { commit(store::Erasure{project.log().name(), index, project.log().entry(index)}); }
  env::awaitable<void> sleep(env::milliseconds time) { co_await loop.clock().sleep_for(time, {}); }
  void wait(seconds time) { loop.run(sleep(time)); }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog recorded;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, recorded, metrics};
  tests::ProjectBuilder project{{.seed = 1}};
  StoreWithSpace store;
  store::Writer writer{store, workers, loop.executor()};
  Compactor compactor{env, store, writer};
  std::stop_source stopping;
};

TEST_F(CompactorTest, BeginsWithWhatEarlierRunsLeft) {
  store.worth = 3;
  wait(seconds(59));
  EXPECT_EQ(store.asked, 0);
  wait(seconds(10));
  EXPECT_EQ(store.worth, 0);
  EXPECT_EQ(store.asked, 4);
}

TEST_F(CompactorTest, LooksAgainOnlyAfterAnErasureAndOnceForMany) {
  wait(seconds(3600));
  EXPECT_EQ(store.asked, 1);
  for (std::uint64_t i = 0; i < 3; ++i) erase(i);
  EXPECT_EQ(store.asked, 1);
  wait(seconds(3600));
  EXPECT_EQ(store.asked, 2);
}

TEST_F(CompactorTest, TriesAgainWhenTheDiskFailed) {
  store.broken = true;
  store.worth = 1;
  wait(seconds(61));
  EXPECT_EQ(store.asked, 1);
  store.broken = false;
  wait(seconds(3600));
  EXPECT_EQ(store.worth, 0);
}

}  // namespace
}  // namespace tamizdat::erasure
