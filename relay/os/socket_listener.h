// The accepting side: one loop a listener takes connections, makes their handshakes side by side and queues those that
// are ready. Internal to relay/os.
#pragma once

#include <memory>

#include "relay/env/network.h"
#include "relay/os/openssl.h"
#include "relay/os/socket_network.h"

namespace tamizdat::os {

// What all listeners of a network have in common.
struct ListenerShared {
  env::Executor loop;
  env::Clock& clock;
  env::Log& log;
  env::Counter& accepted;
  env::Counter& handshakes_failed;
  NetworkLimits limits;
  std::shared_ptr<SSL_CTX> server_context;  // null until there is an identity
};

// Errors: kAddressInvalid, kListenFailed.
Result<std::unique_ptr<env::Listener>> make_listener(std::shared_ptr<ListenerShared> shared,
                                                     const env::Address& address, env::Transport transport);

}  // namespace tamizdat::os
