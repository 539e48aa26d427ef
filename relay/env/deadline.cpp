#include "relay/env/deadline.h"

#include <utility>

namespace tamizdat::env {

Deadline::Deadline(Clock& clock, milliseconds limit, std::function<void()> on_expiry)
    : clock_(clock), on_expiry_(std::move(on_expiry)) {
  restart(limit);
}

Deadline::Deadline(Clock& clock, milliseconds limit, Stream& stream)
    : Deadline(clock, limit, [&stream] { stream.close(); }) {}

void Deadline::restart(milliseconds limit) {
  if (expired_) return;
  due_ = clock_.monotonic() + limit;
  if (!timer_ || *due_ < timer_at_) start_timer(limit);
}

void Deadline::start_timer(milliseconds delay) {
  timer_at_ = clock_.monotonic() + delay;
  timer_ = clock_.start_timer(delay, [this] { on_time(); });
}

void Deadline::on_time() {
  timer_.reset();
  if (!due_) return;
  if (const milliseconds left = *due_ - clock_.monotonic(); left > milliseconds(0)) return start_timer(left);
  expired_ = true;
  on_expiry_();
}

awaitable<Result<std::size_t>> read_some_within(Clock& clock, milliseconds limit, Stream& stream, std::span<char> out) {
  Deadline deadline(clock, limit, stream);
  auto count = co_await stream.read_some(out);
  if (!count && deadline.expired()) co_return fail(kTimeLimit, "the other side sent nothing for too long");
  co_return count;
}

awaitable<Result<void>> write_within(Clock& clock, milliseconds limit, Stream& stream, BytesView bytes) {
  Deadline deadline(clock, limit, stream);
  auto written = co_await stream.write(bytes);
  if (!written && deadline.expired()) co_return fail(kTimeLimit, "the other side took nothing for too long");
  co_return written;
}

}  // namespace tamizdat::env
