// The one thread that runs all coroutines of a relay, and the signals of the process. The daemon makes it first and
// destroys it last: clock, sockets and workers refer to it.
#pragma once

#include <functional>
#include <memory>

#include "proto/base/result.h"
#include "relay/env/coroutine.h"

namespace tamizdat::os {

class EventLoop {
 public:
  // Makes the process ignore SIGPIPE: a peer that goes away is an error of a write, not the end of the relay.
  EventLoop();
  ~EventLoop();

  env::Executor executor();

  // Runs coroutines on the calling thread until `main` returns, and returns its result. What `main` started it has
  // ended by then; internal rests of closed listeners and connects are cleared away. Can be called again.
  Result<void> run(env::awaitable<Result<void>> main);

  // Called from the loop at the first SIGTERM or SIGINT; a second one ends the process at once.
  void on_stop_signal(std::function<void()> stop);
  // Called from the loop at every SIGHUP from now on; one that comes before run() is not lost.
  void on_reload_signal(std::function<void()> reload);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tamizdat::os
