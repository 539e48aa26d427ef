#include "client-lib/image/confine.h"

#include <malloc.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>

#include "client-lib/pictures/errors.h"
#include "client-lib/pictures/limits.h"

namespace tamizdat::image {
namespace {

// Libraries take 0.2 GiB of addresses, an interlaced PNG of kPixelsMax 0.8 GiB, the full picture and its renditions 0.2 GiB.
constexpr rlim_t kAddressBytesMax = rlim_t{1536} << 20;
// The client waits 90 seconds by the clock; this one holds where somebody else runs the program.
constexpr rlim_t kCpuSecondsMax = 60;
constexpr unsigned kWallSecondsMax = 120;

// A sanitizer needs terabytes of addresses, and calls of its own; such a build is for tests and is never installed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

tl::unexpected<Error> cannot(const std::string& what, int reason) {
  return fail(pictures::kImageToolFailed, "tamizdat-image cannot " + what + " (" + std::strerror(reason) +
                                              "), and does not touch a picture without that; run it on Linux 5.10 or later");
}

// Never above what this process has been given.
Result<void> limit(int resource, rlim_t soft, rlim_t hard, const char* what) {
  const auto which = static_cast<__rlimit_resource_t>(resource);
  rlimit limits{};
  if (::getrlimit(which, &limits) != 0) return cannot(what, errno);
  limits.rlim_max = std::min(limits.rlim_max, hard);
  limits.rlim_cur = std::min({limits.rlim_cur, limits.rlim_max, soft});
  if (::setrlimit(which, &limits) != 0) return cannot(what, errno);
  return {};
}

struct Filter {
  struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
  };
  std::unique_ptr<void, Release> context;
  int fault = 0;

  explicit Filter(std::uint32_t otherwise) : context(seccomp_init(otherwise)), fault(context ? 0 : ENOMEM) {}
  void rule(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions = {}) {
    if (fault != 0) return;
    const int result = seccomp_rule_add_array(context.get(), action, call, static_cast<unsigned>(conditions.size()), conditions.begin());
    if (result != 0) fault = -result;
  }
};

scmp_arg_cmp argument(unsigned index, scmp_compare compare, scmp_datum_t a, scmp_datum_t b = 0) { return {index, compare, a, b}; }

void allow_memory(Filter& filter) {
  for (const int call : {SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise)}) filter.rule(SCMP_ACT_ALLOW, call);
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
    filter.rule(SCMP_ACT_ALLOW, call, {argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)});
}

void allow_threads(Filter& filter) {
  constexpr scmp_datum_t kThread = 0x00010000;  // CLONE_THREAD
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(clone), {argument(0, SCMP_CMP_MASKED_EQ, kThread, kThread)});
  // Its flags lie in memory, where a filter cannot see them; glibc then takes clone.
  filter.rule(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  for (const int call : {SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit), SCMP_SYS(exit_group),
                         SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
                         SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn)})
    filter.rule(SCMP_ACT_ALLOW, call);
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(prctl), {argument(0, SCMP_CMP_EQ, PR_SET_NAME)});
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), {argument(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()))});  // abort()
}

void allow_octets_and_time(Filter& filter) {
  for (const int call : {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat),
                         SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep), SCMP_SYS(getrandom),
                         SCMP_SYS(sysinfo)})
    filter.rule(SCMP_ACT_ALLOW, call);
  // Libraries ask for files that they can do without, such as the number of processors.
  for (const int call : {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(newfstatat), SCMP_SYS(access), SCMP_SYS(readlink)})
    filter.rule(SCMP_ACT_ERRNO(EACCES), call);
}

}  // namespace

Result<void> take_clean_environment(char** words) {
  // One thread for libgomp; no code made at run time and no temporary file for libvips.
  static char settings[][32]{"OMP_NUM_THREADS=1", "VIPS_NOVECTOR=1", "VIPS_DISC_THRESHOLD=64g"};
  static char* clean[]{settings[0], settings[1], settings[2], nullptr};
  std::size_t same = 0;
  while (clean[same] != nullptr && environ[same] != nullptr && std::strcmp(clean[same], environ[same]) == 0) ++same;
  if (clean[same] == nullptr && environ[same] == nullptr) return {};
  ::execve("/proc/self/exe", words, clean);
  return cannot("start itself from /proc", errno);
}

Result<void> limit_resources() {
  if (::close_range(3, UINT_MAX, 0) != 0) return cannot("close inherited files", errno);
  ::mallopt(M_ARENA_MAX, 1);  // each more reserves 64 MiB of addresses
  ::alarm(kWallSecondsMax);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return cannot("give up new privileges", errno);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return cannot("forbid being traced", errno);
  if (auto done = limit(RLIMIT_CORE, 0, 0, "forbid core dumps"); !done) return done;
  const rlim_t addresses = kSanitized ? RLIM_INFINITY : kAddressBytesMax;
  if (auto done = limit(RLIMIT_AS, addresses, addresses, "limit its memory"); !done) return done;
  if (auto done = limit(RLIMIT_CPU, kCpuSecondsMax, kCpuSecondsMax + 5, "limit its time"); !done) return done;
  return limit(RLIMIT_FSIZE, pictures::kOutputBytesMax * 2, pictures::kOutputBytesMax * 2, "limit what it writes");
}

Result<void> enter_sandbox() {
  if (kSanitized) return {};
  // RLIMIT_NPROC counts all processes of the user, so it cannot tell a thread of ours from a new process; the filter can.
  if (auto done = limit(RLIMIT_NOFILE, 0, 0, "give up opening files"); !done) return done;
  Filter filter(SCMP_ACT_KILL_PROCESS);
  allow_memory(filter);
  allow_threads(filter);
  allow_octets_and_time(filter);
  if (filter.fault == 0) filter.fault = -seccomp_attr_set(filter.context.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (filter.fault == 0) filter.fault = -seccomp_load(filter.context.get());
  if (filter.fault != 0) return cannot("enter its sandbox", filter.fault);
  return {};
}

}  // namespace tamizdat::image
