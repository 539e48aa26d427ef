#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "relay/http/request_parser.h"

namespace tamizdat::http {
namespace {

constexpr std::size_t kHeadBytesMax = 1024;
constexpr std::size_t kBodyBytesMax = 64;

struct Outcome {
  Request request;
  bool done = false;
  bool keep_alive = false;
  std::string refusal;  // the error's code
  Bytes left;           // octets of the next request
};

Outcome refused(const Error& error) {
  Outcome out;
  out.refusal = error.code.name();
  return out;
}

// Parses as the server does, with the octets arriving in pieces of `piece`.
Outcome parse(std::string_view bytes, std::size_t piece = SIZE_MAX, std::size_t body_bytes_max = kBodyBytesMax) {
  RequestParser parser(kHeadBytesMax);
  Bytes buffer;
  bool limited = false;
  for (;;) {
    if (auto taken = parser.take(buffer); !taken) return refused(taken.error());
    if (parser.head_done() && !limited) {
      limited = true;
      if (auto fits = parser.limit_body(body_bytes_max); !fits) return refused(fits.error());
      if (!parser.done()) continue;  // the body may be in the buffer already
    }
    if (parser.done() || bytes.empty()) break;
    buffer += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  Outcome out;
  out.done = parser.done();
  out.keep_alive = out.done && parser.keep_alive();
  out.request = std::move(parser.request());
  out.left = buffer + Bytes(bytes);
  return out;
}

// In one piece and in every smaller size of pieces the same comes out.
Outcome parse_in_pieces(std::string_view bytes) {
  Outcome whole = parse(bytes);
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    const Outcome cut = parse(bytes, piece);
    EXPECT_EQ(cut.refusal, whole.refusal) << "in pieces of " << piece;
    EXPECT_EQ(cut.done, whole.done) << "in pieces of " << piece;
    EXPECT_EQ(cut.request.path, whole.request.path) << "in pieces of " << piece;
    EXPECT_EQ(cut.request.body, whole.request.body) << "in pieces of " << piece;
    EXPECT_EQ(cut.left, whole.left) << "in pieces of " << piece;
  }
  return whole;
}

TEST(RequestParser, TakesABodyThatComesAfterItsHead) {
  const Outcome out = parse_in_pieces("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(out.done);
  EXPECT_EQ(out.request.body, "hello");
}

TEST(RequestParser, TakesAnEmptyChunkedBodyCutAnywhere) {
  const Outcome out = parse_in_pieces("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_TRUE(out.done);
  EXPECT_EQ(out.request.body, "");
}

Bytes with_fields(std::string_view fields) { return "POST /a HTTP/1.1\r\nHost: h\r\n" + Bytes(fields) + "\r\n"; }
Bytes chunked(std::string_view body) { return with_fields("Transfer-Encoding: chunked\r\n") + Bytes(body); }
Bytes get(std::string_view target) { return "GET " + Bytes(target) + " HTTP/1.1\r\nHost: h\r\n\r\n"; }

TEST(RequestParser, JoinsChunksAndDropsExtensionsAndTrailers) {
  const Outcome out = parse_in_pieces(chunked("3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\nGET "));
  EXPECT_TRUE(out.done);
  EXPECT_EQ(out.request.body, "hello");
  EXPECT_EQ(out.request.headers.count("X"), 0U);
  EXPECT_EQ(out.left, "GET ");
}

TEST(RequestParser, TransferCodingsCompareWithoutCase) {
  const Outcome out = parse_in_pieces(with_fields("Transfer-Encoding: Chunked\r\n") + "1\r\nx\r\n0\r\n\r\n");
  EXPECT_EQ(out.refusal, "");
  EXPECT_EQ(out.request.body, "x");
}

TEST(RequestParser, LeavesWhatBelongsToTheNextRequest) {
  const Outcome out = parse_in_pieces(with_fields("Content-Length: 2\r\n") + "okGET / HTTP/1.1\r\n");
  EXPECT_EQ(out.request.body, "ok");
  EXPECT_EQ(out.left, "GET / HTTP/1.1\r\n");
}

TEST(RequestParser, SkipsEmptyLinesBeforeARequestCutAnywhere) {
  EXPECT_TRUE(parse_in_pieces("\r\n\r\n\r\n" + get("/a")).done);
}

TEST(RequestParser, ARequestThatStopsInTheMiddleIsNotDone) {
  for (const Bytes& whole : {get("/"), chunked("1\r\nx\r\n0\r\n\r\n"), with_fields("Content-Length: 1\r\n") + "x"}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Outcome out = parse(whole.substr(0, size));
      EXPECT_FALSE(out.done) << size << " octets of " << whole;
      EXPECT_EQ(out.refusal, "") << size << " octets of " << whole;
    }
  }
}

struct Refusal {
  const char* what;
  Bytes bytes;
  ErrorCode code;
};

TEST(RequestParser, RefusesWhatTwoReadersCouldTakeForTwoRequests) {
  const Refusal refusals[] = {
      {"length and coding", with_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), kRequestMalformed},
      {"coding and length", with_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), kRequestMalformed},
      {"two lengths", with_fields("Content-Length: 5\r\nContent-Length: 6\r\n"), kRequestMalformed},
      {"one length twice", with_fields("Content-Length: 5\r\nContent-Length: 5\r\n"), kRequestAmbiguous},
      {"a list of lengths", with_fields("Content-Length: 5, 5\r\n"), kRequestAmbiguous},
      {"length with a sign", with_fields("Content-Length: +5\r\n"), kRequestMalformed},
      {"length below zero", with_fields("Content-Length: -5\r\n"), kRequestMalformed},
      {"length in hex", with_fields("Content-Length: 0x5\r\n"), kRequestMalformed},
      {"no length in the field", with_fields("Content-Length:\r\n"), kRequestMalformed},
      {"length too large to count", with_fields("Content-Length: 18446744073709551616\r\n"), kRequestMalformed},
      {"two codings", with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), kRequestMalformed},
      {"coding we do not know", with_fields("Transfer-Encoding: gzip, chunked\r\n"), kRequestUnsupported},
      {"chunked not last", with_fields("Transfer-Encoding: chunked, identity\r\n"), kRequestUnsupported},
      {"coding with a vertical tab", with_fields("Transfer-Encoding: \x0b" "chunked\r\n"), kRequestMalformed},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", kRequestUnsupported},
      {"folded line", with_fields("A: b\r\n c\r\n"), kRequestAmbiguous},
      {"folded first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", kRequestAmbiguous},
      {"LF alone", "GET / HTTP/1.1\nHost: h\r\n\r\n", kRequestAmbiguous},
      {"CR alone", with_fields("A: b\rC: d\r\n"), kRequestAmbiguous},
      {"space before a colon", with_fields("Content-Length : 5\r\n"), kRequestMalformed},
      {"chunk with a sign", chunked("+1\r\nx\r\n0\r\n\r\n"), kRequestMalformed},
      {"chunk in 0x form", chunked("0x1\r\nx\r\n0\r\n\r\n"), kRequestMalformed},
      {"chunk too large to count", chunked("10000000000000001\r\nx\r\n0\r\n\r\n"), kRequestMalformed},
      {"chunk longer than it says", chunked("1\r\nxy\r\n0\r\n\r\n"), kRequestMalformed},
      {"chunk line that ends in a quoted string", chunked("1;a=\"b\r\nx\r\n0\r\n\r\n"), kRequestMalformed},
      {"chunk line with CR alone", chunked("1\rx\r\n0\r\n\r\n"), kRequestMalformed},
      {"length in a trailer", chunked("0\r\nContent-Length: 1\r\n\r\n"), kRequestMalformed},
  };
  for (const auto& [what, bytes, code] : refusals) EXPECT_EQ(parse_in_pieces(bytes).refusal, code.name()) << what;
}

