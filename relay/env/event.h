// Wakes coroutines that wait on one thread for something to change; a condition variable without the lock. The waiting
// side checks its condition and waits in a loop; nothing can slip in between, since a coroutine runs alone until it
// suspends. Waiters resume from the loop, never from within notify_all(). An Event outlives its waiters.
#pragma once

#include <cstddef>
#include <list>
#include <stop_token>

#include "relay/env/clock.h"
#include "relay/env/coroutine.h"

namespace tamizdat::env {

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  // Wakes everybody who waits now; who waits later waits for the next one.
  void notify_all();
  std::size_t waiters() const { return waiters_.size(); }

  // Returns kNotified, or kStopped if a stop was or is requested.
  awaitable<Wake> wait(std::stop_token stop = {});
  // The same with a limit: kLimit when it ran out first.
  awaitable<Wake> wait_for(Clock& clock, milliseconds limit, std::stop_token stop = {});

 private:
  struct Waiter;
  awaitable<Wake> park(Clock* clock, milliseconds limit, std::stop_token stop);
  void wake(Waiter& waiter, Wake reason);

  std::list<Waiter*> waiters_;  // each lives in the frame of its park()
};

}  // namespace tamizdat::env
