#include "relay/os/socket_listener.h"

#include <deque>
#include <exception>
#include <map>
#include <stop_token>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "relay/env/deadline.h"
#include "relay/env/event.h"
#include "relay/os/socket_stream.h"

namespace tamizdat::os {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// After an error of accept() that does not belong to one connection, mostly a full file table: long enough not to spin,
// short enough that nobody waiting in the backlog gives up.
constexpr env::milliseconds kAcceptPause{200};
// How soon a full listener notices that it may have more connections than before.
constexpr env::milliseconds kFullPause{1'000};

// Of one listener; shared with its loop, its handshakes, and the permits of its connections.
struct Listening {
  Listening(std::shared_ptr<ListenerShared> shared_, env::Transport transport_)
      : shared(std::move(shared_)), transport(transport_), acceptor(shared->loop) {}

  // Only those behind a handshake keep their place against newcomers: see make_room().
  bool is_full() const { return connections >= shared->limits.connections_max && handshakes.empty(); }
  // For one more. The oldest handshake gives way: silent connections are cheap to open, and must not keep out everybody
  // for as long as a handshake may take.
  void make_room() {
    if (handshakes.empty()) return;
    if (connections < shared->limits.connections_max && handshakes.size() < shared->limits.handshakes_max) return;
    handshakes.begin()->second->close();
    handshakes.erase(handshakes.begin());
  }
  void close() {
    if (closed) return;
    closed = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    stop_handshakes.request_stop();
    ready.clear();
    changed.notify_all();
  }

  std::shared_ptr<ListenerShared> shared;
  env::Transport transport;
  tcp::acceptor acceptor;
  std::size_t connections = 0;  // accepted and not yet destroyed
  std::map<std::uint64_t, SharedConnection> handshakes;  // of them, still in the handshake; the oldest first
  std::uint64_t next_handshake = 0;
  std::deque<std::unique_ptr<env::Stream>> ready;
  bool closed = false;
  std::stop_source stop_handshakes;
  env::Event changed;
};
using SharedListening = std::shared_ptr<Listening>;

// One connection's share of the limit.
class Permit {
 public:
  explicit Permit(SharedListening listening) : listening_(std::move(listening)) { ++listening_->connections; }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit() {
    --listening_->connections;
    listening_->changed.notify_all();
  }

 private:
  SharedListening listening_;
};

env::awaitable<Result<void>> secure(SharedListening listening, SharedConnection connection) {
  if (listening->transport == env::Transport::kPlain) co_return Result<void>{};
  const auto context = listening->shared->server_context;
  if (!context) co_return fail(env::kTlsFailed, "the relay has no certificate yet");
  if (connection->closed) co_return fail(env::kStreamClosed, "given up for a newer connection");
  std::function<void()> close = [connection] { connection->close(); };
  env::Deadline deadline(listening->shared->clock, listening->shared->limits.handshake_time_max, close);
  std::stop_callback<std::function<void()>> stopper(listening->stop_handshakes.get_token(), close);
  co_return co_await make_handshake(connection, context.get(), Side::kServer, std::string());
}

env::awaitable<void> welcome(SharedListening listening, SharedConnection connection, std::uint64_t number) {
  const auto secured = co_await secure(listening, connection);
  listening->handshakes.erase(number);
  if (!secured) {
    listening->shared->handshakes_failed.add();
    listening->shared->log.debug("TLS handshake failed", {{"reason", secured.error()}});
  } else if (!listening->closed) {
    listening->ready.push_back(make_stream(connection));
  }
  listening->changed.notify_all();
}

void rethrow(std::exception_ptr thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

env::awaitable<void> take_connections(SharedListening listening) {
  const auto& shared = listening->shared;
  while (!listening->closed) {
    Socket socket(shared->loop);
    boost::system::error_code error;
    co_await listening->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (listening->closed) break;
    if (error == asio::error::connection_aborted) continue;
    if (error) {
      shared->log.warning("cannot accept connections now", {{"reason", error.message()}});
      co_await shared->clock.sleep_for(kAcceptPause, listening->stop_handshakes.get_token());
      continue;
    }
    shared->accepted.add();
    while (listening->is_full() && !listening->closed)
      co_await listening->changed.wait_for(shared->clock, kFullPause);
    if (listening->closed) break;
    listening->make_room();
    auto connection = std::make_shared<Connection>(std::move(socket));
    connection->permit = std::make_shared<Permit>(listening);
    const std::uint64_t number = listening->next_handshake++;
    listening->handshakes.emplace(number, connection);
    asio::co_spawn(shared->loop, welcome(listening, std::move(connection), number), rethrow);
  }
}

class SocketListener final : public env::Listener {
 public:
  SocketListener(SharedListening listening, env::Address address)
      : listening_(std::move(listening)), address_(std::move(address)) {}
  ~SocketListener() override { listening_->close(); }

  env::awaitable<Result<std::unique_ptr<env::Stream>>> accept() override {
    const auto listening = listening_;
    while (listening->ready.empty() && !listening->closed) co_await listening->changed.wait();
    if (listening->closed) co_return fail(env::kStreamClosed, "the listener is closed");
    auto stream = std::move(listening->ready.front());
    listening->ready.pop_front();
    co_return stream;
  }
  void close() override { listening_->close(); }
  env::Address address() const override { return address_; }

 private:
  SharedListening listening_;
  env::Address address_;
};

}  // namespace

Result<std::unique_ptr<env::Listener>> make_listener(std::shared_ptr<ListenerShared> shared,
                                                     const env::Address& address, env::Transport transport) {
  boost::system::error_code error;
  const auto host = asio::ip::make_address(address.host, error);
  if (error) return fail(env::kAddressInvalid, "listen on an IP address, not on '" + address.host + "'");
  const tcp::endpoint endpoint(host, address.port);
  auto listening = std::make_shared<Listening>(std::move(shared), transport);
  auto& acceptor = listening->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);  // a restart must not wait a minute
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return fail(env::kListenFailed, "cannot listen on " + address.text() + ": " + error.message());
  const auto port = acceptor.local_endpoint(error).port();
  asio::co_spawn(listening->shared->loop, take_connections(listening), rethrow);
  return std::unique_ptr<env::Listener>(
      std::make_unique<SocketListener>(std::move(listening), env::Address(address.host, port)));
}

}  // namespace tamizdat::os
