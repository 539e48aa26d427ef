// Time for benchmarks: of the wall, and of this thread's work.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>

namespace tamizdat::bench {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point started_ = Clock::now();
};

// Seconds that the calling thread has computed: what others do on the machine hardly changes it.
inline double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// How often `work` can be done in a second of computing: the best of five rounds.
template <typename Work>
double best_rate(double seconds_per_round, const Work& work) {
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const double started = cpu_seconds();
    std::uint64_t times = 0;
    double seconds = 0;
    do {
      work();
      ++times;
      seconds = cpu_seconds() - started;
    } while (seconds < seconds_per_round);
    best = std::max(best, static_cast<double>(times) / seconds);
  }
  return best;
}

}  // namespace tamizdat::bench
