// Streams over TCP sockets, with TLS and without. Internal to relay/os.
//
// OpenSSL works directly on the non-blocking socket: where it wants to read or write, the coroutine waits for the
// socket to be ready and calls again. All calls happen on the loop thread, one after the other, so one reader and one
// writer can share a connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "relay/env/clock.h"
#include "relay/env/network.h"
#include "relay/os/openssl.h"

namespace tamizdat::os {

using Socket = boost::asio::ip::tcp::socket;

// A connection as its coroutines share it; lives until the last of them has left.
struct Connection {
  explicit Connection(Socket socket_) : socket(std::move(socket_)) {}
  ~Connection() { close(); }
  void close();

  Socket socket;
  SslPtr ssl;  // null on a plain connection
  bool closed = false;
  std::shared_ptr<void> permit;  // what it holds of its listener's limit
};
using SharedConnection = std::shared_ptr<Connection>;

enum class Side { kClient, kServer };

// Sets up TLS on a connected socket and makes the handshake. `host` is sent as server name if it is a name; empty on a
// server. It has no limit of its own: close() the connection to end it. Errors: kTlsFailed, kStreamCut, kStreamClosed.
env::awaitable<Result<void>> make_handshake(SharedConnection connection, SSL_CTX* context, Side side,
                                            std::string host);

// Of the peer's certificate; nothing if it showed none.
std::optional<Hash32> peer_pin(const Connection& connection);

// The stream over a connection that is ready for data; closes it when destroyed.
std::unique_ptr<env::Stream> make_stream(SharedConnection connection);

}  // namespace tamizdat::os
