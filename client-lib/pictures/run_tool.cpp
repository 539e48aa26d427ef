#include "client-lib/pictures/run_tool.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <utility>

#include "client-lib/files/descriptor.h"
#include "client-lib/pictures/errors.h"

namespace tamizdat::pictures {
namespace {

using files::Descriptor;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kComplaintBytesMax = 400;

tl::unexpected<Error> no_room(int reason) {
  return fail(kImageToolFailed, std::string("cannot run tamizdat-image (") + std::strerror(reason) +
                                    "): free some memory or close some programs, and run it again");
}

// The input lies in a sealed file in memory, which the program reads as it likes: there is nothing to feed, and no broken
// pipe if it ends early.
Result<Descriptor> sealed_copy(BytesView input) {
  Descriptor file(::memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return no_room(errno);
  while (!input.empty()) {
    const ssize_t written = ::write(file.number(), input.data(), input.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return no_room(errno);
    input.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fcntl(file.number(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0 ||
      ::lseek(file.number(), 0, SEEK_SET) != 0)
    return no_room(errno);
  return file;
}

struct Pipe {
  Descriptor read_end{-1};
  Descriptor write_end{-1};
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return no_room(errno);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// A process that is killed and waited for at the latest when this goes.
class Child {
 public:
  // The pidfd_open of glibc 2.36 cannot be linked from C++.
  explicit Child(pid_t id) : id_(id), descriptor_(static_cast<int>(::syscall(SYS_pidfd_open, id, 0))) {}
  Child(Child&& other) noexcept : id_(std::exchange(other.id_, -1)), descriptor_(std::move(other.descriptor_)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (id_ < 0) return;
    ::kill(id_, SIGKILL);
    reap();
  }
  int descriptor() const { return descriptor_.number(); }
  // Blocks until it ends. Its exit code; -1 if a signal ended it.
  int reap() {
    int status = 0;
    pid_t reaped = 0;
    do reaped = ::waitpid(id_, &status, 0);
    while (reaped < 0 && errno == EINTR);
    id_ = -1;
    return reaped > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t id_;
  Descriptor descriptor_;
};

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Signals as a new program expects them, whatever this process blocks or ignores.
struct Attributes {
  posix_spawnattr_t value;
  Attributes() {
    ::posix_spawnattr_init(&value);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&value, &none);
    ::posix_spawnattr_setsigdefault(&value, &all);
    ::posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&value); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
};

Result<Child> start(const std::filesystem::path& tool, const Descriptor& input, const Pipe& output, const Pipe& complaints) {
  // They were opened in this order, so none has the number of an earlier one's target, even where 0 to 2 were closed.
  FileActions actions;
  int target = 0;
  for (const int number : {input.number(), output.write_end.number(), complaints.write_end.number()})
    ::posix_spawn_file_actions_adddup2(actions.get(), number, target++);
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), 3);
  const Attributes attributes;
  std::string name = tool.string();
  std::array<char*, 2> words{name.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t id = -1;
  const int fault = ::posix_spawn(&id, tool.c_str(), actions.get(), &attributes.value, words.data(), environment.data());
  if (fault == ENOENT || fault == EACCES || fault == ENOEXEC)
    return fail(kImageToolMissing, "cannot run " + name + " (" + std::strerror(fault) + "): build or install tamizdat-image there");
  if (fault != 0) return no_room(fault);
  return Child(id);
}

// Reads what is there. False at its end.
bool take(const Descriptor& from, Bytes& into, std::size_t bytes_max) {
  std::array<char, 64 * 1024> chunk{};
  const ssize_t got = ::read(from.number(), chunk.data(), chunk.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  into.append(chunk.data(), std::min(static_cast<std::size_t>(got), bytes_max - std::min(into.size(), bytes_max)));
  return got > 0;
}

int milliseconds_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

// Printable ASCII of the first line: whoever takes over the program must not write to a terminal.
std::string cleaned(BytesView text) {
  std::string line(text.substr(0, text.find('\n')));
  std::erase_if(line, [](char c) { return c < ' ' || c > '~'; });
  return line;
}

}  // namespace

Result<ToolRun> run_tool(const std::filesystem::path& tool, BytesView input, std::uint64_t output_bytes_max,
                         std::chrono::milliseconds time_max) {
  const auto end = Clock::now() + time_max;
  const auto file = sealed_copy(input);
  if (!file) return tl::unexpected(file.error());
  auto output = make_pipe();
  if (!output) return pass(output);
  auto complaints = make_pipe();
  if (!complaints) return pass(complaints);
  auto child = start(tool, *file, *output, *complaints);
  if (!child) return pass(child);
  output->write_end = Descriptor(-1);
  complaints->write_end = Descriptor(-1);

  ToolRun run;
  // A negative number is one that poll no longer looks at.
  std::array<pollfd, 3> waits{pollfd{output->read_end.number(), POLLIN, 0}, pollfd{complaints->read_end.number(), POLLIN, 0},
                              pollfd{child->descriptor(), POLLIN, 0}};
  while (waits[0].fd >= 0 || waits[1].fd >= 0 || waits[2].fd >= 0) {
    const int left = milliseconds_until(end);
    if (left == 0) return fail(kImageTimeout, "the picture takes too long to decode: save it smaller, or as a plain JPEG");
    if (::poll(waits.data(), waits.size(), left) <= 0) continue;
    if (waits[0].revents != 0 && !take(output->read_end, run.output, output_bytes_max + 1)) waits[0].fd = -1;
    if (waits[1].revents != 0 && !take(complaints->read_end, run.complaint, kComplaintBytesMax)) waits[1].fd = -1;
    if (waits[2].revents != 0) waits[2].fd = -1;
    if (run.output.size() > output_bytes_max)
      return fail(kImageToolFailed, "tamizdat-image gives more than it may: check that it is the one of this version");
  }
  run.exit_code = child->reap();
  run.complaint = cleaned(run.complaint);
  return run;
}

}  // namespace tamizdat::pictures
