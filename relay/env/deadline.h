// A limit on a wait. A Deadline calls its function once when the time is up, unless it was destroyed or moved forward
// before; the function makes the waiting coroutine end, usually by closing its stream. Loop thread only.
//
//   Deadline limit(clock, kHeaderTimeMax, stream);
//   auto count = co_await stream.read_some(buffer);
//   if (limit.expired()) co_return fail(kTimeLimit, "...");
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "proto/base/result.h"
#include "relay/env/clock.h"
#include "relay/env/network.h"

namespace tamizdat::env {

class Deadline {
 public:
  Deadline(Clock& clock, milliseconds limit, std::function<void()> on_expiry);
  // Closes `stream` when the time is up.
  Deadline(Clock& clock, milliseconds limit, Stream& stream);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool expired() const { return expired_; }
  // Starts again with a new limit from now; nothing after expiry. Cheap: a limit that moves on with every message costs
  // a timer only now and then.
  void restart(milliseconds limit);
  // No limit until the next restart().
  void lift() { due_.reset(); }

 private:
  void start_timer(milliseconds delay);
  void on_time();

  Clock& clock_;
  std::function<void()> on_expiry_;
  std::optional<MonotonicTime> due_;
  std::unique_ptr<Timer> timer_;  // never later than due_; one that comes too early starts again for the rest
  MonotonicTime timer_at_;
  bool expired_ = false;
};

// One read or write with a limit of its own. Errors: kTimeLimit (the stream is closed then), or the stream's.
awaitable<Result<std::size_t>> read_some_within(Clock& clock, milliseconds limit, Stream& stream, std::span<char> out);
awaitable<Result<void>> write_within(Clock& clock, milliseconds limit, Stream& stream, BytesView bytes);

}  // namespace tamizdat::env