TEST(RequestParser, RefusesWhatIsNoRequest) {
  using std::string_literals::operator""s;
  const Refusal refusals[] = {
      {"TLS hello", "\x16\x03\x01\r\n\r\n", kRequestMalformed},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", kRequestMalformed},
      {"HTTP/0.9", "GET /\r\n\r\n", kRequestMalformed},
      {"NUL in a field", with_fields("A: b\0c\r\n"s), kRequestMalformed},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s, kRequestMalformed},
      {"space in a name", with_fields("A b: c\r\n"), kRequestMalformed},
      {"no colon", with_fields("A\r\n"), kRequestMalformed},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", kRequestMalformed},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", kRequestMalformed},
      {"Host without a name", "GET / HTTP/1.1\r\nHost:\r\n\r\n", kRequestMalformed},
      {"Host with markup", "GET / HTTP/1.1\r\nHost: h\"><script>\r\n\r\n", kRequestMalformed},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: h/a\r\n\r\n", kRequestMalformed},
      {"host with user info", get("http://a@h/"), kRequestMalformed},
      {"absolute form without host", get("http:///a"), kRequestMalformed},
      {"relative target", get("a"), kRequestMalformed},
      {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", kRequestMalformed},
      {"authority form", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", kRequestMalformed},
      {"broken escape", get("/%4"), kRequestMalformed},
      {"escape that is no hex", get("/%zz"), kRequestMalformed},
      {"escaped NUL", get("/%00"), kRequestMalformed},
      {"escaped end of line", get("/%0d%0aA:b"), kRequestMalformed},
      {"no UTF-8", get("/%ff"), kRequestMalformed},
      {"overlong UTF-8", get("/%c0%af"), kRequestMalformed},
      {"dots", get("/a/../b"), kRequestMalformed},
      {"escaped dots", get("/a/%2e%2E/b"), kRequestMalformed},
      {"one dot", get("/./a"), kRequestMalformed},
      {"empty segment", get("//a"), kRequestMalformed},
      {"broken escape in the query", get("/?a=%"), kRequestMalformed},
  };
  for (const auto& [what, bytes, code] : refusals) EXPECT_EQ(parse_in_pieces(bytes).refusal, code.name()) << what;
}

