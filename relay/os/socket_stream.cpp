#include "relay/os/socket_stream.h"

#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proto/base/check.h"
#include "relay/os/tls_identity.h"

namespace tamizdat::os {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// A peer that sends or takes as fast as we do never makes us wait: after so many calls in a row let others run.
constexpr int kCallsInARowMax = 16;

tl::unexpected<Error> closed_here() { return fail(env::kStreamClosed, "the connection was closed on this side"); }
tl::unexpected<Error> cut_there() { return fail(env::kStreamCut, "the connection was cut by the other side"); }

env::awaitable<void> wait_until(SharedConnection connection, Socket::wait_type ready) {
  boost::system::error_code error;  // what went wrong shows at the next call on the socket
  co_await connection->socket.async_wait(ready, asio::redirect_error(asio::use_awaitable, error));
}

// What to do after a call of OpenSSL that did not succeed.
enum class Verdict { kWaitToRead, kWaitToWrite, kEnd, kFailed };

struct Judgement {
  Verdict verdict = Verdict::kFailed;
  Error error{env::kStreamCut, {}};
};

Judgement judge(SSL* ssl, int returned) {
  Judgement out;
  switch (SSL_get_error(ssl, returned)) {
    case SSL_ERROR_WANT_READ: out.verdict = Verdict::kWaitToRead; break;
    case SSL_ERROR_WANT_WRITE: out.verdict = Verdict::kWaitToWrite; break;
    case SSL_ERROR_ZERO_RETURN: out.verdict = Verdict::kEnd; break;
    case SSL_ERROR_SYSCALL: out.error = cut_there().value(); break;
    default:
      if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        out.error = cut_there().value();
      } else {
        out.error = Error{env::kTlsFailed, "TLS failed: " + openssl_errors()};
      }
  }
  ERR_clear_error();
  return out;
}

// Calls `step` (an SSL_ function; 1 is success) until it succeeds, waiting for the socket in between. True, or false at
// the orderly end of the other side.
template <typename Step>
env::awaitable<Result<bool>> call_tls(SharedConnection connection, Step step) {
  for (;;) {
    if (connection->closed) co_return closed_here();
    // What somebody else left behind would be taken for this call's. Emptying what is empty takes longer than to look.
    if (ERR_peek_error() != 0) ERR_clear_error();
    const int returned = step(connection->ssl.get());
    if (returned == 1) co_return true;
    const Judgement judgement = judge(connection->ssl.get(), returned);
    switch (judgement.verdict) {
      case Verdict::kWaitToRead: co_await wait_until(connection, Socket::wait_read); break;
      case Verdict::kWaitToWrite: co_await wait_until(connection, Socket::wait_write); break;
      case Verdict::kEnd: co_return false;
      case Verdict::kFailed: co_return fail(judgement.error.code, judgement.error.text);
    }
  }
}

class TlsStream final : public env::Stream {
 public:
  explicit TlsStream(SharedConnection connection) : connection_(std::move(connection)) {}
  ~TlsStream() override { connection_->close(); }

  env::awaitable<Result<std::size_t>> read_some(std::span<char> out) override {
    TMZ_CHECK(!out.empty());
    const auto connection = connection_;
    if (++reads_in_a_row_ > kCallsInARowMax) {
      reads_in_a_row_ = 0;
      co_await asio::post(asio::use_awaitable);
    }
    std::size_t count = 0;
    auto step = [out, &count](SSL* ssl) {
      return SSL_read_ex(ssl, out.data(), out.size(), &count);
    };
    const auto more = co_await call_tls(connection, std::move(step));
    if (!more) co_return fail(more.error().code, more.error().text);
    co_return *more ? count : std::size_t{0};
  }

  env::awaitable<void> wait_for_input() override {
    const auto connection = connection_;
    if (connection->closed || SSL_has_pending(connection->ssl.get()) == 1) co_return;
    co_await wait_until(connection, Socket::wait_read);
  }

  env::awaitable<Result<void>> write(BytesView bytes) override {
    const auto connection = connection_;
    auto step = [&bytes](SSL* ssl) {
      std::size_t count = 0;
      const int returned = SSL_write_ex(ssl, bytes.data(), bytes.size(), &count);
      if (returned == 1) bytes.remove_prefix(count);
      return returned;
    };
    while (!bytes.empty()) {
      if (++writes_in_a_row_ > kCallsInARowMax) {
        writes_in_a_row_ = 0;
        co_await asio::post(asio::use_awaitable);
      }
      const auto more = co_await call_tls(connection, step);
      if (!more) co_return fail(more.error().code, more.error().text);
      if (!*more) co_return cut_there();
    }
    co_return Result<void>{};
  }

