// Connections, as the relay's code sees them: byte streams over TLS 1.3 between hosts. relay/os implements them with
// sockets and OpenSSL, tests with memory, the simulator with delays, losses of connection and partitions. One thread.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "proto/base/bytes.h"
#include "proto/base/hash32.h"
#include "proto/base/result.h"
#include "relay/env/coroutine.h"

namespace tamizdat::env {

inline constexpr ErrorCode kAddressInvalid{"address-invalid"};
inline constexpr ErrorCode kNameNotFound{"name-not-found"};
inline constexpr ErrorCode kConnectFailed{"connect-failed"};
inline constexpr ErrorCode kListenFailed{"listen-failed"};
inline constexpr ErrorCode kTlsFailed{"tls-failed"};
inline constexpr ErrorCode kKeyPinMismatch{"key-pin-mismatch"};
inline constexpr ErrorCode kStreamClosed{"stream-closed"};  // by this side: close(), or a deadline
inline constexpr ErrorCode kStreamCut{"stream-cut"};        // by the other side or the network, without an orderly end
inline constexpr ErrorCode kTimeLimit{"time-limit"};
inline constexpr ErrorCode kStopRequested{"stop-requested"};
inline constexpr ErrorCode kNoTls{"no-tls"};

// A host (name or IP address, without brackets) and a port. A class with a constructor and not an aggregate, so that
// it may be a temporary beside co_await (g++ 12 destroys aggregates there twice).
class Address {
 public:
  Address() = default;
  Address(std::string host_, std::uint16_t port_) : host(std::move(host_)), port(port_) {}

  // "relay.example:443", "192.0.2.1:443" or "[2001:db8::1]:443"; the port is required. Errors: kAddressInvalid.
  static Result<Address> parse(std::string_view text);
  std::string text() const;
  friend auto operator<=>(const Address&, const Address&) = default;

  std::string host;
  std::uint16_t port = 0;
};

// One connection. At most one coroutine reads and one writes at the same time; they may be two different ones.
// After an error every further call fails. The stream outlives the calls on it: close() it, join the coroutines, destroy.
class Stream {
 public:
  virtual ~Stream() = default;

  // 1 to out.size() octets as they come; 0 when the other side ended in order. `out` is not empty.
  // Errors: kStreamCut, kStreamClosed, kTlsFailed.
  virtual awaitable<Result<std::size_t>> read_some(std::span<char> out) = 0;
  // Returns when there is, or may be, something for read_some(), an error included: a reader who waits here first needs
  // no buffer for as long as the other side is silent.
  virtual awaitable<void> wait_for_input() = 0;
  // Returns when all of `bytes` is with the operating system. Errors as read_some().
  virtual awaitable<Result<void>> write(BytesView bytes) = 0;
  // Tells the other side that nothing more will be written. Reading goes on.
  virtual awaitable<Result<void>> shutdown() = 0;
  // Ends the connection at once: pending reads and writes wake with kStreamClosed. May be called any time and again.
  virtual void close() = 0;

  // 32 octets that only the two ends of this TLS connection know (RFC 9266: label EXPORTER-Channel-Binding, no
  // context). Errors: kNoTls on a plain stream.
  virtual Result<Hash32> exporter() const = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;

  // The next connection, its handshake done. One coroutine accepts. Errors: kStreamClosed after close(), nothing else:
  // failed handshakes and a full file table are the listener's own business.
  virtual awaitable<Result<std::unique_ptr<Stream>>> accept() = 0;
  // Takes no more connections and wakes accept(). Accepted streams live on.
  virtual void close() = 0;
  // Where it listens, with the real port if port 0 was asked for.
  virtual Address address() const = 0;
};

enum class Transport {
  kTls,    // TLS 1.3 with the relay's own certificate
  kPlain,  // no TLS: metrics on a private address, or behind a front that terminates TLS
};

class Network {
 public:
  virtual ~Network() = default;

  // A TLS 1.3 connection to the holder of the key whose DER SubjectPublicKeyInfo hashes to `key_pin`; no CA is asked.
  // It has a time limit of its own. Errors: kNameNotFound, kConnectFailed, kTlsFailed, kKeyPinMismatch, kTimeLimit,
  // kStopRequested.
  virtual awaitable<Result<std::unique_ptr<Stream>>> connect(Address address, Hash32 key_pin,
                                                             std::stop_token stop = {}) = 0;
  // Port 0 takes a free one. Errors: kAddressInvalid (the host is not an IP address), kListenFailed.
  virtual Result<std::unique_ptr<Listener>> listen(const Address& address, Transport transport) = 0;
};

}  // namespace tamizdat::env
