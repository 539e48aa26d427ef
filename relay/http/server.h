// The HTTP/1.1 server (RFC 9112) over streams of relay/env: keep-alive, pipelined requests answered in order, strict
// framing, limits on every size and wait. It serves the reader side, the submit API, the metrics and, by Upgrade, hands
// the connection over to the federation link. One Server may serve any number of listeners; loop thread only.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <stop_token>

#include "proto/base/bytes.h"
#include "relay/env/clock.h"
#include "relay/env/coroutine.h"
#include "relay/env/log.h"
#include "relay/env/metrics.h"
#include "relay/env/network.h"
#include "relay/http/message.h"

namespace tamizdat::http {

inline constexpr env::MetricName kHttpResponses{"tamizdat_http_responses_total", "Responses sent, by status."};
inline constexpr env::MetricName kHttpRefusals{"tamizdat_http_refusals_total",
                                               "Requests refused before any handler saw them, by reason."};
inline constexpr env::MetricName kHttpConnections{"tamizdat_http_connections", "HTTP connections open now."};

// Each limit ends the connection, those of sizes after an answer.
struct Limits {
  std::size_t header_bytes_max = 16 << 10;    // what nginx and Apache take in all; 431 above
  env::milliseconds header_time_max{10'000};  // first octet to end of the head: a slow line needs one, slowloris more
  env::milliseconds idle_time_max{60'000};    // between requests of one connection
  // A body, and a response that is being taken, must move at least this fast on the whole, after some grace.
  std::size_t bytes_per_second_min = 1024;
  env::milliseconds transfer_grace{15'000};
  // All request bodies under way together, as far as they have come: what strangers can make the relay hold. Room for
  // eight of the largest, or for all of 4096 forms.
  std::size_t bodies_bytes_max = 64 << 20;
  // How long and how much is read and thrown away after the last answer, so that the other side can still read it.
  env::milliseconds linger_time_max{2'000};
  std::size_t linger_bytes_max = 1 << 20;
  std::size_t gzip_bytes_min = 512;  // below this one packet holds it anyway
};

// The bodies under way are more than Limits::bodies_bytes_max: 503.
inline constexpr ErrorCode kBodiesTooMany{"http-bodies-too-many"};

// A connection that leaves HTTP.
struct Upgrade {
  TakeOver take_over;
  Bytes already_read;
};

class Server {
 public:
  // All references outlive the server.
  Server(env::Clock& clock, env::Log& log, env::Metrics& metrics, Limits limits = {});

  // Serves one connection until it ends. Nothing if HTTP ended, with the stream closed; or the upgrade that the handler
  // answered with, its 101 already written, and the stream open. A stop ends an idle connection at once and a busy one
  // after its present response.
  env::awaitable<std::optional<Upgrade>> serve(env::Stream& stream, Handler& handler, std::stop_token stop);

  // Accepts and serves connections, upgrades included, until a stop is requested; returns when all of them have ended.
  env::awaitable<void> run(env::Listener& listener, Handler& handler, env::Executor executor, std::stop_token stop);

 private:
  class Connection;
  class BodyShare;
  void count_response(int status);
  env::awaitable<void> serve_to_the_end(std::unique_ptr<env::Stream> stream, Handler& handler, std::stop_token stop);

  env::Clock& clock_;
  env::Log& log_;
  env::Metrics& metrics_;
  Limits limits_;
  std::size_t bodies_bytes_ = 0;  // see Limits::bodies_bytes_max
  std::map<int, env::Counter*> responses_;  // by status, of kHttpResponses
};

}  // namespace tamizdat::http