  env::awaitable<Result<void>> shutdown() override {
    const auto connection = connection_;
    // 0 means that our end is sent and the other side's has not come yet: that is all we want.
    auto step = [](SSL* ssl) {
      const int returned = SSL_shutdown(ssl);
      return returned == 0 ? 1 : returned;
    };
    const auto done = co_await call_tls(connection, std::move(step));
    if (!done) co_return fail(done.error().code, done.error().text);
    boost::system::error_code ignored;  // the close_notify is what counts
    connection->socket.shutdown(tcp::socket::shutdown_send, ignored);
    co_return Result<void>{};
  }

  void close() override { connection_->close(); }

  Result<Hash32> exporter() const override {
    static constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
    Hash32 out;
    if (connection_->closed || SSL_export_keying_material(connection_->ssl.get(), out.octets.data(), out.octets.size(),
                                                          kLabel.data(), kLabel.size(), nullptr, 0, 0) != 1) {
      return closed_here();
    }
    return out;
  }

 private:
  SharedConnection connection_;
  int reads_in_a_row_ = 0;
  int writes_in_a_row_ = 0;
};

class PlainStream final : public env::Stream {
 public:
  explicit PlainStream(SharedConnection connection) : connection_(std::move(connection)) {}
  ~PlainStream() override { connection_->close(); }

  env::awaitable<Result<std::size_t>> read_some(std::span<char> out) override {
    TMZ_CHECK(!out.empty());
    const auto connection = connection_;
    if (connection->closed) co_return closed_here();
    boost::system::error_code error;
    const std::size_t count = co_await connection->socket.async_read_some(
        asio::buffer(out.data(), out.size()), asio::redirect_error(asio::use_awaitable, error));
    if (connection->closed) co_return closed_here();
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error) co_return cut_there();
    co_return count;
  }

  env::awaitable<void> wait_for_input() override { return wait_until(connection_, Socket::wait_read); }

  env::awaitable<Result<void>> write(BytesView bytes) override {
    const auto connection = connection_;
    while (!bytes.empty()) {
      if (connection->closed) co_return closed_here();
      boost::system::error_code error;
      const std::size_t count = co_await connection->socket.async_write_some(
          asio::buffer(bytes.data(), bytes.size()), asio::redirect_error(asio::use_awaitable, error));
      if (connection->closed) co_return closed_here();
      if (error) co_return cut_there();
      bytes.remove_prefix(count);
    }
    co_return Result<void>{};
  }

  env::awaitable<Result<void>> shutdown() override {
    if (connection_->closed) co_return closed_here();
    boost::system::error_code error;
    connection_->socket.shutdown(tcp::socket::shutdown_send, error);
    if (error) co_return cut_there();
    co_return Result<void>{};
  }

  void close() override { connection_->close(); }
  Result<Hash32> exporter() const override { return fail(env::kNoTls, "the connection has no TLS"); }

 private:
  SharedConnection connection_;
};

}  // namespace

// OpenSSL must not be called any more: its file number may soon belong to another connection.
void Connection::close() {
  if (closed) return;
  closed = true;
  boost::system::error_code ignored;
  socket.close(ignored);
}

env::awaitable<Result<void>> make_handshake(SharedConnection connection, SSL_CTX* context, Side side,
                                            std::string host) {
  boost::system::error_code error;
  connection->socket.non_blocking(true, error);
  connection->ssl.reset(SSL_new(context));
  TMZ_CHECK(connection->ssl);
  SSL* ssl = connection->ssl.get();
  TMZ_CHECK(SSL_set_fd(ssl, connection->socket.native_handle()) == 1);
  // RFC 6066 section 3: literal addresses are not sent.
  if (!host.empty() && !is_ip_address(host)) {
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());  // the macro casts in C style
  }
  auto step = [side](SSL* s) { return side == Side::kClient ? SSL_connect(s) : SSL_accept(s); };
  const auto done = co_await call_tls(connection, std::move(step));
  if (!done) co_return fail(done.error().code, done.error().text);
  if (!*done) co_return cut_there();
  co_return Result<void>{};
}

std::optional<Hash32> peer_pin(const Connection& connection) {
  if (!connection.ssl) return std::nullopt;
  const X509* certificate = SSL_get0_peer_certificate(connection.ssl.get());
  if (!certificate) return std::nullopt;
  return key_pin_of(certificate);
}

std::unique_ptr<env::Stream> make_stream(SharedConnection connection) {
  boost::system::error_code ignored;
  connection->socket.set_option(tcp::no_delay(true), ignored);  // requests and acknowledgements must not wait
  if (connection->ssl) return std::make_unique<TlsStream>(std::move(connection));
  return std::make_unique<PlainStream>(std::move(connection));
}

}  // namespace tamizdat::os
