// An event loop for tests whose time is made up: when no coroutine can go on, the clock jumps to the next timer. A test
// of an hour of waiting takes no time, and a coroutine that would wait for ever fails the test instead of hanging it.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "relay/env/clock.h"

namespace tamizdat::tests {

class FakeClock : public env::Clock {
 public:
  Timestamp now() const override { return start_ + std::chrono::floor<std::chrono::seconds>(elapsed_); }
  env::MonotonicTime monotonic() const override { return env::MonotonicTime(elapsed_); }

  std::unique_ptr<env::Timer> start_timer(env::milliseconds delay, std::function<void()> on_time) override {
    const Key key(elapsed_ + delay, ++started_);
    timers_.emplace(key, std::move(on_time));
    return std::make_unique<FakeTimer>(*this, key);
  }

  // Jumps to the first timer and calls it. False if there is none.
  bool run_next_timer() {
    if (timers_.empty()) return false;
    auto first = timers_.extract(timers_.begin());
    elapsed_ = std::max(elapsed_, first.key().first);
    first.mapped()();
    return true;
  }
  void set_now(Timestamp now) { start_ = now - std::chrono::floor<std::chrono::seconds>(elapsed_); }
  env::milliseconds elapsed() const { return elapsed_; }

 private:
  using Key = std::pair<env::milliseconds, std::uint64_t>;
  struct FakeTimer : env::Timer {
    FakeTimer(FakeClock& owner, Key at) : clock(owner), key(at) {}
    ~FakeTimer() override { clock.timers_.erase(key); }
    FakeClock& clock;
    Key key;
  };

  Timestamp start_ = timestamp_from_unix(1795505030);  // 2026-11-24T07:23:50Z
  env::milliseconds elapsed_{0};
  std::uint64_t started_ = 0;
  std::map<Key, std::function<void()>> timers_;
};

class TestLoop {
 public:
  env::Executor executor() { return context_.get_executor(); }
  FakeClock& clock() { return clock_; }

  // Runs until `main` returns, and returns its value. Throws what it threw, or std::logic_error if it can never end.
  template <typename T>
  T run(env::awaitable<T> main) {
    bool done = false;
    std::exception_ptr thrown;
    if constexpr (std::is_void_v<T>) {
      boost::asio::co_spawn(context_, std::move(main), [&](std::exception_ptr error) { done = true, thrown = error; });
      run_until(done);
      if (thrown) std::rethrow_exception(thrown);
    } else {
      std::optional<T> value;
      boost::asio::co_spawn(context_, std::move(main), [&](std::exception_ptr error, T result) {
        done = true;
        thrown = error;
        if (!error) value.emplace(std::move(result));
      });
      run_until(done);
      if (thrown) std::rethrow_exception(thrown);
      return std::move(*value);
    }
  }

  // Runs what is ready now, without moving the clock.
  void poll() {
    context_.restart();
    context_.poll();
  }

 private:
  void run_until(const bool& done) {
    for (;;) {
      poll();
      if (done) return;
      if (!clock_.run_next_timer()) throw std::logic_error("the test's coroutine waits for something that never comes");
    }
  }

  FakeClock clock_;
  boost::asio::io_context context_;
};

}  // namespace tamizdat::tests
