// The clocks of the operating system. Loop thread only.
#pragma once

#include "relay/env/clock.h"

namespace tamizdat::os {

class SystemClock final : public env::Clock {
 public:
  explicit SystemClock(env::Executor loop) : loop_(std::move(loop)) {}

  Timestamp now() const override;
  env::MonotonicTime monotonic() const override;
  std::unique_ptr<env::Timer> start_timer(env::milliseconds delay, std::function<void()> on_time) override;

 private:
  env::Executor loop_;
};

}  // namespace tamizdat::os
