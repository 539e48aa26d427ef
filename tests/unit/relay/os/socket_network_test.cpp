#include "relay/os/socket_network.h"

#include <sys/resource.h>

#include <filesystem>
#include <vector>

#include "relay/env/workers.h"
#include "tests/unit/relay/os/relay_host.h"

namespace tamizdat::os {
namespace {

using env::awaitable;
using namespace std::chrono_literals;

// The name of its error; "none" if it has a value.
template <typename T>
std::string code_of(const Result<T>& result) {
  return std::string(result ? "none" : result.error().code.name());
}

awaitable<Result<Bytes>> read_exactly(env::Stream& stream, std::size_t size) {
  Bytes out(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto count = co_await stream.read_some(std::span<char>(out).subspan(have));
    if (!count) co_return fail(count.error().code, count.error().text);
    if (*count == 0) co_return fail(env::kStreamCut, "ended early");
    have += *count;
  }
  co_return out;
}

awaitable<Result<std::size_t>> read_any(env::Stream& stream) {
  char buffer[64];
  co_return co_await stream.read_some(buffer);
}

awaitable<Result<void>> greet(RelayHost& host, env::Listener& listener) {
  auto joined = co_await join(host, listener);
  if (!joined) co_return pass(joined);
  const auto asked = co_await joined->client->write("who is there?");
  EXPECT_TRUE(asked);
  const auto question = co_await read_exactly(*joined->server, 13);
  EXPECT_EQ(question, "who is there?");
  const auto answered = co_await joined->server->write("a relay");
  EXPECT_TRUE(answered);
  const auto answer = co_await read_exactly(*joined->client, 7);
  EXPECT_EQ(answer, "a relay");
  co_return Result<void>{};
}

TEST(SocketNetwork, CarriesBytesBothWaysWhenThePinMatches) {
  RelayHost host;
  const auto listener = host.listen();
  EXPECT_NE(listener->address().port, 0);
  host.run(greet(host, *listener));
  EXPECT_EQ(host.metrics.value("tamizdat_connections_accepted_total"), 1);
}

awaitable<void> wait_for_input(env::Stream& stream, int& returned) {
  co_await stream.wait_for_input();
  ++returned;
}

awaitable<Result<void>> wait_for_each_input(RelayHost& host, env::Listener& listener) {
  auto joined = co_await join(host, listener);
  if (!joined) co_return pass(joined);
  env::TaskGroup group(host.loop.executor());
  int returned = 0;
  group.spawn(wait_for_input(*joined->server, returned));
  co_await host.clock.sleep_for(10ms);
  EXPECT_EQ(returned, 0);
  const auto written = co_await joined->client->write("two");
  EXPECT_TRUE(written);
  co_await group.join();
  const auto first = co_await read_exactly(*joined->server, 1);
  EXPECT_EQ(first, "t");
  co_await joined->server->wait_for_input();  // the rest of the record is here already, and not on the socket
  const auto rest = co_await read_exactly(*joined->server, 2);
  EXPECT_EQ(rest, "wo");
  env::TaskGroup closed(host.loop.executor());
  closed.spawn(wait_for_input(*joined->server, returned));
  co_await host.clock.sleep_for(10ms);
  EXPECT_EQ(returned, 1);
  joined->server->close();
  co_await closed.join();
  co_await joined->server->wait_for_input();
  const auto after = co_await read_any(*joined->server);
  EXPECT_EQ(code_of(after), env::kStreamClosed.name());
  co_return Result<void>{};
}

TEST(SocketNetwork, AWaitForInputReturnsForOctetsKeptOctetsAndAnEnd) {
  RelayHost host;
  const auto listener = host.listen();
  host.run(wait_for_each_input(host, *listener));
}

awaitable<Result<void>> compare_ends(RelayHost& host, env::Listener& listener) {
  auto one = co_await join(host, listener);
  auto other = co_await join(host, listener);
  if (!one || !other) co_return fail(env::kConnectFailed, "not connected");
  const auto secret = one->client->exporter();
  EXPECT_TRUE(secret);
  EXPECT_EQ(*secret, *one->server->exporter());
  EXPECT_NE(*secret, *other->client->exporter());
  co_return Result<void>{};
}

TEST(SocketNetwork, BothEndsExportTheSameSecretAndEachConnectionAnother) {
  RelayHost host;
  const auto listener = host.listen();
  host.run(compare_ends(host, *listener));
}

awaitable<Result<void>> expect_connect_error(RelayHost& host, env::Address address, Hash32 pin, ErrorCode expected) {
  const auto stream = co_await host.network.connect(address, pin);
  EXPECT_FALSE(stream);
  EXPECT_EQ(code_of(stream), expected.name());
  co_return Result<void>{};
}

TEST(SocketNetwork, RefusesAServerWithAnotherKey) {
  RelayHost host;
  const auto listener = host.listen();
  const auto other = generate_certificate("127.0.0.1", host.clock.now());
  const auto other_pin = key_pin(other->certificate_pem);
  host.run(expect_connect_error(host, listener->address(), *other_pin, env::kKeyPinMismatch));
}

// A name that no file and no server knows; whoever shows a key was reached.
TEST(SocketNetwork, TakesLocalhostForThisMachineWithoutAsking) {
  RelayHost host;
  const auto listener = host.listen();
  const env::Address named("relay.localhost", listener->address().port);
  host.run(expect_connect_error(host, named, Hash32(), env::kKeyPinMismatch));
}

TEST(SocketNetwork, ShowsANewIdentityToWhoComesLater) {
  RelayHost host;
  const auto listener = host.listen();
  const Hash32 old_pin = host.pin;
  const auto next = generate_certificate("127.0.0.1", host.clock.now());
  ASSERT_TRUE(host.network.use_identity(*next));
  host.pin = *key_pin(next->certificate_pem);
  host.run(greet(host, *listener));
  host.run(expect_connect_error(host, listener->address(), old_pin, env::kKeyPinMismatch));
}

TEST(SocketNetwork, SaysWhyItCannotConnect) {
  NetworkLimits limits;
  limits.connect_time_max = 50ms;
  RelayHost host(limits);
  const auto listener = host.listen();
  const auto nobody = listener->address();
  listener->close();
  host.run(expect_connect_error(host, nobody, host.pin, env::kConnectFailed));
  const env::Address no_name(std::string(64, 'a') + ".example", 443);  // a label has at most 63 characters
  host.run(expect_connect_error(host, no_name, host.pin, env::kNameNotFound));
  const auto silent = host.listen(env::Transport::kPlain);  // takes the connection and never says a word
  host.run(expect_connect_error(host, silent->address(), host.pin, env::kTimeLimit));
}

awaitable<Result<void>> talk_past_tls(RelayHost& host, env::Listener& plain) {
  std::unique_ptr<env::Stream> server;
  env::TaskGroup group(host.loop.executor());
  group.spawn(accept_one(plain, server));
  std::stop_source stop;
  const auto job = [&plain] {
    RawClient client(plain.address().port);
    return client.connected() && ::write(client.fd(), "GET / HTTP/1.1\r\n\r\n", 18) == 18;
  };
  const bool sent = co_await env::run_blocking(host.workers, job);
  EXPECT_TRUE(sent);
  co_await group.join();
  const auto request = co_await read_exactly(*server, 18);
  EXPECT_EQ(request, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(server->exporter().error().code, env::kNoTls);
  const auto end = co_await read_any(*server);
  EXPECT_EQ(end, 0U);
  co_return Result<void>{};
}

TEST(SocketNetwork, APlainListenerTakesBytesAsTheyAre) {
  RelayHost host;
  const auto listener = host.listen(env::Transport::kPlain);
  host.run(talk_past_tls(host, *listener));
}

TEST(SocketNetwork, ListensOnAddressesOnlyAndOnFreeOnes) {
  RelayHost host;
  const auto named = host.network.listen(env::Address("localhost", 0), env::Transport::kTls);
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().code, env::kAddressInvalid);
  const auto listener = host.listen();
  const auto taken = host.network.listen(listener->address(), env::Transport::kTls);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, env::kListenFailed);
}

awaitable<void> stop_when_accepted(env::Listener& listener, std::stop_source stop) {
  std::unique_ptr<env::Stream> server;
  co_await accept_one(listener, server);
  stop.request_stop();
}

awaitable<Result<void>> stop_connecting(RelayHost& host, env::Listener& silent) {
  std::stop_source stop;
  env::TaskGroup group(host.loop.executor());
  group.spawn(stop_when_accepted(silent, stop));
  const auto stream = co_await host.network.connect(silent.address(), host.pin, stop.get_token());
  co_await group.join();
  EXPECT_FALSE(stream);
  EXPECT_EQ(code_of(stream), env::kStopRequested.name());
  co_return Result<void>{};
}

TEST(SocketNetwork, AStopEndsAConnectThatGetsNoAnswer) {
  RelayHost host;
  const auto silent = host.listen(env::Transport::kPlain);
  host.run(stop_connecting(host, *silent));
}

awaitable<void> send_much(env::Stream& stream, char what, std::size_t size) {
  const Bytes bytes(size, what);
  const auto written = co_await stream.write(bytes);
  EXPECT_TRUE(written);
  const auto ended = co_await stream.shutdown();
  EXPECT_TRUE(ended);
}

awaitable<void> receive_much(env::Stream& stream, char what, std::size_t& count) {
  Bytes buffer(40'000, '\0');
  for (;;) {
    const auto got = co_await stream.read_some(buffer);
    EXPECT_TRUE(got);
    if (!got || *got == 0) break;
    count += *got;
    EXPECT_EQ(buffer.substr(0, *got).find_first_not_of(what), Bytes::npos);
  }
}

awaitable<Result<void>> send_both_ways(RelayHost& host, env::Listener& listener, std::size_t size) {
  auto joined = co_await join(host, listener);
  if (!joined) co_return pass(joined);
  std::size_t up = 0;
  std::size_t down = 0;
  env::TaskGroup group(host.loop.executor());
  group.spawn(send_much(*joined->client, 'u', size));
  group.spawn(send_much(*joined->server, 'd', size));
  group.spawn(receive_much(*joined->server, 'u', up));
  group.spawn(receive_much(*joined->client, 'd', down));
  co_await group.join();
  EXPECT_EQ(up, size);
  EXPECT_EQ(down, size);
  co_return Result<void>{};
}

TEST(SocketNetwork, CarriesFiftyMegabytesBothWaysAtOnce) {
  RelayHost host;
  const auto listener = host.listen();
  host.run(send_both_ways(host, *listener, 50'000'000));
}

awaitable<void> note_read(env::Stream& stream, Result<std::size_t>& out, env::Event& begun) {
  begun.notify_all();
  out = co_await read_any(stream);
}

awaitable<void> note_write(env::Stream& stream, Result<void>& out) {
  const Bytes more_than_any_buffer(64 << 20, 'x');
  out = co_await stream.write(more_than_any_buffer);
}

awaitable<Result<void>> close_while_busy(RelayHost& host, env::Listener& listener) {
  auto joined = co_await join(host, listener);
  if (!joined) co_return pass(joined);
  Result<std::size_t> read = std::size_t{7};
  Result<void> written;
  env::Event begun;
  env::TaskGroup group(host.loop.executor());
  group.spawn(note_write(*joined->client, written));
  group.spawn(note_read(*joined->client, read, begun));
  co_await begun.wait();
  joined->client->close();
  co_await group.join();
  EXPECT_FALSE(read);
  EXPECT_EQ(code_of(read), env::kStreamClosed.name());
  EXPECT_FALSE(written);
  EXPECT_EQ(code_of(written), env::kStreamClosed.name());
  joined->client->close();
  const auto read_again = co_await read_any(*joined->client);
  EXPECT_EQ(code_of(read_again), env::kStreamClosed.name());
  EXPECT_FALSE(joined->client->exporter());
  co_return Result<void>{};
}

TEST(SocketNetwork, CloseWakesAPendingReadAndAPendingWrite) {
  RelayHost host;
  const auto listener = host.listen();
  host.run(close_while_busy(host, *listener));
}

awaitable<Result<void>> end_and_cut(RelayHost& host, env::Listener& listener) {
  auto ended = co_await join(host, listener);
  auto cut = co_await join(host, listener);
  if (!ended || !cut) co_return fail(env::kConnectFailed, "not connected");
  const auto down = co_await ended->server->shutdown();
  EXPECT_TRUE(down);
  const auto end = co_await read_any(*ended->client);
  EXPECT_EQ(end, 0U);
  // The other direction still works.
  const auto late = co_await ended->client->write("late");
  EXPECT_TRUE(late);
  const auto late_word = co_await read_exactly(*ended->server, 4);
  EXPECT_EQ(late_word, "late");

  cut->server->close();
  const auto after = co_await read_any(*cut->client);
  EXPECT_FALSE(after);
  EXPECT_EQ(code_of(after), env::kStreamCut.name());
  co_return Result<void>{};
}

TEST(SocketNetwork, TellsAnOrderlyEndFromACut) {
  RelayHost host;
  const auto listener = host.listen();
  host.run(end_and_cut(host, *listener));
}

awaitable<Result<void>> close_listener(RelayHost& host, env::Listener& listener) {
  std::unique_ptr<env::Stream> accepted;
  env::TaskGroup group(host.loop.executor());
  group.spawn(accept_one(listener, accepted));
  co_await env::run_blocking(host.workers, [] {});  // a turn of the loop, in which accept() begins to wait
  EXPECT_EQ(group.size(), 1U);
  listener.close();
  co_await group.join();
  EXPECT_FALSE(accepted);
  const auto refused = co_await listener.accept();
  EXPECT_EQ(code_of(refused), env::kStreamClosed.name());
  co_return Result<void>{};
}

TEST(SocketListener, CloseWakesAPendingAccept) {
  RelayHost host;
  const auto listener = host.listen();
  host.run(close_listener(host, *listener));
}

// What a raw TLS client saw.
struct Knock {
  bool shaken = false;
  bool resumed = false;
  std::uint32_t early_data_max = 0;
  std::string protocol;
  SSL_SESSION* session = nullptr;
};

Knock knock(std::uint16_t port, int version_max, SSL_SESSION* session = nullptr) {
  Knock out;
  const SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(context.get(), version_max);
  RawClient client(port);
  const SslPtr ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), client.fd());
  static constexpr unsigned char kAlpn[] = "\x02h2\x08http/1.1";
  SSL_set_alpn_protos(ssl.get(), kAlpn, sizeof kAlpn - 1);
  if (session) SSL_set_session(ssl.get(), session);
  out.shaken = SSL_connect(ssl.get()) == 1;
  if (!out.shaken) return out;
  out.resumed = SSL_session_reused(ssl.get()) == 1;
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl.get(), &chosen, &size);
  if (chosen) out.protocol.assign(reinterpret_cast<const char*>(chosen), size);
  char buffer[16];
  SSL_read(ssl.get(), buffer, sizeof buffer);  // the tickets come before the server's greeting
  out.session = SSL_get1_session(ssl.get());
  out.early_data_max = SSL_SESSION_get_max_early_data(out.session);
  SSL_shutdown(ssl.get());
  return out;
}

