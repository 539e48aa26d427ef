#include "relay/env/event.h"

#include <memory>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "proto/base/check.h"
#include "relay/env/parked.h"

namespace tamizdat::env {

struct Event::Waiter {
  explicit Waiter(Executor executor) : coroutine(std::move(executor)) {}
  Parked coroutine;
  Wake reason = Wake::kNotified;
};

Event::~Event() { TMZ_CHECK(waiters_.empty()); }

// Takes the waiter off the list first: whoever comes second (timer, stop, notify) no longer finds it.
void Event::wake(Waiter& waiter, Wake reason) {
  if (waiters_.remove(&waiter) == 0) return;
  waiter.reason = reason;
  waiter.coroutine.resume();
}

void Event::notify_all() {
  while (!waiters_.empty()) wake(*waiters_.front(), Wake::kNotified);
}

awaitable<Wake> Event::park(Clock* clock, milliseconds limit, std::stop_token stop) {
  if (stop.stop_requested()) co_return Wake::kStopped;
  Waiter waiter(co_await boost::asio::this_coro::executor);
  std::unique_ptr<Timer> timer;
  if (clock) {
    auto on_time = [this, &waiter] { wake(waiter, Wake::kLimit); };
    timer = clock->start_timer(limit, std::move(on_time));
  }
  auto on_stop = [this, &waiter] { wake(waiter, Wake::kStopped); };
  std::stop_callback<decltype(on_stop)> stopper(stop, std::move(on_stop));

  auto enlist = [this, &waiter] { waiters_.push_back(&waiter); };
  co_await waiter.coroutine.park(std::move(enlist));
  co_return waiter.reason;
}

awaitable<Wake> Event::wait(std::stop_token stop) { return park(nullptr, milliseconds(0), std::move(stop)); }

awaitable<Wake> Event::wait_for(Clock& clock, milliseconds limit, std::stop_token stop) {
  return park(&clock, limit, std::move(stop));
}

}  // namespace tamizdat::env
