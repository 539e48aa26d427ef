// A real loop with clock, workers and network on loopback, and raw OpenSSL clients to knock at it.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "relay/env/event.h"
#include "relay/env/task_group.h"
#include "relay/os/event_loop.h"
#include "relay/os/openssl.h"
#include "relay/os/socket_network.h"
#include "relay/os/system_clock.h"
#include "relay/os/tls_identity.h"
#include "relay/os/worker_threads.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"

namespace tamizdat::os {

struct RelayHost {
  explicit RelayHost(NetworkLimits limits = {})
      : network(loop.executor(), clock, log, metrics, limits),
        identity(*generate_certificate("127.0.0.1", clock.now())),
        pin(*key_pin(identity.certificate_pem)) {
    EXPECT_TRUE(network.use_identity(identity));
  }

  std::unique_ptr<env::Listener> listen(env::Transport transport = env::Transport::kTls) {
    auto listener = network.listen(env::Address("127.0.0.1", 0), transport);
    EXPECT_TRUE(listener);
    return std::move(*listener);
  }
  // Runs a test's coroutine, which reports through gtest.
  void run(env::awaitable<Result<void>> test) {
    const auto result = loop.run(std::move(test));
    EXPECT_TRUE(result) << result.error().text;
  }

  EventLoop loop;
  SystemClock clock{loop.executor()};
  WorkerThreads workers{2};
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  SocketNetwork network;
  TlsIdentity identity;
  Hash32 pin;
};

// A blocking TCP connection to loopback.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(fd_); }

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  // True when the other side has ended the connection, whatever it said before.
  bool wait_for_end() {
    char buffer[4096];
    for (;;) {
      const auto count = ::read(fd_, buffer, sizeof buffer);
      if (count <= 0) return true;
    }
  }

 private:
  int fd_;
  bool connected_ = false;
};

// A stream and the stream at its other end.
struct Joined {
  std::unique_ptr<env::Stream> client;
  std::unique_ptr<env::Stream> server;
};

inline env::awaitable<void> accept_one(env::Listener& listener, std::unique_ptr<env::Stream>& out) {
  auto accepted = co_await listener.accept();
  if (accepted) out = std::move(*accepted);
}

inline env::awaitable<Result<Joined>> join(RelayHost& host, env::Listener& listener) {
  Joined joined;
  env::TaskGroup group(host.loop.executor());
  group.spawn(accept_one(listener, joined.server));
  auto client = co_await host.network.connect(listener.address(), host.pin);
  if (!client) listener.close();
  co_await group.join();
  if (!client) co_return pass(client);
  joined.client = std::move(*client);
  co_return std::move(joined);
}

}  // namespace tamizdat::os
