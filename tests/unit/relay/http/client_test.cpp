#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "relay/http/client.h"
#include "tests/support/memory_stream.h"
#include "tests/support/test_loop.h"

namespace tamizdat::http {
namespace {

using namespace std::chrono_literals;

struct Exchange {
  Bytes sent;
  Bytes behind;  // the head: what was read with it, and what the stream still gives
  Result<ClientResponse> response = fail(kResponseInvalid, "none yet");
};

enum class AfterAnswer { kEnd, kStay };

// The answer comes seven octets at a time, so that the end of its head does not end a read.
env::awaitable<Exchange> exchange(tests::TestLoop& loop, Bytes answer, AfterAnswer after) {
  auto streams = tests::memory_stream_pair();
  streams.first->set_read_bytes_max(7);
  const auto answered = co_await streams.second->write(answer);
  EXPECT_TRUE(answered);
  if (after == AfterAnswer::kEnd) {
    const auto ended = co_await streams.second->shutdown();
    EXPECT_TRUE(ended);
  }
  ClientRequest request("GET", "/secret", "relay.example:443");
  request.headers.add("Connection", "Upgrade");
  request.headers.add("Upgrade", "tamizdat-link/1");
  Exchange out;
  out.response = co_await request_head(loop.clock(), 15s, *streams.first, std::move(request));
  if (out.response) out.behind = out.response->already_read;
  std::array<char, 1024> octets;
  while (out.response) {
    const auto count = co_await streams.first->read_some(octets);
    if (!count || *count == 0) break;
    out.behind.append(octets.data(), *count);
  }
  const auto count = co_await streams.second->read_some(octets);
  if (count) out.sent.assign(octets.data(), *count);
  co_return out;
}

Exchange answered_with(Bytes answer, AfterAnswer after = AfterAnswer::kEnd) {
  tests::TestLoop loop;
  return loop.run(exchange(loop, std::move(answer), after));
}

std::string refusal(Bytes answer, AfterAnswer after = AfterAnswer::kEnd) {
  const Exchange out = answered_with(std::move(answer), after);
  return out.response ? "" : std::string(out.response.error().code.name());
}

TEST(RequestHead, SendsOneRequestAndGivesWhatLiesBehindTheUpgrade) {
  const Exchange out =
      answered_with("HTTP/1.1 101 Switching Protocols\r\nUpgrade: tamizdat-link/1\r\nX: y\r\n\r\n\r\nframes");
  EXPECT_EQ(out.sent,
            "GET /secret HTTP/1.1\r\nHost: relay.example:443\r\nConnection: Upgrade\r\nUpgrade: tamizdat-link/1\r\n\r\n");
  ASSERT_TRUE(out.response);
  EXPECT_EQ(out.response->status, 101);
  EXPECT_EQ(out.response->headers.find("x"), "y");
  EXPECT_EQ(out.behind, "\r\nframes");
}

TEST(RequestHead, GivesTheStatusOfARefusal) {
  const Exchange out = answered_with("HTTP/1.1 404 Not Found\r\nContent-Length: 99999999\r\n\r\n404");
  ASSERT_TRUE(out.response);
  EXPECT_EQ(out.response->status, 404);
}

TEST(RequestHead, SkipsInterimResponses) {
  const Exchange out = answered_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(out.response);
  EXPECT_EQ(out.response->status, 200);
}

TEST(RequestHead, RefusesWhatIsNoResponse) {
  EXPECT_EQ(refusal("SSH-2.0-OpenSSH_9.2\r\n\r\n"), kResponseInvalid.name());
  EXPECT_EQ(refusal("HTTP/1.1 two OK\r\n\r\n"), kResponseInvalid.name());
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nA b: c\r\n\r\n"), kResponseInvalid.name());
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nA: b"), kResponseInvalid.name());
  EXPECT_EQ(refusal(""), kResponseInvalid.name());
}

TEST(RequestHead, RefusesAHeadThatIsTooLong) {
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nA: " + Bytes(17 << 10, 'b')), kResponseInvalid.name());
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nA: " + Bytes(17 << 10, 'b') + "\r\n\r\n"), kResponseInvalid.name());
}

TEST(RequestHead, GivesUpWhenTheTimeIsOver) {
  EXPECT_EQ(refusal("", AfterAnswer::kStay), env::kTimeLimit.name());
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\n", AfterAnswer::kStay), env::kTimeLimit.name());
}

}  // namespace
}  // namespace tamizdat::http
