#include "relay/http/server.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <span>

#include "relay/env/deadline.h"
#include "relay/env/task_group.h"
#include "relay/http/request_parser.h"
#include "relay/http/response_writer.h"

namespace tamizdat::http {
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;  // what a TLS record holds
constexpr std::string_view kRetrySeconds = "30";  // most of what is under way is through by then

int status_of(const Error& refusal) { return refusal.code == kBodiesTooMany ? 503 : status_of_refusal(refusal.code); }

// Where octets are read to. Not a part of the connection, which is idle most of its time.
class RecordBuffer {
 public:
  std::span<char> span() const { return {octets_.get(), kRecordBytes}; }

 private:
  std::unique_ptr<char[]> octets_ = std::make_unique_for_overwrite<char[]>(kRecordBytes);
};

}  // namespace

// What one request holds of the budget for bodies; from its first octet until it is answered.
class Server::BodyShare {
 public:
  explicit BodyShare(Server& server) : server_(server) {}
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  ~BodyShare() { server_.bodies_bytes_ -= bytes_; }

  Result<void> add(std::size_t bytes) {
    bytes_ += bytes;
    server_.bodies_bytes_ += bytes;
    if (server_.bodies_bytes_ <= server_.limits_.bodies_bytes_max) return {};
    return fail(kBodiesTooMany, "too much is being sent here at once: send it again in a while, or to another relay");
  }

 private:
  Server& server_;
  std::size_t bytes_ = 0;
};

// One connection of serve(): its buffer, its limits, and whether a stop may cut it.
class Server::Connection {
 public:
  Connection(Server& server, env::Stream& stream, Handler& handler, std::stop_token stop)
      : server_(server),
        stream_(stream),
        tls_(stream.exporter().has_value()),
        handler_(handler),
        stop_(stop),
        limit_(server.clock_, server.limits_.idle_time_max, stream),
        on_stop_(stop, [this] { close_if_idle(); }) {}

  env::awaitable<std::optional<Upgrade>> serve() {
    while (!stop_.stop_requested()) {
      RequestParser parser(server_.limits_.header_bytes_max);
      BodyShare share(server_);
      auto refused = co_await read_request(parser, share);
      if (!refused) {
        co_await refuse(parser, refused.error());
        break;
      }
      if (!parser.done()) break;  // the connection ended between requests, or with one of them unfinished
      limit_.lift();  // what the handler takes is not the other side's fault
      Response response = co_await handler_.handle(parser.request());
      TakeOver take_over = std::move(response.take_over);
      const bool upgrade = response.status == 101;
      const bool close = !upgrade && (!parser.keep_alive() || stop_.stop_requested());
      const auto written = co_await write_response(parser.request(), std::move(response),
                                                   close ? Persistence::kClose : Persistence::kKeepAlive);
      if (!written) break;
      if (upgrade) co_return Upgrade{std::move(take_over), std::move(buffer_)};
      if (close) {
        co_await end_in_order();
        break;
      }
    }
    stream_.close();
    co_return std::nullopt;
  }

 private:
  void close_if_idle() {
    if (idle_) stream_.close();
  }

  // Errors are refusals of what was sent. A connection that ended is no error: then parser.done() is false.
  env::awaitable<Result<void>> read_request(RequestParser& parser, BodyShare& share) {
    auto head = co_await read_head(parser);
    if (!head || !parser.head_done()) co_return head;
    parser.request().tls = tls_;
    parser.request().connection = &stream_;
    if (auto fits = parser.limit_body(handler_.body_bytes_max(parser.request())); !fits) co_return fits;
    if (parser.expects_continue()) {
      limit_.lift();
      const auto written = co_await env::write_within(server_.clock_, server_.limits_.transfer_grace, stream_,
                                                      "HTTP/1.1 100 Continue\r\n\r\n");
      if (!written) co_return Result<void>();
    }
    auto body = co_await read_body(parser, share);
    co_return body;
  }

  env::awaitable<Result<void>> read_head(RequestParser& parser) {
    idle_ = buffer_.empty();
    limit_.restart(idle_ ? server_.limits_.idle_time_max : server_.limits_.header_time_max);
    if (idle_) {
      buffer_.shrink_to_fit();
      co_await stream_.wait_for_input();
    }
    for (;;) {
      if (auto taken = parser.take(buffer_); !taken) co_return taken;
      if (parser.head_done()) co_return Result<void>();
      const bool more = co_await read_more();
      if (!more) co_return Result<void>();
      if (std::exchange(idle_, false)) limit_.restart(server_.limits_.header_time_max);
    }
  }

  env::awaitable<Result<void>> read_body(RequestParser& parser, BodyShare& share) {
    const env::MonotonicTime started = server_.clock_.monotonic();
    std::size_t received = 0;
    while (!parser.done()) {
      const std::size_t waiting = buffer_.size();
      if (auto taken = parser.take(buffer_); !taken) co_return taken;
      if (auto fits = share.add(waiting - buffer_.size()); !fits) co_return fits;
      if (parser.done()) break;
      const env::milliseconds left = transfer_time(received) - (server_.clock_.monotonic() - started);
      limit_.restart(std::max(left, env::milliseconds(0)));
      const std::size_t before = buffer_.size();
      const bool more = co_await read_more();
      if (!more) co_return Result<void>();
      received += buffer_.size() - before;
    }
    co_return Result<void>();
  }