awaitable<void> greet_all(env::Listener& listener) {
  std::vector<std::unique_ptr<env::Stream>> streams;
  for (;;) {
    auto stream = co_await listener.accept();
    if (!stream) co_return;
    const auto greeted = co_await (*stream)->write("hello");
    EXPECT_TRUE(greeted);
    streams.push_back(std::move(*stream));
  }
}

template <typename Check>
awaitable<Result<void>> knock_at(RelayHost& host, env::Listener& listener, Check check) {
  env::TaskGroup group(host.loop.executor());
  group.spawn(greet_all(listener));
  co_await env::run_blocking(host.workers, check);
  listener.close();
  co_await group.join();
  co_return Result<void>{};
}

TEST(SocketListener, RefusesTls12) {
  RelayHost host;
  const auto listener = host.listen();
  const auto port = listener->address().port;
  host.run(knock_at(host, *listener, [port] {
    EXPECT_FALSE(knock(port, TLS1_2_VERSION).shaken);
    const Knock modern = knock(port, TLS1_3_VERSION);
    EXPECT_TRUE(modern.shaken);
    SSL_SESSION_free(modern.session);
  }));
  EXPECT_EQ(host.metrics.value("tamizdat_tls_handshakes_failed_total"), 1);
}

TEST(SocketListener, ResumesSessionsWithoutEarlyDataAndSpeaksHttp1) {
  RelayHost host;
  const auto listener = host.listen();
  const auto port = listener->address().port;
  host.run(knock_at(host, *listener, [port] {
    const Knock first = knock(port, TLS1_3_VERSION);
    ASSERT_TRUE(first.shaken);
    EXPECT_FALSE(first.resumed);
    EXPECT_EQ(first.protocol, "http/1.1");
    EXPECT_EQ(first.early_data_max, 0U);
    const Knock second = knock(port, TLS1_3_VERSION, first.session);
    EXPECT_TRUE(second.resumed);
    SSL_SESSION_free(first.session);
    SSL_SESSION_free(second.session);
  }));
}

