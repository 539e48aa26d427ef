// Time, as federation, submit and reader code sees it: the wall clock, a clock that never jumps, and timers. relay/os
// implements it with the system's clocks, the simulator with an event queue; both only supply now(), monotonic() and
// start_timer(), everything else is built on these. One thread, but for now().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "proto/base/time.h"
#include "relay/env/coroutine.h"

namespace tamizdat::env {

using std::chrono::milliseconds;

// A point on a clock that only moves forward; its zero means nothing.
struct MonotonicTag {
  using duration = milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicTag, duration>;
  static constexpr bool is_steady = true;
};
using MonotonicTime = MonotonicTag::time_point;

// Why a wait ended.
enum class Wake {
  kNotified,  // what was waited for happened
  kLimit,     // the time ran out
  kStopped,   // a stop was requested
};

// A running timer. Destroying it cancels: afterwards its function is never called.
class Timer {
 public:
  virtual ~Timer() = default;
};

class Clock {
 public:
  virtual ~Clock() = default;

  virtual Timestamp now() const = 0;  // from any thread
  virtual MonotonicTime monotonic() const = 0;
  // Calls `on_time` once from the loop, never from within this call, when `delay` has passed.
  virtual std::unique_ptr<Timer> start_timer(milliseconds delay, std::function<void()> on_time) = 0;

  // kLimit after `delay`, kStopped as soon as a stop is requested.
  awaitable<Wake> sleep_for(milliseconds delay, std::stop_token stop = {});
};

}  // namespace tamizdat::env
