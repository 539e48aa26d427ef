// A limit on a wait. A Deadline calls its function once when the time is up, unless it was destroyed or moved forward
// before; the function makes the waiting coroutine end, usually by closing its stream. Loop thread only.
//
//   Deadline limit(clock, kHeaderTimeMax, stream);
//   auto count = co_await stream.read_some(buffer);
//   if (limit.expired()) co_return fail(kTimeLimit, "...");
#pragma once

#include <functional>
#include <memory>
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
  // Starts again with a new limit from now; nothing after expiry.
  void restart(milliseconds limit);

 private:
  Clock& clock_;
  std::function<void()> on_expiry_;
  std::unique_ptr<Timer> timer_;
  bool expired_ = false;
};

// One read or write with a limit of its own. Errors: kTimeLimit (the stream is closed then), or the stream's.
awaitable<Result<std::size_t>> read_some_within(Clock& clock, milliseconds limit, Stream& stream, std::span<char> out);
awaitable<Result<void>> write_within(Clock& clock, milliseconds limit, Stream& stream, BytesView bytes);

}  // namespace tamizdat::env
