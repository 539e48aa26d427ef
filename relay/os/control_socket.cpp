#include "relay/os/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "relay/env/deadline.h"

namespace tamizdat::os {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

constexpr std::string_view kName = "control";
constexpr std::string_view kDone = "done\n";
constexpr std::string_view kRefused = "refused\n";
constexpr std::size_t kLineBytesMax = 4096;
constexpr std::size_t kAnswerBytesMax = 1 << 20;
// For the line, and for taking the answer: whoever may connect is on this machine.
constexpr env::milliseconds kClientMax{5'000};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int number() const { return fd_; }

 private:
  int fd_;
};

int open_folder(const std::filesystem::path& folder) {
  return ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// The address of a Unix socket has room for 107 octets, a path has not: hence through the open folder.
std::string path_through(const Descriptor& folder) {
  return "/proc/self/fd/" + std::to_string(folder.number()) + "/" + std::string(kName);
}

tl::unexpected<Error> failed(ErrorCode code, std::string_view what, const std::filesystem::path& folder) {
  const std::string reason = std::strerror(errno);
  return fail(code, "cannot " + std::string(what) + " " + (folder / kName).string() + ": " + reason);
}

bool connect_to(int fd, const Descriptor& folder, env::milliseconds limit) {
  const timeval time{limit.count() / 1000, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = path_through(folder);
  std::memcpy(address.sun_path, path.data(), path.size());
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Empty if none came.
std::string converse(int fd, std::string_view command) {
  const std::string line = std::string(command) + "\n";
  if (::send(fd, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) return {};
  std::string answer;
  char buffer[4096];
  while (answer.size() < kAnswerBytesMax) {
    const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {};
    if (count == 0) break;
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  return answer;
}

}  // namespace

struct ControlSocket::State {
  State(env::Executor loop, std::filesystem::path file_) : acceptor(loop), file(std::move(file_)) {}
  ~State() { ::unlink(file.c_str()); }

  stream_protocol::acceptor acceptor;
  std::filesystem::path file;
};

ControlSocket::ControlSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
ControlSocket::ControlSocket(ControlSocket&& other) noexcept = default;
ControlSocket::~ControlSocket() = default;

Result<ControlSocket> ControlSocket::open(env::Executor loop, const std::filesystem::path& folder) {
  const Descriptor opened(open_folder(folder));
  if (opened.number() < 0) return failed(kControlFailed, "make", folder);
  const std::string path = path_through(opened);
  ::unlink(path.c_str());
  auto state = std::make_unique<State>(std::move(loop), folder / kName);
  boost::system::error_code error;
  state->acceptor.open(stream_protocol(), error);
  if (!error) state->acceptor.bind(stream_protocol::endpoint(path), error);
  // Before listen(), so that nobody slips in.
  if (!error && ::chmod(path.c_str(), 0600) != 0) error.assign(errno, boost::system::system_category());
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(kControlFailed, "cannot make " + (folder / kName).string() + ": " + error.message());
  return ControlSocket(std::move(state));
}

namespace {

env::awaitable<void> answer_one(stream_protocol::socket socket, env::Clock& clock, Command& command,
                                std::stop_token stop) {
  boost::system::error_code error;
  std::string line;
  std::function<void()> close = [&socket] { socket.close(); };
  const std::stop_callback<std::function<void()>> stopper(stop, close);
  {
    const env::Deadline limit(clock, kClientMax, close);
    auto buffer = asio::dynamic_buffer(line, kLineBytesMax);
    co_await asio::async_read_until(socket, buffer, '\n', asio::redirect_error(asio::use_awaitable, error));
  }
  if (error) co_return;
  line.resize(line.find('\n'));
  const auto done = co_await command(line);
  std::string answer(done ? kDone : kRefused);
  answer.append(done ? *done : done.error().text).append("\n");
  const env::Deadline limit(clock, kClientMax, close);
  co_await asio::async_write(socket, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace

env::awaitable<void> ControlSocket::run(env::Clock& clock, Command command, std::stop_token stop) {
  auto& acceptor = state_->acceptor;
  std::function<void()> close = [&acceptor] { acceptor.close(); };
  const std::stop_callback<std::function<void()>> stopper(stop, close);
  while (!stop.stop_requested()) {
    boost::system::error_code error;
    stream_protocol::socket socket(acceptor.get_executor());
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_await answer_one(std::move(socket), clock, command, stop);
    if (error) co_await clock.sleep_for(env::milliseconds(200), stop);  // no file descriptor is free: not at once again
  }
}

Result<std::string> ask_running_relay(const std::filesystem::path& folder, std::string_view command,
                                      env::milliseconds limit) {
  const Descriptor opened(open_folder(folder));
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (opened.number() < 0 || !connect_to(socket.number(), opened, limit)) {
    if (errno == ENOENT || errno == ECONNREFUSED)
      return fail(kNoRelayRuns, "no relay runs with its data in " + folder.string() + ": start it first");
    return failed(kControlFailed, "open", folder);
  }
  const std::string answer = converse(socket.number(), command);
  const auto after = [&](std::string_view first) { return answer.substr(first.size(), answer.size() - first.size() - 1); };
  if (answer.starts_with(kDone) && answer.ends_with('\n')) return after(kDone);
  if (answer.starts_with(kRefused) && answer.ends_with('\n')) return fail(kCommandRefused, after(kRefused));
  return fail(kControlFailed, "the relay gives no answer at " + (folder / kName).string() + ": look into its log");
}

}  // namespace tamizdat::os
