#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "relay/env/task_group.h"
#include "relay/http/server.h"
#include "tests/support/memory_stream.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"

namespace tamizdat::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDate = "Date: Tue, 24 Nov 2026 07:23:50 GMT\r\n";

// "/echo" gives back the body, "/slow" needs a minute, "/link" is upgraded, and anything else is a 404.
class Site : public Handler {
 public:
  explicit Site(env::Clock& clock) : clock_(clock) {}

  std::size_t body_bytes_max(const Request&) const override { return 1000; }

  env::awaitable<Response> handle(const Request& request) override {
    paths.push_back(request.path);
    if (request.path == "/slow") co_await clock_.sleep_for(1min);
    if (request.path == "/link") co_return upgrade();
    if (request.path == "/large") co_return make_response(200, "application/octet-stream", Bytes(100'000, 'x'));
    if (request.path == "/source" || request.path == "/broken") co_return from_source(request.path == "/broken");
    if (request.path != "/echo" && request.path != "/slow") co_return make_error(404);
    co_return make_response(200, "text/plain", request.body);
  }

  std::vector<std::string> paths;
  Bytes taken_over;  // what the taker of /link read

 private:
  Response upgrade() {
    Response response;
    response.status = 101;
    response.headers.add("Upgrade", "tamizdat-link/1");
    response.take_over = [this](env::Stream& stream, Bytes already_read, std::stop_token) {
      return read_link(stream, std::move(already_read));
    };
    return response;
  }
  // 26,000 letters in chunks of 1,000; a broken one fails in the middle.
  static Response from_source(bool broken) {
    Response response = make_response(200, "application/octet-stream", Bytes());
    response.tag = "letters";
    response.source = Source{26'000, [broken](std::uint64_t offset) { return read_letters(offset, broken); }};
    return response;
  }
  static env::awaitable<Result<Bytes>> read_letters(std::uint64_t offset, bool broken) {
    if (broken && offset > 12'000) co_return fail(ErrorCode{"broken"}, "the disk says no");
    const auto letter = offset / 1000;
    co_return Bytes(static_cast<std::size_t>((letter + 1) * 1000 - offset), static_cast<char>('a' + letter));
  }
  env::awaitable<void> read_link(env::Stream& stream, Bytes already_read) {
    taken_over = std::move(already_read);
    std::array<char, 100> octets;
    for (;;) {
      const auto count = co_await stream.read_some(octets);
      if (!count || *count == 0) break;
      taken_over.append(octets.data(), *count);
    }
    const auto written = co_await stream.write("pong");
    EXPECT_TRUE(written);
  }

  env::Clock& clock_;
};

struct Relay {
  explicit Relay(Limits limits = {}) : server(loop.clock(), log, metrics, limits) {}
  tests::TestLoop loop;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  Server server;
  Site site{loop.clock()};
  std::stop_source stop;
};

env::awaitable<void> serve(Relay& relay, env::Stream& stream) {
  auto upgrade = co_await relay.server.serve(stream, relay.site, relay.stop.get_token());
  if (upgrade) co_await upgrade->take_over(stream, std::move(upgrade->already_read), relay.stop.get_token());
  stream.close();
}

env::awaitable<Bytes> read_to_the_end(env::Stream& stream) {
  Bytes out;
  std::array<char, 4096> octets;
  for (;;) {
    const auto count = co_await stream.read_some(octets);
    if (!count || *count == 0) co_return out;
    out.append(octets.data(), *count);
  }
}

enum class Client {
  kEnds,        // its side, when everything is written
  kWaits,       // until the server ends the connection
  kIsCutShort,  // gives and takes three octets at a time
};

env::awaitable<Bytes> talk(Relay& relay, Bytes sent, Client client) {
  auto streams = tests::memory_stream_pair();
  if (client == Client::kIsCutShort) {
    streams.first->set_read_bytes_max(3);
    streams.second->set_read_bytes_max(3);
  }
  env::TaskGroup group(relay.loop.executor());
  group.spawn(serve(relay, *streams.second));
  const auto written = co_await streams.first->write(sent);
  EXPECT_TRUE(written);
  if (client != Client::kWaits) {
    const auto ended = co_await streams.first->shutdown();
    EXPECT_TRUE(ended);
  }
  Bytes got = co_await read_to_the_end(*streams.first);
  co_await group.join();
  co_return got;
}

Bytes exchange(Relay& relay, Bytes sent, Client client = Client::kEnds) {
  return relay.loop.run(talk(relay, std::move(sent), client));
}
Bytes exchange(Bytes sent, Client client = Client::kEnds) {
  Relay relay;
  return exchange(relay, std::move(sent), client);
}

Bytes post(std::string_view path, std::string_view body, std::string_view fields = {}) {
  return "POST " + Bytes(path) + " HTTP/1.1\r\nHost: h\r\n" + Bytes(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + Bytes(body);
}
Bytes get(std::string_view path) { return "GET " + Bytes(path) + " HTTP/1.1\r\nHost: h\r\n\r\n"; }

Bytes page(std::string_view body, std::string_view fields = {}) {
  const Content content{Bytes(body)};
  return "HTTP/1.1 200 OK\r\n" + Bytes(kDate) + "Content-Type: text/plain\r\nETag: W/\"" + content.tag() + "\"\r\n" +
         Bytes(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + Bytes(body);
}
Bytes not_found() {
  return "HTTP/1.1 404 Not Found\r\n" + Bytes(kDate) +
         "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nContent-Length: 14\r\n\r\n404 Not Found\n";
}

int status(std::string_view response) { return response.size() < 12 ? 0 : std::stoi(std::string(response.substr(9, 3))); }

TEST(Server, AnswersEachRequestOfTheTable) {
  struct Row {
    const char* what;
    Bytes sent;
    Bytes answer;
  };
  const Row rows[] = {
      {"nothing", "", ""},
      {"unfinished request", "GET / HTTP/1.1\r\nHos", ""},
      {"unfinished body", post("/echo", "abc").substr(0, post("/echo", "abc").size() - 1), ""},
      {"wrong path", get("/wrong"), not_found()},
      {"body", post("/echo", "abc"), page("abc")},
      {"no body", post("/echo", ""), page("")},
      {"two at once", post("/echo", "a") + post("/echo", "b"), page("a") + page("b")},
      {"chunks, then another", "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" +
                                   get("/wrong"), page("a") + not_found()},
      {"close", post("/echo", "a", "Connection: close\r\n") + get("/unread"), page("a", "Connection: close\r\n")},
      {"HTTP/1.0", "GET /echo HTTP/1.0\r\n\r\n", page("", "Connection: close\r\n")},
      {"continue", post("/echo", "a", "Expect: 100-Continue\r\n"), "HTTP/1.1 100 Continue\r\n\r\n" + page("a")},
      {"HEAD", "HEAD /wrong HTTP/1.1\r\nHost: h\r\n\r\n" + get("/wrong"),
       not_found().substr(0, not_found().find("\r\n\r\n") + 4) + not_found()},
  };
  for (const auto& [what, sent, answer] : rows) {
    EXPECT_EQ(exchange(sent), answer) << what;
    EXPECT_EQ(exchange(sent, Client::kIsCutShort), answer) << what;
  }
}

TEST(Server, RefusesWithAStatusAndClosesWithoutReadingOn) {
  struct Row {
    const char* what;
    Bytes sent;
    int status;
  };
  const Row rows[] = {
      {"no HTTP", "\x16\x03\x01\r\n\r\n", 400},
      {"length and coding", post("/echo", "", "Transfer-Encoding: chunked\r\n"), 400},
      {"coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"large head", "GET / HTTP/1.1\r\nHost: h\r\nA: " + Bytes(20'000, 'b') + "\r\n\r\n", 431},
      {"large body", post("/echo", Bytes(1001, 'x')), 413},
      {"large body that waits", "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n", 413},
  };
  for (const auto& [what, sent, expected] : rows) {
    Relay relay;
    const Bytes answer = exchange(relay, sent + get("/wrong"));
    EXPECT_EQ(status(answer), expected) << what;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), Bytes::npos) << what;
    EXPECT_EQ(answer.find("HTTP/1.1", 1), Bytes::npos) << what;
    EXPECT_TRUE(relay.site.paths.empty()) << what;
  }
}

TEST(Server, CountsResponsesByStatusAndRefusalsByReason) {
  Relay relay;
  exchange(relay, post("/echo", "a") + get("/wrong") + get("/wrong"));
  exchange(relay, "rubbish\r\n\r\n");
  EXPECT_EQ(relay.metrics.value("tamizdat_http_responses_total{status=\"200\"}"), 1);
  EXPECT_EQ(relay.metrics.value("tamizdat_http_responses_total{status=\"404\"}"), 2);
  EXPECT_EQ(relay.metrics.value("tamizdat_http_responses_total{status=\"400\"}"), 1);
  EXPECT_EQ(relay.metrics.value("tamizdat_http_refusals_total{reason=\"http-request-malformed\"}"), 1);
}

TEST(Server, GivesTheStreamAwayWithWhatWasReadBehindTheUpgrade) {
  for (const Client client : {Client::kEnds, Client::kIsCutShort}) {
    Relay relay;
    const Bytes answer = exchange(relay, get("/link") + "\r\nping", client);
    EXPECT_EQ(answer, "HTTP/1.1 101 Switching Protocols\r\n" + Bytes(kDate) +
                          "Upgrade: tamizdat-link/1\r\nConnection: Upgrade\r\n\r\npong");
    EXPECT_EQ(relay.site.taken_over, "\r\nping");
  }
}

TEST(Server, SendsALargePageWhole) {
  const Bytes answer = exchange(get("/large"));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 100'000U);
}

Bytes body_of(const Bytes& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
Bytes get_range(std::string_view path, std::string_view fields) {
  return "GET " + Bytes(path) + " HTTP/1.1\r\nHost: h\r\n" + Bytes(fields) + "\r\n";
}

TEST(Server, SendsASourceAsItIsReadAndGoesOn) {
  const Bytes answer = exchange(get("/source") + get("/wrong"));
  EXPECT_NE(answer.find("ETag: \"letters\"\r\n"), Bytes::npos);
  EXPECT_NE(answer.find("Accept-Ranges: bytes\r\n"), Bytes::npos);
  EXPECT_NE(answer.find("Content-Length: 26000\r\n"), Bytes::npos);
  const auto body = body_of(answer);
  EXPECT_EQ(body.size(), 26'000 + not_found().size());
  EXPECT_EQ(body.substr(25'999), "z" + not_found());
  EXPECT_EQ(exchange("HEAD /source HTTP/1.1\r\nHost: h\r\n\r\n" + get("/wrong")).find("aaaa"), Bytes::npos);
  EXPECT_EQ(status(exchange(get_range("/source", "If-None-Match: \"letters\"\r\n"))), 304);
}

TEST(Server, AnswersRangesOfASource) {
  const Bytes part = exchange(get_range("/source", "Range: bytes=1998-2001\r\n"));
  EXPECT_EQ(status(part), 206);
  EXPECT_NE(part.find("Content-Range: bytes 1998-2001/26000\r\n"), Bytes::npos);
  EXPECT_NE(part.find("Content-Length: 4\r\n"), Bytes::npos);
  EXPECT_EQ(body_of(part), "bbcc");
  EXPECT_EQ(body_of(exchange(get_range("/source", "Range: bytes=-2\r\n"))), "zz");
  const Bytes beyond = exchange(get_range("/source", "Range: bytes=26000-\r\n"));
  EXPECT_EQ(status(beyond), 416);
  EXPECT_NE(beyond.find("Content-Range: bytes */26000\r\n"), Bytes::npos);
  EXPECT_EQ(body_of(beyond), "");
  EXPECT_EQ(status(exchange(get_range("/source", "Range: bytes=0-1\r\nIf-Range: \"letters\"\r\n"))), 206);
  EXPECT_EQ(status(exchange(get_range("/source", "Range: bytes=0-1\r\nIf-Range: \"others\"\r\n"))), 200);
  EXPECT_EQ(status(exchange(get_range("/source", "Range: bytes=0-1,5-6\r\n"))), 200);
}

TEST(Server, ASourceThatBreaksEndsTheConnection) {
  const Bytes answer = exchange(get("/broken") + get("/wrong"));
  EXPECT_EQ(status(answer), 200);
  EXPECT_EQ(body_of(answer).size(), 13'000U);
}

TEST(Server, EndsAnIdleConnectionAfterAMinute) {
  Relay relay;
  EXPECT_EQ(exchange(relay, get("/wrong"), Client::kWaits), not_found());
  EXPECT_EQ(relay.loop.clock().elapsed(), 60s);
}

TEST(Server, AHeadHasTenSecondsFromItsFirstOctet) {
  Relay relay;
  EXPECT_EQ(exchange(relay, "G", Client::kWaits), "");
  EXPECT_EQ(relay.loop.clock().elapsed(), 10s);
}

env::awaitable<void> trickle(Relay& relay, env::Stream& stream, std::string_view bytes, env::milliseconds pause) {
  for (const char octet : bytes) {
    const auto written = co_await stream.write(BytesView(&octet, 1));
    if (!written) co_return;
    co_await relay.loop.clock().sleep_for(pause);
  }
}

env::awaitable<Bytes> talk_slowly(Relay& relay, Bytes at_once, Bytes slowly, env::milliseconds pause) {
  auto streams = tests::memory_stream_pair();
  env::TaskGroup group(relay.loop.executor());
  group.spawn(serve(relay, *streams.second));
  const auto written = co_await streams.first->write(at_once);
  EXPECT_TRUE(written);
  group.spawn(trickle(relay, *streams.first, slowly, pause));
  Bytes got = co_await read_to_the_end(*streams.first);
  streams.first->close();
  co_await group.join();
  co_return got;
}

TEST(Server, AHeadThatTricklesInIsCutOff) {
  Relay relay;
  EXPECT_EQ(relay.loop.run(talk_slowly(relay, "GET / HTTP/1.1\r\nHost: h\r\nA: ", Bytes(100, 'b'), 1s)), "");
  EXPECT_LT(relay.loop.clock().elapsed(), 15s);
}

TEST(Server, ABodyThatTricklesInIsCutOff) {
  Relay relay;
  const Bytes head = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n";
  EXPECT_EQ(relay.loop.run(talk_slowly(relay, head, Bytes(1000, 'b'), 1s)), "");
  EXPECT_LT(relay.loop.clock().elapsed(), 20s);
}

TEST(Server, ABodyOfTheLeastRateIsTaken) {
  Relay relay;
  const Bytes head = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n";
  EXPECT_EQ(status(relay.loop.run(talk_slowly(relay, head, Bytes(1000, 'b'), 15ms))), 200);
}

env::awaitable<Bytes> talk_beside(Relay& relay, Bytes half, Bytes sent) {
  auto streams = tests::memory_stream_pair();
  env::TaskGroup group(relay.loop.executor());
  group.spawn(serve(relay, *streams.second));
  const auto written = co_await streams.first->write(half);
  EXPECT_TRUE(written);
  Bytes got = co_await talk(relay, std::move(sent), Client::kEnds);
  streams.first->close();
  co_await group.join();
  co_return got;
}

TEST(Server, BodiesUnderWayShareOneBudget) {
  Limits limits;
  limits.bodies_bytes_max = 1500;
  Relay relay(limits);
  const Bytes whole = post("/echo", Bytes(1000, 'x'));
  const Bytes answer = relay.loop.run(talk_beside(relay, whole.substr(0, whole.size() - 1), whole));
  EXPECT_EQ(status(answer), 503);
  EXPECT_NE(answer.find("\r\nRetry-After: "), Bytes::npos);
  EXPECT_EQ(relay.metrics.value("tamizdat_http_refusals_total{reason=\"http-bodies-too-many\"}"), 1);
  EXPECT_EQ(status(relay.loop.run(talk_beside(relay, get("/wrong"), whole))), 200);
  const Bytes two_in_turn = exchange(relay, whole + whole);
  EXPECT_EQ(two_in_turn.find("HTTP/1.1 503"), Bytes::npos);
  EXPECT_EQ(relay.site.paths.size(), 4U);
}

TEST(Server, ASlowHandlerIsNotTheClientsFault) {
  Relay relay;
  EXPECT_EQ(status(exchange(relay, get("/slow"), Client::kEnds)), 200);
  EXPECT_EQ(relay.loop.clock().elapsed(), 60s);
}

// A peer that has sent `sent` and reads nothing.
env::awaitable<void> stall(Relay& relay, Bytes sent) {
  auto streams = tests::memory_stream_pair();
  env::TaskGroup group(relay.loop.executor());
  group.spawn(serve(relay, *streams.second));
  const auto written = co_await streams.first->write(sent);
  EXPECT_TRUE(written);
  co_await group.join();
}

TEST(Server, AResponseThatIsNotTakenIsGivenUp) {
  Relay relay;
  relay.loop.run(stall(relay, get("/large") + get("/large")));
  EXPECT_EQ(relay.site.paths.size(), 1U);
  EXPECT_LT(relay.loop.clock().elapsed(), 3min);
}

TEST(Server, ARefusedClientThatStaysIsLeftAfterTwoSeconds) {
  Relay relay;
  EXPECT_EQ(status(exchange(relay, "rubbish\r\n\r\n", Client::kWaits)), 400);
  EXPECT_LE(relay.loop.clock().elapsed(), 2s);
}

env::awaitable<void> stop_after(Relay& relay, env::milliseconds delay) {
  co_await relay.loop.clock().sleep_for(delay);
  relay.stop.request_stop();
}

env::awaitable<Bytes> talk_until_stopped(Relay& relay, Bytes sent, env::milliseconds delay) {
  env::TaskGroup group(relay.loop.executor());
  group.spawn(stop_after(relay, delay));
  Bytes got = co_await talk(relay, std::move(sent), Client::kWaits);
  co_await group.join();
  co_return got;
}

TEST(Server, AStopEndsAnIdleConnectionAtOnce) {
  Relay relay;
  EXPECT_EQ(relay.loop.run(talk_until_stopped(relay, get("/wrong"), 5s)), not_found());
  EXPECT_EQ(relay.loop.clock().elapsed(), 5s);
}

TEST(Server, AStopLetsARunningRequestFinishAndStartsNoOther) {
  Relay relay;
  const Bytes answer = relay.loop.run(talk_until_stopped(relay, get("/slow") + get("/unread"), 5s));
  EXPECT_EQ(status(answer), 200);
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), Bytes::npos);
  EXPECT_EQ(relay.site.paths, std::vector<std::string>{"/slow"});
}

// As a TLS stream whose other side takes nothing: its last word never leaves.
class StuckStream : public env::Stream {
 public:
  explicit StuckStream(std::unique_ptr<env::Stream> stream) : stream_(std::move(stream)) {}
  env::awaitable<Result<std::size_t>> read_some(std::span<char> out) override { return stream_->read_some(out); }
  env::awaitable<void> wait_for_input() override { return stream_->wait_for_input(); }
  env::awaitable<Result<void>> write(BytesView bytes) override { return stream_->write(bytes); }
  env::awaitable<Result<void>> shutdown() override {
    while (!closed_) co_await changed_.wait();
    co_return fail(env::kStreamClosed, "closed here");
  }
  void close() override {
    closed_ = true;
    stream_->close();
    changed_.notify_all();
  }
  Result<Hash32> exporter() const override { return stream_->exporter(); }

 private:
  std::unique_ptr<env::Stream> stream_;
  bool closed_ = false;
  env::Event changed_;
};

env::awaitable<void> serve_stuck(Relay& relay, Bytes sent) {
  auto streams = tests::memory_stream_pair();
  StuckStream stuck(std::move(streams.second));
  const auto written = co_await streams.first->write(sent);
  EXPECT_TRUE(written);
  co_await serve(relay, stuck);
}

TEST(Server, AnEndThatIsNotTakenIsGivenUp) {
  Relay relay;
  relay.loop.run(serve_stuck(relay, post("/echo", "a", "Connection: close\r\n")));
  EXPECT_EQ(relay.loop.clock().elapsed(), 2s);
}

// Knows what its reader waits in.
class WatchedStream : public env::Stream {
 public:
  explicit WatchedStream(std::unique_ptr<env::Stream> stream) : stream_(std::move(stream)) {}
  env::awaitable<Result<std::size_t>> read_some(std::span<char> out) override {
    reads_ = true;
    auto count = co_await stream_->read_some(out);
    reads_ = false;
    co_return count;
  }
  env::awaitable<void> wait_for_input() override {
    waits_ = true;
    co_await stream_->wait_for_input();
    waits_ = false;
  }
  env::awaitable<Result<void>> write(BytesView bytes) override { return stream_->write(bytes); }
  env::awaitable<Result<void>> shutdown() override { return stream_->shutdown(); }
  void close() override { stream_->close(); }
  Result<Hash32> exporter() const override { return stream_->exporter(); }

  bool only_waits() const { return waits_ && !reads_; }

 private:
  std::unique_ptr<env::Stream> stream_;
  bool reads_ = false;
  bool waits_ = false;
};

env::awaitable<void> rest_between_requests(Relay& relay) {
  auto streams = tests::memory_stream_pair();
  WatchedStream watched(std::move(streams.second));
  env::TaskGroup group(relay.loop.executor());
  group.spawn(serve(relay, watched));
  for (int i = 0; i < 2; ++i) {
    const auto written = co_await streams.first->write(get("/wrong"));
    EXPECT_TRUE(written);
    co_await relay.loop.clock().sleep_for(5s);
    EXPECT_EQ(relay.site.paths.size(), static_cast<std::size_t>(i + 1));
    EXPECT_TRUE(watched.only_waits());
  }
  const auto half = co_await streams.first->write("GET");
  EXPECT_TRUE(half);
  co_await relay.loop.clock().sleep_for(5s);
  EXPECT_FALSE(watched.only_waits());
  streams.first->close();
  co_await group.join();
}

// A read has a buffer, a wait has none: most connections of readers are idle.
TEST(Server, AnIdleConnectionWaitsWithoutReading) {
  Relay relay;
  relay.loop.run(rest_between_requests(relay));
}

env::awaitable<Bytes> talk_to_listener(Relay& relay, Bytes sent) {
  tests::MemoryNetwork network;
  const env::Address address("relay.example", 443);
  auto listener = network.listen(address, env::Transport::kTls);
  EXPECT_TRUE(listener);
  env::TaskGroup group(relay.loop.executor());
  group.spawn(relay.server.run(**listener, relay.site, relay.loop.executor(), relay.stop.get_token()));
  Bytes got;
  for (int i = 0; i < 2; ++i) {
    auto stream = co_await network.connect(address, Hash32());
    EXPECT_TRUE(stream);
    const auto written = co_await (*stream)->write(sent);
    EXPECT_TRUE(written);
    const auto ended = co_await (*stream)->shutdown();
    EXPECT_TRUE(ended);
    got += co_await read_to_the_end(**stream);
  }
  relay.stop.request_stop();
  co_await group.join();
  co_return got;
}

TEST(Server, RunServesConnectionsAndUpgradesUntilItIsStopped) {
  Relay relay;
  EXPECT_EQ(relay.loop.run(talk_to_listener(relay, get("/wrong"))), not_found() + not_found());
  EXPECT_EQ(relay.metrics.value("tamizdat_http_connections"), 0);
}

TEST(Server, NothingIsLoggedOfARequest) {
  Relay relay;
  exchange(relay, get("/wrong") + "rubbish\r\n\r\n");
  EXPECT_TRUE(relay.log.lines.empty());
}

TEST(Router, ChoosesTheLongestPrefixOfWholeSegments) {
  tests::TestLoop loop;
  Site all(loop.clock());
  Site some(loop.clock());
  Router router;
  router.mount("/", all);
  router.mount("/api", some);
  for (const char* path : {"/api", "/api/", "/api/a", "/apis", "/"}) {
    Request request;
    request.path = path;
    const Response response = loop.run(router.handle(request));
    EXPECT_EQ(response.status, 404);
  }
  EXPECT_EQ(some.paths, (std::vector<std::string>{"/api", "/api/", "/api/a"}));
  EXPECT_EQ(all.paths, (std::vector<std::string>{"/apis", "/"}));
}

TEST(Router, AnswersAPathThatNobodyMountedWith404) {
  tests::TestLoop loop;
  Router router;
  EXPECT_EQ(loop.run(router.handle(Request())).status, 404);
}

}  // namespace
}  // namespace tamizdat::http
