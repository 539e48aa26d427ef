#include "relay/store/intake.h"

#include <gtest/gtest.h>

#include "relay/env/task_group.h"
#include "relay/store/memory_store.h"
#include "tests/support/loop_workers.h"
#include "tests/support/project_builder.h"
#include "tests/support/test_loop.h"

namespace tamizdat::store {
namespace {

using tests::ProjectBuilder;

// Counts jobs, and how many wait at once.
class CountedWorkers final : public env::Workers {
 public:
  explicit CountedWorkers(env::Executor loop) : below_(std::move(loop)) {}
  void post(std::function<void()> job) override {
    ++jobs;
    waiting_max = std::max(waiting_max, ++waiting_);
    below_.post([this, job = std::move(job)] {
      --waiting_;
      job();
    });
  }
  int jobs = 0;
  int waiting_max = 0;

 private:
  tests::LoopWorkers below_;
  int waiting_ = 0;
};

class IntakeTest : public testing::Test {
 protected:
  static std::vector<Bytes> chain_of(const ProjectBuilder& project) {
    std::vector<Bytes> out;
    for (const auto& charter : project.charters()) out.emplace_back(charter.signed_bytes());
    return out;
  }
  static ProjectBuilder project_of(std::uint64_t number, int versions) {
    ProjectBuilder out(number);
    for (int i = 1; i < versions; ++i) out.update_charter();
    return out;
  }
  Result<std::vector<format::VerifiedCharter>> verify(std::vector<Bytes> chain, Intake::From from = Intake::From::kPeer) {
    return loop.run(intake.verify_charters(std::move(chain), from));
  }
  env::awaitable<void> commit(std::vector<format::VerifiedCharter> chain) {
    const auto done = co_await intake.commit(std::move(chain));
    EXPECT_TRUE(done.has_value());
  }
  env::awaitable<void> verify_beside(std::vector<Bytes> chain, std::vector<Result<void>>& outcomes) {
    const auto done = co_await intake.verify_charters(std::move(chain), Intake::From::kStranger);
    outcomes.push_back(done ? Result<void>() : tl::unexpected(done.error()));
  }
  env::awaitable<std::vector<Result<void>>> verify_at_once(const std::vector<std::vector<Bytes>>& chains) {
    std::vector<Result<void>> outcomes;
    env::TaskGroup tasks(loop.executor());
    for (const auto& chain : chains) tasks.spawn(verify_beside(chain, outcomes));
    co_await tasks.join();
    co_return outcomes;
  }

  tests::TestLoop loop;
  CountedWorkers workers{loop.executor()};
  tests::LoopWorkers writer_thread{loop.executor()};
  MemoryStore store;
  Writer writer{store, writer_thread, loop.executor()};
  Intake intake{store, writer, workers, loop.clock()};
};

TEST_F(IntakeTest, WhatIsHeldOctetForOctetIsNotVerifiedAgain) {
  ProjectBuilder project = project_of(1, 40);
  auto chain = verify(chain_of(project));
  ASSERT_TRUE(chain);
  EXPECT_EQ(chain->size(), 40U);
  EXPECT_GT(workers.jobs, 1);
  loop.run(commit(*std::move(chain)));
  project.update_charter();
  workers.jobs = 0;
  const auto again = verify(chain_of(project));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->back().hash(), project.charter().hash());
  EXPECT_EQ(workers.jobs, 1);
}

TEST_F(IntakeTest, WhatDiffersFromWhatIsHeldIsVerified) {
  const ProjectBuilder project = project_of(1, 5);
  auto chain = verify(chain_of(project));
  loop.run(commit(*std::move(chain)));
  auto wrong = chain_of(project);
  wrong[2].back() = static_cast<char>(wrong[2].back() ^ 1);
  EXPECT_FALSE(verify(wrong));
}

TEST_F(IntakeTest, ChainsTakeTurnsOnOneWorker) {
  const std::vector<std::vector<Bytes>> chains{chain_of(project_of(1, 60)), chain_of(project_of(2, 60)), chain_of(project_of(3, 2))};
  const auto outcomes = loop.run(verify_at_once(chains));
  EXPECT_EQ(outcomes.size(), 3U);
  for (const auto& outcome : outcomes) EXPECT_TRUE(outcome);
  EXPECT_EQ(workers.waiting_max, 1);
}

TEST_F(IntakeTest, StrangersAreSentAwayWhileManyChainsAreUnderWay) {
  const auto chain = chain_of(project_of(1, 20));
  const auto outcomes = loop.run(verify_at_once(std::vector<std::vector<Bytes>>(9, chain)));
  EXPECT_EQ(std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome; }), 1);
  EXPECT_EQ(outcomes.front().error().code, kIntakeBusy);
  EXPECT_TRUE(verify(chain, Intake::From::kStranger)) << "and welcome again when they are done";
}

}  // namespace
}  // namespace tamizdat::store