  // How long this many octets may take in all.
  env::milliseconds transfer_time(std::size_t octets) const {
    return server_.limits_.transfer_grace + env::milliseconds(octets * 1000 / server_.limits_.bytes_per_second_min);
  }

  env::awaitable<bool> read_more() {
    const RecordBuffer octets;
    const auto count = co_await stream_.read_some(octets.span());
    if (!count || *count == 0) co_return false;
    buffer_.append(octets.span().data(), *count);
    co_return true;
  }

  env::awaitable<Result<void>> write_response(const Request& request, Response response, Persistence persistence) {
    apply_conditions(request, response);
    server_.count_response(response.status);
    const WireResponse wire = wire_response(request, std::move(response), server_.clock_.now(), persistence,
                                            server_.limits_.gzip_bytes_min);
    if (wire.source) {
      auto written = co_await write_from_source(wire);
      co_return written;
    }
    limit_.restart(transfer_time(wire.head.size() + wire.body.size()));
    // The head shares a TLS record, and a call of the kernel, with the beginning of the body.
    const auto beside = wire.body.substr(0, kRecordBytes - std::min(kRecordBytes, wire.head.size()));
    Bytes first;
    first.reserve(wire.head.size() + beside.size());
    first += wire.head;
    first += beside;
    auto written = co_await stream_.write(first);
    if (const auto rest = wire.body.substr(beside.size()); written && !rest.empty()) written = co_await stream_.write(rest);
    co_return written;
  }

  env::awaitable<Result<void>> write_from_source(const WireResponse& wire) {
    auto written = co_await env::write_within(server_.clock_, server_.limits_.transfer_grace, stream_, wire.head);
    for (std::uint64_t sent = 0; written && sent < wire.range.count;) {
      auto octets = co_await wire.source->read(wire.range.first + sent);
      if (!octets) co_return pass(octets);
      const auto left = wire.range.count - sent;
      if (octets->size() > left) octets->resize(static_cast<std::size_t>(left));
      written = co_await env::write_within(server_.clock_, transfer_time(octets->size()), stream_, *octets);
      sent += octets->size();
    }
    co_return written;
  }

  env::awaitable<void> refuse(RequestParser& parser, Error error) {
    server_.metrics_.counter(kHttpRefusals, {{"reason", error.code.name()}}).add();
    Response response = handler_.refusal(parser.request(), status_of(error), error);
    if (error.code == kBodiesTooMany) response.headers.add("Retry-After", std::string(kRetrySeconds));
    const auto written = co_await write_response(parser.request(), std::move(response), Persistence::kClose);
    if (written) co_await end_in_order();
  }

  // Reads on for a moment after the last answer (RFC 9112 section 9.6): closing with unread octets would make the other
  // side's network drop it.
  env::awaitable<void> end_in_order() {
    limit_.restart(server_.limits_.linger_time_max);
    const auto ended = co_await stream_.shutdown();
    if (!ended) co_return;
    const RecordBuffer octets;
    for (std::size_t drained = 0; drained < server_.limits_.linger_bytes_max;) {
      const auto count = co_await stream_.read_some(octets.span());
      if (!count || *count == 0) co_return;
      drained += *count;
    }
  }

  Server& server_;
  env::Stream& stream_;
  bool tls_;
  Handler& handler_;
  std::stop_token stop_;
  bool idle_ = false;
  Bytes buffer_;  // read, and not yet part of a request
  env::Deadline limit_;  // of what is waited for now
  std::stop_callback<std::function<void()>> on_stop_;
};

Server::Server(env::Clock& clock, env::Log& log, env::Metrics& metrics, Limits limits)
    : clock_(clock), log_(log), metrics_(metrics), limits_(limits) {}

void Server::count_response(int status) {
  env::Counter*& counter = responses_[status];
  if (counter == nullptr) counter = &metrics_.counter(kHttpResponses, {{"status", std::to_string(status)}});
  counter->add();
}

env::awaitable<std::optional<Upgrade>> Server::serve(env::Stream& stream, Handler& handler, std::stop_token stop) {
  const auto connection = std::make_unique<Connection>(*this, stream, handler, stop);
  auto upgrade = co_await connection->serve();
  co_return upgrade;
}

env::awaitable<void> Server::run(env::Listener& listener, Handler& handler, env::Executor executor,
                                 std::stop_token stop) {
  env::TaskGroup connections(executor, stop);
  const std::function<void()> close_listener = [&listener] { listener.close(); };
  const std::stop_callback<std::function<void()>> on_stop(stop, close_listener);
  while (!stop.stop_requested()) {
    auto stream = co_await listener.accept();
    if (!stream) break;
    connections.spawn(serve_to_the_end(*std::move(stream), handler, connections.token()));
  }
  co_await connections.join();
}

env::awaitable<void> Server::serve_to_the_end(std::unique_ptr<env::Stream> stream, Handler& handler,
                                              std::stop_token stop) {
  env::Gauge& open = metrics_.gauge(kHttpConnections);
  open.add(1);
  auto upgrade = co_await serve(*stream, handler, stop);
  open.add(-1);
  if (upgrade) co_await upgrade->take_over(*stream, std::move(upgrade->already_read), stop);
  stream->close();
}

}  // namespace tamizdat::http