TEST(SocketListener, EndsAHandshakeThatTakesTooLong) {
  NetworkLimits limits;
  limits.handshake_time_max = 20ms;
  RelayHost host(limits);
  const auto listener = host.listen();
  const auto port = listener->address().port;
  host.run(knock_at(host, *listener, [port] {
    RawClient silent(port);
    EXPECT_TRUE(silent.wait_for_end());
  }));
  EXPECT_EQ(host.metrics.value("tamizdat_tls_handshakes_failed_total"), 1);
}

TEST(SocketListener, ANewcomerTakesThePlaceOfTheOldestHandshake) {
  for (const bool by_connections : {false, true}) {
    NetworkLimits limits;
    limits.handshake_time_max = 1h;
    (by_connections ? limits.connections_max : limits.handshakes_max) = 3;
    RelayHost host(limits);
    const auto listener = host.listen();
    const auto port = listener->address().port;
    host.run(knock_at(host, *listener, [port] {
      std::vector<std::unique_ptr<RawClient>> silent;
      for (int i = 0; i < 10; ++i) silent.push_back(std::make_unique<RawClient>(port));
      const Knock polite = knock(port, TLS1_3_VERSION);
      EXPECT_TRUE(polite.shaken);
      SSL_SESSION_free(polite.session);
      EXPECT_TRUE(silent.front()->wait_for_end());
    }));
  }
}

