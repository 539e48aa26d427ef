#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "relay/env/deadline.h"
#include "relay/env/event.h"
#include "relay/env/task_group.h"
#include "relay/env/turns.h"
#include "relay/env/workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/test_loop.h"

namespace tamizdat::env {
namespace {

using tests::TestLoop;
using namespace std::chrono_literals;

awaitable<void> note_wake(Event& event, Clock& clock, milliseconds limit, std::stop_token stop, std::vector<Wake>& out) {
  out.push_back(co_await event.wait_for(clock, limit, std::move(stop)));
}

awaitable<void> wait_twice(Event& event, int& wakes) {
  co_await event.wait();
  ++wakes;
  co_await event.wait();
  ++wakes;
}

TEST(Clock, SleepsAsLongAsAskedAndNotLonger) {
  TestLoop loop;
  EXPECT_EQ(loop.run(loop.clock().sleep_for(90min)), Wake::kLimit);
  EXPECT_EQ(loop.clock().elapsed(), 90min);
}

TEST(Clock, AStopEndsASleepAtOnce) {
  TestLoop loop;
  std::stop_source stop;
  const auto timer = loop.clock().start_timer(5s, [&stop] { stop.request_stop(); });
  EXPECT_EQ(loop.run(loop.clock().sleep_for(90min, stop.get_token())), Wake::kStopped);
  EXPECT_EQ(loop.clock().elapsed(), 5s);
}

TEST(Clock, ASleepWithAStoppedTokenDoesNotBegin) {
  TestLoop loop;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(loop.run(loop.clock().sleep_for(90min, stop.get_token())), Wake::kStopped);
  EXPECT_EQ(loop.clock().elapsed(), 0s);
}

TEST(Event, WakesEverybodyWhoWaitsNowAndNobodyLater) {
  TestLoop loop;
  TaskGroup group(loop.executor());
  Event event;
  int wakes = 0;
  group.spawn(wait_twice(event, wakes));
  group.spawn(wait_twice(event, wakes));
  loop.poll();
  event.notify_all();
  loop.poll();
  EXPECT_EQ(wakes, 2);
  EXPECT_EQ(event.waiters(), 2U);
  event.notify_all();
  loop.poll();
  EXPECT_EQ(wakes, 4);
  EXPECT_EQ(group.size(), 0U);
}

TEST(Event, TheFirstReasonOfAWakeCounts) {
  TestLoop loop;
  TaskGroup group(loop.executor());
  Event event;
  std::stop_source stop;
  std::vector<Wake> wakes;
  group.spawn(note_wake(event, loop.clock(), 1s, stop.get_token(), wakes));
  loop.poll();
  event.notify_all();
  stop.request_stop();
  loop.clock().run_next_timer();
  loop.run(group.join());
  EXPECT_EQ(wakes, std::vector<Wake>{Wake::kNotified});
}

TEST(Event, AWaitEndsAtItsLimit) {
  TestLoop loop;
  TaskGroup group(loop.executor());
  Event event;
  std::vector<Wake> wakes;
  group.spawn(note_wake(event, loop.clock(), 1s, {}, wakes));
  loop.run(group.join());
  EXPECT_EQ(wakes, std::vector<Wake>{Wake::kLimit});
  EXPECT_EQ(loop.clock().elapsed(), 1s);
}

awaitable<void> work_until_stopped(Clock& clock, std::stop_token stop, int& ended) {
  Wake wake = Wake::kLimit;
  while (wake != Wake::kStopped) wake = co_await clock.sleep_for(1h, stop);
  ++ended;
}

awaitable<void> own_children(Executor executor, Clock& clock, std::stop_token stop, int& ended) {
  TaskGroup children(executor, std::move(stop));
  children.spawn(work_until_stopped(clock, children.token(), ended));
  children.spawn(work_until_stopped(clock, children.token(), ended));
  co_await children.join();
}

awaitable<void> take_a_turn(Turns& turns, Clock& clock, std::string name, std::vector<std::string>& out) {
  const Turn turn = co_await turns.take();
  out.push_back(name + " begins");
  co_await clock.sleep_for(1s);
  out.push_back(name + " ends");
}

TEST(Turns, OneIsAloneUntilItsTurnEndsAndThenTheNextOneIs) {
  TestLoop loop;
  TaskGroup group(loop.executor());
  Turns turns;
  std::vector<std::string> seen;
  for (const char* name : {"one", "two", "three"}) group.spawn(take_a_turn(turns, loop.clock(), name, seen));
  loop.run(group.join());
  ASSERT_EQ(seen.size(), 6U);
  for (std::size_t i = 0; i < seen.size(); i += 2) EXPECT_EQ(seen[i].substr(0, 3), seen[i + 1].substr(0, 3));
  group.spawn(take_a_turn(turns, loop.clock(), "four", seen));
  loop.run(group.join());
  EXPECT_EQ(seen.back(), "four ends");
}

TEST(TaskGroup, AStopReachesTheChildrenOfChildren) {
  TestLoop loop;
  TaskGroup group(loop.executor());
  int ended = 0;
  group.spawn(own_children(loop.executor(), loop.clock(), group.token(), ended));
  group.spawn(work_until_stopped(loop.clock(), group.token(), ended));
  loop.poll();
  EXPECT_EQ(ended, 0);
  group.stop();
  loop.run(group.join());
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(loop.clock().elapsed(), 0s);
}

TEST(TaskGroup, AChildSpawnedAfterTheStopSeesIt) {
  TestLoop loop;
  TaskGroup group(loop.executor());
  int ended = 0;
  group.stop();
  group.spawn(work_until_stopped(loop.clock(), group.token(), ended));
  loop.run(group.join());
  EXPECT_EQ(ended, 1);
}

TEST(TaskGroupDeathTest, MustBeJoinedBeforeItDies) {
  EXPECT_DEATH(
      {
        TestLoop loop;
        Event event;
        int wakes = 0;
        TaskGroup group(loop.executor());
        group.spawn(wait_twice(event, wakes));
        loop.poll();
      },
      "size_ == 0");
}

awaitable<Result<std::size_t>> read_within(Clock& clock, milliseconds limit, Stream& stream) {
  std::string buffer(16, '\0');
  co_return co_await read_some_within(clock, limit, stream, buffer);
}

TEST(Deadline, EndsAReadFromASilentPeer) {
  TestLoop loop;
  auto [left, right] = tests::memory_stream_pair();
  const auto count = loop.run(read_within(loop.clock(), 20s, *left));
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, kTimeLimit);
  EXPECT_EQ(loop.clock().elapsed(), 20s);
}

TEST(Deadline, EndsAWriteToAPeerThatDoesNotRead) {
  TestLoop loop;
  auto [left, right] = tests::memory_stream_pair();
  const std::string much(1 << 20, 'x');
  const auto written = loop.run(write_within(loop.clock(), 20s, *left, much));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, kTimeLimit);
}

