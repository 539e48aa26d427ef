#include "client-lib/cli/stop_signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "proto/base/check.h"

namespace tamizdat::cli {
namespace {

sigset_t stop_signals() {
  sigset_t out;
  sigemptyset(&out);
  sigaddset(&out, SIGINT);
  sigaddset(&out, SIGTERM);
  return out;
}

bool is_readable(int descriptor, std::chrono::milliseconds wait) {
  pollfd asked{descriptor, POLLIN, 0};
  return ::poll(&asked, 1, static_cast<int>(wait.count())) > 0;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t stop = stop_signals();
  TMZ_CHECK(::pthread_sigmask(SIG_BLOCK, &stop, &before_) == 0);
  signals_ = ::signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
  TMZ_CHECK(signals_ >= 0);
}

StopSignals::~StopSignals() {
  signalfd_siginfo taken;  // or it would end the process now
  while (::read(signals_, &taken, sizeof taken) > 0) continue;
  ::close(signals_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::until(client::sys_seconds time) {
  // The wall clock is asked again each minute: a laptop sleeps, and clocks are set.
  constexpr std::chrono::milliseconds kStepMax = std::chrono::minutes(1);
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - std::chrono::system_clock::now());
    if (left.count() <= 0 || is_readable(signals_, std::min(left, kStepMax))) return;
  }
}

bool StopSignals::is_over() { return is_readable(signals_, std::chrono::milliseconds(0)); }

}  // namespace tamizdat::cli