TEST(SocketListener, WhatIsNotTlsFailsAndHarmsNobody) {
  RelayHost host;
  const auto listener = host.listen();
  const auto port = listener->address().port;
  host.run(knock_at(host, *listener, [port] {
    RawClient rude(port);
    EXPECT_EQ(::write(rude.fd(), "GET / HTTP/1.1\r\n\r\n", 18), 18);
    EXPECT_TRUE(rude.wait_for_end());
    const Knock polite = knock(port, TLS1_3_VERSION);
    EXPECT_TRUE(polite.shaken);
    SSL_SESSION_free(polite.session);
  }));
  EXPECT_EQ(host.metrics.value("tamizdat_tls_handshakes_failed_total"), 1);
}

awaitable<void> join_into(RelayHost& host, env::Listener& listener, std::unique_ptr<env::Stream>& client,
                          std::unique_ptr<env::Stream>& server) {
  auto joined = co_await join(host, listener);
  EXPECT_TRUE(joined);
  if (!joined) co_return;
  client = std::move(joined->client);
  server = std::move(joined->server);
}

awaitable<Result<void>> wait_for_room(RelayHost& host, env::Listener& listener) {
  auto first = co_await join(host, listener);
  if (!first) co_return pass(first);
  std::unique_ptr<env::Stream> client;
  std::unique_ptr<env::Stream> server;
  env::TaskGroup group(host.loop.executor());
  group.spawn(join_into(host, listener, client, server));
  // Many turns of the loop, in which a second connection would come if it could.
  for (int i = 0; i < 200; ++i) {
    const auto sent = co_await first->client->write("x");
    EXPECT_TRUE(sent);
    const auto echo = co_await read_exactly(*first->server, 1);
    EXPECT_EQ(echo, "x");
  }
  EXPECT_FALSE(client);
  first->server.reset();
  co_await group.join();
  EXPECT_TRUE(client);
  co_return Result<void>{};
}

