#include "relay/os/system_clock.h"

#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace tamizdat::os {

namespace {

// Shared with the timer's handler, which may already be queued when the timer is cancelled: `on_time` is empty then.
struct Alarm {
  explicit Alarm(const env::Executor& loop) : timer(loop) {}
  boost::asio::steady_timer timer;
  std::function<void()> on_time;
};

class AlarmTimer final : public env::Timer {
 public:
  explicit AlarmTimer(std::shared_ptr<Alarm> alarm) : alarm_(std::move(alarm)) {}
  ~AlarmTimer() override {
    alarm_->on_time = nullptr;
    alarm_->timer.cancel();
  }

 private:
  std::shared_ptr<Alarm> alarm_;
};

}  // namespace

Timestamp SystemClock::now() const {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

env::MonotonicTime SystemClock::monotonic() const {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return env::MonotonicTime(std::chrono::duration_cast<env::milliseconds>(since_start));
}

std::unique_ptr<env::Timer> SystemClock::start_timer(env::milliseconds delay, std::function<void()> on_time) {
  auto alarm = std::make_shared<Alarm>(loop_);
  alarm->on_time = std::move(on_time);
  alarm->timer.expires_after(delay);
  alarm->timer.async_wait([alarm](const boost::system::error_code&) {
    // Moved out first: the call may destroy the timer.
    if (const auto call = std::exchange(alarm->on_time, nullptr)) call();
  });
  return std::make_unique<AlarmTimer>(std::move(alarm));
}

}  // namespace tamizdat::os
