#include "relay/os/socket_network.h"

#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "relay/env/deadline.h"
#include "relay/env/event.h"
#include "relay/os/socket_listener.h"
#include "relay/os/socket_stream.h"
#include "relay/os/tls_context.h"

namespace tamizdat::os {

namespace asio = boost::asio;
using asio::ip::tcp;

struct SocketNetwork::State {
  env::Executor loop;
  env::Clock& clock;
  NetworkLimits limits;
  SslContextPtr client_context = make_client_context();
  ListenerShared listeners;
};

namespace {

// A look-up runs in a thread of the system's resolver and cannot be called back; a coroutine that gives up leaves this.
struct LookUp {
  explicit LookUp(const env::Executor& loop) : resolver(loop) {}
  tcp::resolver resolver;
  bool done = false;
  boost::system::error_code error;
  std::vector<tcp::endpoint> endpoints;
  env::Event finished;
};

env::awaitable<Result<std::vector<tcp::endpoint>>> look_up(env::Executor loop, env::Clock& clock,
                                                           env::milliseconds limit, env::Address address,
                                                           std::stop_token stop) {
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(address.host, not_literal);
  if (!not_literal) co_return std::vector<tcp::endpoint>{tcp::endpoint(literal, address.port)};
  // RFC 6761 section 6.3: these names are this machine and are asked of nobody, also where no file says so.
  if (address.host == "localhost" || address.host.ends_with(".localhost"))
    co_return std::vector<tcp::endpoint>{tcp::endpoint(asio::ip::address_v4::loopback(), address.port),
                                         tcp::endpoint(asio::ip::address_v6::loopback(), address.port)};

  const auto look_up = std::make_shared<LookUp>(loop);
  look_up->resolver.async_resolve(address.host, std::to_string(address.port), tcp::resolver::numeric_service,
                                  [look_up](const boost::system::error_code& error, const auto& found) {
                                    look_up->done = true;
                                    look_up->error = error;
                                    for (const auto& entry : found) look_up->endpoints.push_back(entry.endpoint());
                                    look_up->finished.notify_all();
                                  });
  env::Wake wake = env::Wake::kNotified;
  if (!look_up->done) wake = co_await look_up->finished.wait_for(clock, limit, std::move(stop));
  if (wake == env::Wake::kStopped) co_return fail(env::kStopRequested, "stopped while looking up " + address.host);
  if (wake == env::Wake::kLimit) co_return fail(env::kTimeLimit, "no answer to the look-up of " + address.host);
  if (look_up->error || look_up->endpoints.empty()) {
    co_return fail(env::kNameNotFound, "cannot look up " + address.host + ": " + look_up->error.message());
  }
  co_return std::move(look_up->endpoints);
}

// Tries the addresses in order, on one connection object, so that who closes it ends the whole attempt.
env::awaitable<Result<void>> connect_to_any(SharedConnection connection, const std::vector<tcp::endpoint>& endpoints,
                                            const env::Address& address) {
  boost::system::error_code error;
  for (const auto& endpoint : endpoints) {
    boost::system::error_code ignored;
    connection->socket.close(ignored);
    co_await connection->socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    if (connection->closed) co_return fail(env::kStreamClosed, "closed while connecting");
    if (!error) co_return Result<void>{};
  }
  co_return fail(env::kConnectFailed, "cannot connect to " + address.text() + ": " + error.message());
}

Result<void> check_pin(const Connection& connection, const Hash32& expected, const env::Address& address) {
  const auto pin = peer_pin(connection);
  if (pin && *pin == expected) return {};
  return fail(env::kKeyPinMismatch, address.text() + " shows a key with the pin " +
                                        (pin ? to_hex(pin->view()) : std::string("(none)")) + " instead of " +
                                        to_hex(expected.view()) +
                                        ": somebody is in between, or the relay has a new key; ask its operator");
}

env::awaitable<Result<void>> open(SharedConnection connection, SSL_CTX* context,
                                  const std::vector<tcp::endpoint>& endpoints, const env::Address& address,
                                  const Hash32& key_pin) {
  auto connected = co_await connect_to_any(connection, endpoints, address);
  if (!connected) co_return connected;
  auto shaken = co_await make_handshake(connection, context, Side::kClient, address.host);
  if (!shaken) co_return shaken;
  co_return check_pin(*connection, key_pin, address);
}

}  // namespace

SocketNetwork::SocketNetwork(env::Executor loop, env::Clock& clock, env::Log& log, env::Metrics& metrics,
                             NetworkLimits limits)
    : state_(new State{loop, clock, limits, make_client_context(),
                       ListenerShared{loop, clock, log, metrics.counter(kConnectionsAccepted),
                                      metrics.counter(kHandshakesFailed), limits, nullptr}}) {}

SocketNetwork::~SocketNetwork() = default;

Result<void> SocketNetwork::use_identity(const TlsIdentity& identity) {
  auto context = make_server_context(identity);
  if (!context) return pass(context);
  state_->listeners.server_context = std::shared_ptr<SSL_CTX>(std::move(*context));
  return {};
}

void SocketNetwork::use_connections_max(std::size_t connections_max) {
  state_->listeners.limits.connections_max = connections_max;
}

env::awaitable<Result<std::unique_ptr<env::Stream>>> SocketNetwork::connect(env::Address address, Hash32 key_pin,
                                                                            std::stop_token stop) {
  const auto state = state_;
  const auto begun = state->clock.monotonic();
  auto endpoints = co_await look_up(state->loop, state->clock, state->limits.connect_time_max, address, stop);
  if (!endpoints) co_return pass(endpoints);

  const auto connection = std::make_shared<Connection>(Socket(state->loop));
  const auto left = state->limits.connect_time_max - (state->clock.monotonic() - begun);
  std::function<void()> close = [connection] { connection->close(); };
  env::Deadline deadline(state->clock, std::max(left, env::milliseconds(1)), close);
  std::stop_callback<std::function<void()>> stopper(stop, close);

  const auto opened = co_await open(connection, state->client_context.get(), *endpoints, address, key_pin);
  if (deadline.expired()) co_return fail(env::kTimeLimit, address.text() + " does not answer");
  if (stop.stop_requested()) co_return fail(env::kStopRequested, "stopped while connecting to " + address.text());
  if (!opened) {
    connection->close();
    co_return fail(opened.error().code, opened.error().text);
  }
  co_return make_stream(connection);
}

Result<std::unique_ptr<env::Listener>> SocketNetwork::listen(const env::Address& address, env::Transport transport) {
  // Aliased: the listener's loop keeps the whole state alive.
  return make_listener(std::shared_ptr<ListenerShared>(state_, &state_->listeners), address, transport);
}

}  // namespace tamizdat::os