TEST(Deadline, CanBeMovedForward) {
  TestLoop loop;
  int expiries = 0;
  Deadline deadline(loop.clock(), 10s, [&expiries] { ++expiries; });
  const auto moves = loop.clock().start_timer(9s, [&deadline] { deadline.restart(10s); });
  EXPECT_EQ(loop.run(loop.clock().sleep_for(18s)), Wake::kLimit);
  EXPECT_EQ(expiries, 0);
  EXPECT_EQ(loop.run(loop.clock().sleep_for(1s)), Wake::kLimit);
  EXPECT_TRUE(deadline.expired());
  deadline.restart(1s);
  EXPECT_EQ(loop.run(loop.clock().sleep_for(1h)), Wake::kLimit);
  EXPECT_EQ(expiries, 1);
}

TEST(Deadline, CanBeMovedNearer) {
  TestLoop loop;
  int expiries = 0;
  Deadline deadline(loop.clock(), 60s, [&expiries] { ++expiries; });
  deadline.restart(10s);
  EXPECT_EQ(loop.run(loop.clock().sleep_for(9s)), Wake::kLimit);
  EXPECT_EQ(expiries, 0);
  EXPECT_EQ(loop.run(loop.clock().sleep_for(1s)), Wake::kLimit);
  EXPECT_EQ(expiries, 1);
}

TEST(Deadline, IsLiftedUntilItIsRestarted) {
  TestLoop loop;
  int expiries = 0;
  Deadline deadline(loop.clock(), 10s, [&expiries] { ++expiries; });
  deadline.lift();
  EXPECT_EQ(loop.run(loop.clock().sleep_for(1h)), Wake::kLimit);
  EXPECT_EQ(expiries, 0);
  deadline.restart(10s);
  EXPECT_EQ(loop.run(loop.clock().sleep_for(10s)), Wake::kLimit);
  EXPECT_EQ(expiries, 1);
}

class InlineWorkers : public Workers {
 public:
  void post(std::function<void()> job) override { job(); }
};

TEST(Workers, ABlockingJobReturnsItsValue) {
  TestLoop loop;
  InlineWorkers workers;
  EXPECT_EQ(loop.run(run_blocking(workers, [] { return std::make_unique<int>(7); })).operator*(), 7);
}

TEST(Workers, WhatAJobThrowsIsThrownWhereItIsAwaited) {
  TestLoop loop;
  InlineWorkers workers;
  EXPECT_THROW(loop.run(run_blocking(workers, [] { throw std::runtime_error("broken"); })), std::runtime_error);
}

}  // namespace
}  // namespace tamizdat::env