TEST(RequestParser, RefusesAHeadOverTheLimitWhetherItEndsOrNot) {
  const Bytes field = "A: " + Bytes(kHeadBytesMax, 'b');
  EXPECT_EQ(parse_in_pieces(with_fields(field + "\r\n")).refusal, kRequestHeadTooLarge.name());
  EXPECT_EQ(parse("GET / HTTP/1.1\r\n" + field).refusal, kRequestHeadTooLarge.name());
}

TEST(RequestParser, TakesAHeadOfExactlyTheLimit) {
  const std::size_t rest = kHeadBytesMax - with_fields("A: \r\n").size();
  EXPECT_TRUE(parse(with_fields("A: " + Bytes(rest, 'b') + "\r\n")).done);
  EXPECT_EQ(parse(with_fields("A: " + Bytes(rest + 1, 'b') + "\r\n")).refusal, kRequestHeadTooLarge.name());
}

TEST(RequestParser, RefusesABodyOverTheLimitBeforeItComes) {
  EXPECT_EQ(parse(with_fields("Content-Length: 65\r\n")).refusal, kRequestBodyTooLarge.name());
  EXPECT_EQ(parse(with_fields("Content-Length: 18446744073709551615\r\n")).refusal, kRequestBodyTooLarge.name());
  EXPECT_EQ(parse(chunked("41\r\n")).refusal, "");  // a chunk needs its end to be read
  EXPECT_EQ(parse(chunked("41\r\nxxxxx")).refusal, kRequestBodyTooLarge.name());
}

TEST(RequestParser, RefusesChunksThatAreOverTheLimitTogether) {
  const Bytes chunk = "20\r\n" + Bytes(32, 'x') + "\r\n";
  EXPECT_EQ(parse_in_pieces(chunked(chunk + chunk + "0\r\n\r\n")).request.body, Bytes(64, 'x'));
  EXPECT_EQ(parse_in_pieces(chunked(chunk + chunk + "1\r\nx\r\n0\r\n\r\n")).refusal, kRequestBodyTooLarge.name());
}

TEST(RequestParser, TheLimitOfABodyMayBeMoreThanAMebibyte) {
  const std::size_t size = (1 << 20) + 1;
  const Outcome out =
      parse(with_fields("Content-Length: " + std::to_string(size) + "\r\n") + Bytes(size, 'x'), 1 << 14, size);
  EXPECT_EQ(out.refusal, "");
  EXPECT_EQ(out.request.body.size(), size);
}

TEST(RequestParser, RefusesAChunkLineOrTrailersWithoutEnd) {
  EXPECT_EQ(parse(chunked("1;" + Bytes(4 * kHeadBytesMax, 'a')), 100).refusal, kRequestMalformed.name());
  EXPECT_EQ(parse(chunked("0\r\nA: " + Bytes(4 * kHeadBytesMax, 'a')), 100).refusal, kRequestMalformed.name());
}

TEST(RequestParser, RefusesManyChunksWithMoreExtensionThanContent) {
  Bytes chunks;
  for (int i = 0; i < 60; ++i) chunks += "1;a=" + Bytes(100, 'b') + "\r\nx\r\n";
  EXPECT_EQ(parse(chunked(chunks), 100).refusal, kRequestMalformed.name());
}

TEST(RequestParser, DecodesPathAndQuery) {
  const Outcome out = parse_in_pieces(get("/%D0%BC%D0%B8%D1%80/a+b/?q=a+b%2B&empty=&flag&q=2"));
  EXPECT_EQ(out.request.path, "/мир/a+b/");
  EXPECT_EQ(out.request.parameter("q"), "a b+");
  EXPECT_EQ(out.request.parameter("empty"), "");
  EXPECT_EQ(out.request.parameter("flag"), "");
  EXPECT_FALSE(out.request.parameter("other"));
}

TEST(RequestParser, AnAbsoluteTargetNamesTheHostInsteadOfTheHostField) {
  const Outcome out = parse_in_pieces(get("HTTPS://relay.example:8443/a?b=c"));
  EXPECT_EQ(out.request.host, "relay.example:8443");
  EXPECT_EQ(out.request.path, "/a");
  EXPECT_EQ(out.request.parameter("b"), "c");
  EXPECT_EQ(parse(get("http://other")).request.path, "/");
  EXPECT_EQ(parse(get("http://other?b=c")).request.parameter("b"), "c");
}

TEST(RequestParser, TakesEveryFormOfHost) {
  for (const std::string host : {"relay.example", "RELAY.example:443", "192.0.2.1:80", "[2001:db8::1]:443", "h:", "a_b"}) {
    const Outcome out = parse("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_TRUE(out.done) << host;
    EXPECT_EQ(out.request.host, host);
  }
}

TEST(RequestParser, KeepsAConnectionOfHttp11UntilItIsToldToClose) {
  EXPECT_TRUE(parse(get("/")).keep_alive);
  EXPECT_FALSE(parse(with_fields("Connection: Close\r\n")).keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

}  // namespace
}  // namespace tamizdat::http
