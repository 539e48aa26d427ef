// What the relay tells the service manager that started it, such as systemd: the datagrams of sd_notify(3), written by
// hand, since libsystemd would bring liblzma, libgcrypt and others into the process for one sendto(). Where nobody
// listens, nothing is said. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/env/clock.h"

namespace tamizdat::os {

class ServiceManager {
 public:
  // `socket`: the path of a Unix socket, or '@' and a name in the abstract namespace; empty: there is no manager.
  // `watchdog`: how long the manager waits for alive() before it takes the relay for hung.
  explicit ServiceManager(std::string socket, std::optional<env::milliseconds> watchdog = {});
  // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  static ServiceManager from_environment();

  // `status` is one line for the operator, as `systemctl status` shows it.
  void ready(std::string_view status) const;
  void reloading(std::string_view status) const;  // until the next ready()
  void stopping(std::string_view status) const;
  void alive() const;

  std::optional<env::milliseconds> watchdog() const { return watchdog_; }

 private:
  void tell(const std::string& state) const;

  std::string socket_;
  std::optional<env::milliseconds> watchdog_;
};

// Says alive() twice in each watchdog interval, from the loop: it falls silent when the loop does not turn. Returns at a
// stop, and at once where there is no watchdog.
env::awaitable<void> keep_saying_alive(const ServiceManager& manager, env::Clock& clock, std::stop_token stop);

}  // namespace tamizdat::os
