#include <zlib.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "relay/http/response_writer.h"

namespace tamizdat::http {
namespace {

const Timestamp kNow = timestamp_from_unix(1795505030);  // Tue, 24 Nov 2026 07:23:50 GMT
constexpr std::size_t kGzipBytesMin = 100;

Request get(std::string_view name = {}, std::string_view value = {}) {
  Request request;
  request.path = "/";
  if (!name.empty()) request.headers.add(std::string(name), std::string(value));
  return request;
}

Response page(std::size_t size = 1000, std::string type = "text/html; charset=utf-8") {
  Response response = make_response(200, std::move(type), Bytes(size, 'x'));
  response.tag = "v1";
  response.last_modified = kNow;
  return response;
}

WireResponse wire(const Request& request, Response response) {
  apply_conditions(request, response);
  return wire_response(request, std::move(response), kNow, Persistence::kKeepAlive, kGzipBytesMin);
}

int status(const Request& request, Response response) { return std::stoi(wire(request, std::move(response)).head.substr(9)); }
int status(std::string_view name, std::string_view value) { return status(get(name, value), page()); }

bool has_line(const WireResponse& response, std::string_view line) {
  return response.head.find("\r\n" + std::string(line) + "\r\n") != Bytes::npos;
}

bool is_gzip(const WireResponse& response) { return has_line(response, "Content-Encoding: gzip"); }

Bytes gunzip(BytesView packed, std::size_t size) {
  Bytes out(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = const_cast<Bytef*>(octets(packed));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(Conditions, ATagIsComparedWeaklyInAList) {
  EXPECT_EQ(status("If-None-Match", "\"v1\""), 304);
  EXPECT_EQ(status("If-None-Match", "W/\"v1\""), 304);
  EXPECT_EQ(status("If-None-Match", "\"v0\" ,W/\"v1\""), 304);
  EXPECT_EQ(status("If-None-Match", "*"), 304);
  EXPECT_EQ(status("If-None-Match", "\"v0\", \"v2\""), 200);
  EXPECT_EQ(status("If-None-Match", "v1"), 200);
  EXPECT_EQ(status("If-None-Match", ""), 200);
}

TEST(Conditions, ATimeIsMetByAnyThatIsNotBefore) {
  EXPECT_EQ(status("If-Modified-Since", "Tue, 24 Nov 2026 07:23:50 GMT"), 304);
  EXPECT_EQ(status("If-Modified-Since", "Tue, 24 Nov 2026 07:23:51 GMT"), 304);
  EXPECT_EQ(status("If-Modified-Since", "Tue, 24 Nov 2026 07:23:49 GMT"), 200);
  EXPECT_EQ(status("If-Modified-Since", "yesterday"), 200);
}

TEST(Conditions, ATagCountsAndTheTimeBesideItDoesNot) {
  Request request = get("If-None-Match", "\"v0\"");
  request.headers.add("If-Modified-Since", "Tue, 24 Nov 2026 07:23:51 GMT");
  EXPECT_EQ(status(request, page()), 200);
}

TEST(Conditions, AreForSuccessfulReadsOnly) {
  Request post = get("If-None-Match", "*");
  post.method = Method::kPost;
  EXPECT_EQ(status(post, page()), 200);
  EXPECT_EQ(status(get("If-None-Match", "*"), make_error(404)), 404);
  Request head = get("If-None-Match", "*");
  head.method = Method::kHead;
  EXPECT_EQ(status(head, page()), 304);
}

TEST(Conditions, ATagSentWithGzipIsKnownAgain) {
  Request request = get("Accept-Encoding", "gzip");
  const WireResponse first = wire(request, page());
  ASSERT_TRUE(is_gzip(first));
  EXPECT_TRUE(has_line(first, "ETag: W/\"v1\""));
  request.headers.add("If-None-Match", "W/\"v1\"");
  EXPECT_EQ(status(request, page()), 304);
}

TEST(Conditions, WithoutATagOfItsOwnTheContentNamesItself) {
  Response response = page();
  response.tag.clear();
  const std::string tag = "\"" + response.content->tag() + "\"";
  EXPECT_EQ(status(get("If-None-Match", tag), response), 304);
  response.content = std::make_shared<const Content>("other");
  EXPECT_EQ(status(get("If-None-Match", tag), response), 200);
}

TEST(WireResponse, A304HasTheFieldsOfThePageAndNoLengthOrBody) {
  const WireResponse response = wire(get("If-None-Match", "*"), page());
  EXPECT_TRUE(has_line(response, "ETag: W/\"v1\""));
  EXPECT_TRUE(has_line(response, "Last-Modified: Tue, 24 Nov 2026 07:23:50 GMT"));
  EXPECT_TRUE(has_line(response, "Vary: Accept-Encoding"));
  EXPECT_EQ(response.head.find("Content-Length"), Bytes::npos);
  EXPECT_EQ(response.body, "");
}

TEST(WireResponse, IsGzipOnlyIfAskedFor) {
  const auto accepts = [](std::string_view value) { return is_gzip(wire(get("Accept-Encoding", value), page())); };
  EXPECT_TRUE(accepts("gzip"));
  EXPECT_TRUE(accepts("br, GZip;q=0.5"));
  EXPECT_TRUE(accepts("*"));
  EXPECT_TRUE(accepts("gzip;q=0.001"));
  EXPECT_FALSE(accepts("gzip;q=0"));
  EXPECT_FALSE(accepts("gzip; Q=0.000"));
  EXPECT_FALSE(accepts("gzip;q=0, *"));
  EXPECT_FALSE(accepts("*;q=0"));
  EXPECT_FALSE(accepts("br"));
  EXPECT_FALSE(accepts("gzipped"));
  EXPECT_FALSE(is_gzip(wire(get(), page())));
}

TEST(WireResponse, GzipIsThePageAgainAndSaysItsOwnLength) {
  const WireResponse response = wire(get("Accept-Encoding", "gzip"), page());
  EXPECT_EQ(gunzip(response.body, 1000), Bytes(1000, 'x'));
  EXPECT_TRUE(has_line(response, "Content-Length: " + std::to_string(response.body.size())));
  EXPECT_LT(response.body.size(), 100U);
}

TEST(WireResponse, OnlyLongTextIsCompressed) {
  const Request request = get("Accept-Encoding", "gzip");
  EXPECT_TRUE(is_gzip(wire(request, page(kGzipBytesMin))));
  EXPECT_FALSE(is_gzip(wire(request, page(kGzipBytesMin - 1))));
  for (const char* type : {"application/atom+xml", "application/feed+json; charset=utf-8", "image/svg+xml"})
    EXPECT_TRUE(is_gzip(wire(request, page(1000, type)))) << type;
  for (const char* type : {"image/jpeg", "application/octet-stream", "application/zip"})
    EXPECT_FALSE(is_gzip(wire(request, page(1000, type)))) << type;
}

TEST(WireResponse, VaryIsSentWhetherThisOneIsCompressedOrNot) {
  EXPECT_TRUE(has_line(wire(get(), page()), "Vary: Accept-Encoding"));
  Response response = page();
  response.headers.add("Vary", "Accept-Language");
  EXPECT_TRUE(has_line(wire(get(), response), "Vary: Accept-Language, Accept-Encoding"));
  EXPECT_EQ(wire(get(), page(10)).head.find("Vary"), Bytes::npos);
}

TEST(WireResponse, HeadHasTheFieldsOfGetWithoutTheBody) {
  Request head = get("Accept-Encoding", "gzip");
  const WireResponse full = wire(head, page());
  head.method = Method::kHead;
  const WireResponse empty = wire(head, page());
  EXPECT_EQ(empty.head, full.head);
  EXPECT_EQ(empty.body, "");
}

TEST(WireResponse, AFieldStaysOneLineWhateverIsInIt) {
  Response response = make_response(303, "text/plain", Bytes());
  response.headers.add("Location", "/a\r\nSet-Cookie: b");
  EXPECT_TRUE(has_line(wire(get(), response), "Location: /aSet-Cookie: b"));
}

TEST(WireResponse, AnErrorIsSmallAndNamesNoServer) {
  const WireResponse response = wire(get(), make_error(404));
  EXPECT_EQ(response.head,
            "HTTP/1.1 404 Not Found\r\nDate: Tue, 24 Nov 2026 07:23:50 GMT\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nContent-Length: 14\r\n\r\n");
  EXPECT_EQ(response.body, "404 Not Found\n");
}

}  // namespace
}  // namespace tamizdat::http