TEST(SocketListener, TakesNoMoreConnectionsThanItMay) {
  NetworkLimits limits;
  limits.connections_max = 1;
  RelayHost host(limits);
  const auto listener = host.listen();
  host.run(wait_for_room(host, *listener));
}

awaitable<Result<void>> make_room(RelayHost& host, env::Listener& listener) {
  auto first = co_await join(host, listener);
  if (!first) co_return pass(first);
  std::unique_ptr<env::Stream> client, server;
  env::TaskGroup group(host.loop.executor());
  group.spawn(join_into(host, listener, client, server));
  co_await host.clock.sleep_for(20ms);
  EXPECT_FALSE(server);
  host.network.use_connections_max(2);
  co_await group.join();
  EXPECT_TRUE(server);
  co_return Result<void>{};
}

TEST(SocketListener, WhoWaitsForRoomTakesAHigherLimitWithoutAnybodyLeaving) {
  NetworkLimits limits;
  limits.connections_max = 1;
  RelayHost host(limits);
  const auto listener = host.listen();
  host.run(make_room(host, *listener));
}

// Lets the process open no further file while it lives.
class FullFileTable {
 public:
  FullFileTable() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~FullFileTable() { end(); }
  void end() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

awaitable<Result<void>> accept_without_files(RelayHost& host, env::Listener& listener) {
  // UBSan looks at an object's type through a pipe, and remembers: it has to know all that comes before no pipe can be
  // opened.
  std::unique_ptr<env::Stream> before;
  RawClient first(listener.address().port);
  co_await accept_one(listener, before);
  static_cast<env::Log&>(host.log).warning("the file table will be full");
  co_await host.clock.sleep_for(env::milliseconds(0));

  RawClient client(listener.address().port);
  FullFileTable full;
  env::Event warned;
  host.log.on_line = [&warned](const std::string&) { warned.notify_all(); };
  co_await warned.wait();
  full.end();
  host.log.on_line = nullptr;
  EXPECT_TRUE(host.log.has_line_with("warning: cannot accept connections now reason=Too many open files"));
  std::unique_ptr<env::Stream> accepted;
  co_await accept_one(listener, accepted);
  EXPECT_TRUE(accepted);
  co_return Result<void>{};
}

TEST(SocketListener, SurvivesAFullFileTable) {
  RelayHost host;
  const auto listener = host.listen(env::Transport::kPlain);
  host.run(accept_without_files(host, *listener));
}

}  // namespace
}  // namespace tamizdat::os
