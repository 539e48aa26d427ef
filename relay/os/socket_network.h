// The real network: TCP sockets and OpenSSL, TLS 1.3 only, as relay/env/network.h promises. One thread.
#pragma once

#include <memory>

#include "relay/env/clock.h"
#include "relay/env/log.h"
#include "relay/env/metrics.h"
#include "relay/env/network.h"
#include "relay/os/tls_identity.h"

namespace tamizdat::os {

inline constexpr env::MetricName kConnectionsAccepted{"tamizdat_connections_accepted_total",
                                                      "TCP connections taken from the listeners."};
inline constexpr env::MetricName kHandshakesFailed{"tamizdat_tls_handshakes_failed_total",
                                                   "TLS handshakes of clients that failed or took too long."};

struct NetworkLimits {
  std::size_t connections_max = 4096;  // a listener; each costs one file and, when idle, about 18 KiB
  std::size_t handshakes_max = 256;    // at once and a listener; each may hold the loop for 0.2 ms of signing. The
                                       // oldest gives way to a newcomer, also where connections_max is reached
  env::milliseconds handshake_time_max{10'000};
  env::milliseconds connect_time_max{15'000};  // name, TCP and TLS together
};

class SocketNetwork final : public env::Network {
 public:
  // Everything outlives the network and its streams, except `loop`, which is copied.
  SocketNetwork(env::Executor loop, env::Clock& clock, env::Log& log, env::Metrics& metrics,
                NetworkLimits limits = {});
  ~SocketNetwork() override;

  // The key and certificate that listeners show from now on, also those that listen already; needed before the first
  // TLS connection is accepted. Errors: those of check_identity(), and nothing changes.
  Result<void> use_identity(const TlsIdentity& identity);
  // Replaces NetworkLimits::connections_max. Nobody is cut off by a lower one; who waits for room takes a higher one
  // within a second.
  void use_connections_max(std::size_t connections_max);

  env::awaitable<Result<std::unique_ptr<env::Stream>>> connect(env::Address address, Hash32 key_pin,
                                                               std::stop_token stop = {}) override;
  Result<std::unique_ptr<env::Listener>> listen(const env::Address& address, env::Transport transport) override;

 private:
  struct State;
  std::shared_ptr<State> state_;  // with the listeners' accept loops
};

}  // namespace tamizdat::os
