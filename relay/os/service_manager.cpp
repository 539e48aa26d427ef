#include "relay/os/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace tamizdat::os {
namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// sd_watchdog_enabled(3): meant for this process, if WATCHDOG_PID does not say otherwise.
std::optional<env::milliseconds> watchdog_of_environment() {
  const auto microseconds = number_in(variable("WATCHDOG_USEC"));
  if (!microseconds || *microseconds < 2000) return std::nullopt;
  const std::string_view pid = variable("WATCHDOG_PID");
  if (!pid.empty() && pid != std::to_string(::getpid())) return std::nullopt;
  return env::milliseconds(*microseconds / 1000);
}

// The clock that systemd compares with: CLOCK_MONOTONIC, in microseconds.
std::string monotonic_usec() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

std::string status_line(std::string_view status) {
  std::string line("STATUS=");
  line.append(status.substr(0, status.find('\n')));
  return line;
}

}  // namespace

ServiceManager::ServiceManager(std::string socket, std::optional<env::milliseconds> watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog) {}

ServiceManager ServiceManager::from_environment() {
  return ServiceManager(std::string(variable("NOTIFY_SOCKET")), watchdog_of_environment());
}

void ServiceManager::ready(std::string_view status) const { tell("READY=1\n" + status_line(status)); }
void ServiceManager::reloading(std::string_view status) const {
  tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec() + "\n" + status_line(status));
}
void ServiceManager::stopping(std::string_view status) const { tell("STOPPING=1\n" + status_line(status)); }
void ServiceManager::alive() const { tell("WATCHDOG=1"); }

// A manager that does not take it is no reason to stop serving.
void ServiceManager::tell(const std::string& state) const {
  sockaddr_un address{};
  if (socket_.size() < 2 || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::copy(socket_.begin(), socket_.end(), address.sun_path);
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  [[maybe_unused]] const auto sent =
      ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  ::close(fd);
}

env::awaitable<void> keep_saying_alive(const ServiceManager& manager, env::Clock& clock, std::stop_token stop) {
  if (!manager.watchdog()) co_return;
  for (;;) {
    manager.alive();
    const env::Wake wake = co_await clock.sleep_for(*manager.watchdog() / 2, stop);
    if (wake == env::Wake::kStopped) co_return;
  }
}

}  // namespace tamizdat::os
