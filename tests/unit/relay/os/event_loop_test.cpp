#include "relay/os/event_loop.h"

#include <csignal>
#include <set>
#include <thread>

#include "relay/os/sodium_random.h"
#include "tests/unit/relay/os/relay_host.h"

namespace tamizdat::os {
namespace {

using env::awaitable;
using namespace std::chrono_literals;

inline constexpr ErrorCode kExample{"example"};

awaitable<Result<void>> fail_at_once() { co_return fail(kExample, "no"); }

TEST(EventLoop, ReturnsWhatItsMainReturned) {
  EventLoop loop;
  const auto result = loop.run(fail_at_once());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, kExample);
}

awaitable<Result<void>> wait_for_stop(EventLoop& loop, int& stops) {
  env::Event stopped;
  loop.on_stop_signal([&] {
    ++stops;
    stopped.notify_all();
  });
  std::raise(SIGTERM);
  co_await stopped.wait();
  co_return Result<void>{};
}

TEST(EventLoop, CallsBackAtAStopSignal) {
  EventLoop loop;
  int stops = 0;
  EXPECT_TRUE(loop.run(wait_for_stop(loop, stops)));
  EXPECT_EQ(stops, 1);
}

awaitable<Result<void>> stop_twice(EventLoop& loop) {
  env::Event stopped;
  loop.on_stop_signal([&stopped] { stopped.notify_all(); });
  std::raise(SIGINT);
  co_await stopped.wait();
  std::raise(SIGINT);
  co_return Result<void>{};
}

TEST(EventLoopDeathTest, ASecondStopSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        EventLoop loop;
        static_cast<void>(loop.run(stop_twice(loop)));
      },
      testing::KilledBySignal(SIGINT), "");
}

awaitable<Result<void>> wait_for_reloads(env::Clock& clock, int& reloads) {
  while (reloads < 1) co_await clock.sleep_for(1ms);
  std::raise(SIGHUP);
  while (reloads < 2) co_await clock.sleep_for(1ms);
  co_return Result<void>{};
}

TEST(EventLoop, CallsBackAtEveryReloadSignalAlsoOneThatCameBeforeTheLoopRan) {
  EventLoop loop;
  SystemClock clock(loop.executor());
  int reloads = 0;
  loop.on_reload_signal([&reloads] { ++reloads; });
  std::raise(SIGHUP);
  EXPECT_TRUE(loop.run(wait_for_reloads(clock, reloads)));
  EXPECT_EQ(reloads, 2);
}

awaitable<Result<void>> leave_the_loop(env::Workers& workers) {
  const auto loop_thread = std::this_thread::get_id();
  const auto job = [] { return std::this_thread::get_id(); };
  const auto worker_thread = co_await env::run_blocking(workers, job);
  EXPECT_NE(worker_thread, loop_thread);
  EXPECT_EQ(std::this_thread::get_id(), loop_thread);
  co_return Result<void>{};
}

TEST(WorkerThreads, RunJobsOffTheLoopAndComeBackToIt) {
  RelayHost host;
  for (int i = 0; i < 100; ++i) host.run(leave_the_loop(host.workers));
}

TEST(WorkerThreads, FinishWhatWasPostedBeforeTheyEnd) {
  std::atomic<int> done = 0;
  {
    WorkerThreads workers(3);
    for (int i = 0; i < 1000; ++i) workers.post([&done] { ++done; });
  }
  EXPECT_EQ(done, 1000);
}

awaitable<Result<void>> time_out_and_cancel(env::Clock& clock, int& calls) {
  const auto cancelled = clock.start_timer(0ms, [&calls] { calls += 100; });
  auto gone = clock.start_timer(0ms, [&calls] { calls += 100; });
  gone.reset();
  const auto before = clock.monotonic();
  const auto wake = co_await clock.sleep_for(2ms);
  EXPECT_EQ(wake, env::Wake::kLimit);
  EXPECT_GE(clock.monotonic() - before, 1ms);
  co_return Result<void>{};
}

TEST(SystemClock, CallsTimersOnceAndNotAfterTheirEnd) {
  EventLoop loop;
  SystemClock clock(loop.executor());
  int calls = 0;
  EXPECT_TRUE(loop.run(time_out_and_cancel(clock, calls)));
  EXPECT_EQ(calls, 100);
}

TEST(SodiumRandom, DrawsDifferently) {
  SodiumRandom random;
  std::set<std::uint64_t> drawn;
  for (int i = 0; i < 1000; ++i) drawn.insert(random.below(UINT64_MAX));
  EXPECT_EQ(drawn.size(), 1000U);
}

}  // namespace
}  // namespace tamizdat::os
