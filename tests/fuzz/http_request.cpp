// links: tamizdat_http
// However a connection's octets are cut into reads, the same requests come out of them, and what comes out is strict.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/base/check.h"
#include "relay/http/request_parser.h"
#include "relay/http/request_target.h"

namespace {

using namespace tamizdat;

constexpr std::size_t kHeadBytesMax = 512;
constexpr std::size_t kBodyBytesMax = 64;

struct Connection {
  std::vector<http::Request> requests;
  std::string refusal;
};

void check_strict(const http::Request& request) {
  TMZ_CHECK(request.path.starts_with('/'));
  TMZ_CHECK(request.path.find("/../") == std::string::npos && !request.path.ends_with("/.."));
  TMZ_CHECK(is_utf8(request.path));
  TMZ_CHECK(request.host.empty() || http::is_host(request.host));
  TMZ_CHECK(request.body.size() <= kBodyBytesMax);
  for (const auto& [name, value] : request.headers.fields())
    for (const auto text : {name, value}) TMZ_CHECK(text.find_first_of("\r\n\0", 0, 3) == Bytes::npos);
}

// Reads of `piece` octets each; ends at the first refusal, as the server does.
Connection read_all(BytesView bytes, std::size_t piece) {
  Connection out;
  Bytes buffer;
  for (;;) {
    http::RequestParser parser(kHeadBytesMax);
    bool limited = false;
    for (;;) {
      auto went_on = parser.take(buffer);
      if (went_on && parser.head_done() && !limited) {
        limited = true;
        went_on = parser.limit_body(kBodyBytesMax);
        if (went_on && !parser.done()) continue;
      }
      if (!went_on) {
        out.refusal = went_on.error().code.name();
        TMZ_CHECK(http::status_of_refusal(went_on.error().code) >= 400);
        return out;
      }
      if (parser.done()) break;
      // What waits is a head, a piece of a body, or chunk lines: each has a limit.
      TMZ_CHECK(buffer.size() <= 2 * kHeadBytesMax + 8 * kBodyBytesMax + piece);
      if (bytes.empty()) return out;
      buffer += bytes.substr(0, piece);
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    check_strict(parser.request());
    out.requests.push_back(std::move(parser.request()));
  }
}

bool same(const http::Request& a, const http::Request& b) {
  return a.method == b.method && a.path == b.path && a.query == b.query && a.host == b.host && a.body == b.body &&
         a.headers.lines() == b.headers.lines();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  const Connection large = read_all(bytes, 7);
  const Connection small = read_all(bytes, 1);
  TMZ_CHECK(std::equal(large.requests.begin(), large.requests.end(), small.requests.begin(), small.requests.end(), same));
  TMZ_CHECK(large.refusal.empty() == small.refusal.empty());
  return 0;
}
