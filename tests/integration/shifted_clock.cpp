// The wall clock as a thief sets it: SHIFT_CLOCK_SECONDS away from the real one. For LD_PRELOAD.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

extern "C" int clock_gettime(clockid_t clock, timespec* out) noexcept {
  const long done = syscall(SYS_clock_gettime, clock, out);
  const char* const shift = std::getenv("SHIFT_CLOCK_SECONDS");
  if (done == 0 && clock == CLOCK_REALTIME && shift != nullptr) out->tv_sec += std::atol(shift);
  return static_cast<int>(done);
}
