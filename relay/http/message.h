// HTTP/1.1 requests and responses as values (RFC 9110). A handler gets a Request that is already strict: its path and
// query are percent-decoded UTF-8, its body is complete, its framing unambiguous. It answers with a Response and leaves
// lengths, dates, tags, compression and connection handling to the server. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/result.h"
#include "proto/base/time.h"
#include "relay/env/coroutine.h"
#include "relay/env/network.h"
#include "relay/http/headers.h"

namespace tamizdat::http {

enum class Method { kGet, kHead, kPost, kPut, kDelete, kOther };

struct Request {
  Method method = Method::kGet;
  std::string path;  // decoded, begins with '/', no empty, "." or ".." segment but a last empty one
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::string host;  // the Host field as it came: what links to this site should begin with
  Headers headers;
  Bytes body;
  bool tls = false;
  // The connection it came on, for its exporter; never null in a handler of the server.
  const env::Stream* connection = nullptr;

  // The first value of that query parameter.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// The immutable bytes of a response, shared by everybody who is served them. Keep it as long as the bytes are valid:
// its tag and its gzip form are computed once, when first needed.
class Content {
 public:
  explicit Content(Bytes bytes) : bytes_(std::move(bytes)) {}
  const Bytes& bytes() const { return bytes_; }
  // A strong name of the bytes: their SHA-256, shortened.
  const std::string& tag() const;
  // RFC 1952.
  const Bytes& gzipped() const;

 private:
  Bytes bytes_;
  mutable std::string tag_;
  mutable std::optional<Bytes> gzipped_;
};

// A body that is read while it is sent, for what is too large to hold. Ranges of it are answered too.
struct Source {
  std::uint64_t size = 0;
  // Some octets from `offset` on, at least one. An error ends the connection: the other side sees that the body is cut.
  std::function<env::awaitable<Result<Bytes>>(std::uint64_t offset)> read;
};

// What goes on after a 101: owns the connection until it returns. `already_read` are the octets of the new protocol that
// came together with the request. Ends soon after a stop was requested.
using TakeOver = std::function<env::awaitable<void>(env::Stream& stream, Bytes already_read, std::stop_token stop)>;

struct Response {
  int status = 200;
  // Content-Type, Cache-Control and what else the handler knows; not Content-Length, Date, ETag, Last-Modified,
  // Content-Encoding, Vary, Connection or Transfer-Encoding, which the server adds.
  Headers headers;
  std::shared_ptr<const Content> content;  // null is an empty body
  std::optional<Source> source;            // or this, with a `tag` that no other octets ever have
  // The entity tag without quotes; empty means the content's own tag. Sent weak, so that it survives compression, but strong
  // for a source.
  std::string tag;
  std::optional<Timestamp> last_modified;
  TakeOver take_over;  // with status 101 only
};

Response make_response(int status, std::string content_type, Bytes body);
Response make_response(int status, std::string content_type, std::shared_ptr<const Content> content);
// A small page in plain text that says the status and its reason, nothing about the server.
Response make_error(int status);
// The same with a sentence for the person who sees it.
Response make_error(int status, std::string_view explanation);
// Says of a 451 who blocks it: this site itself (RFC 7725 section 4, "blocked-by").
void say_blocked_here(Response& response);
// The reason phrase of RFC 9110 section 15, or "Unknown".
std::string_view reason_phrase(int status);

// What a site does. It outlives the connections it serves.
class Handler {
 public:
  virtual ~Handler() = default;

  // Asked when the head of `request` is there and its body is not: at most so many octets of body are read, a longer
  // one is answered with 413. The default has room for a form, and is the same for every path, so that it tells a
  // prober nothing.
  virtual std::size_t body_bytes_max(const Request& request) const;
  virtual env::awaitable<Response> handle(const Request& request) = 0;
  // The answer to a request that the server refuses before handle(); of `request` there is what was read. A small page
  // in plain text unless the site's readers are programs.
  virtual Response refusal(const Request& request, int status, const Error& error) const;
};

// Sends each request to the handler with the longest matching prefix of whole path segments.
class Router : public Handler {
 public:
  // `prefix` is "/" or begins with '/' and does not end with it. The handler sees the whole path.
  void mount(std::string prefix, Handler& handler);

  std::size_t body_bytes_max(const Request& request) const override;
  env::awaitable<Response> handle(const Request& request) override;
  Response refusal(const Request& request, int status, const Error& error) const override;

 private:
  Handler* find(std::string_view path) const;
  std::vector<std::pair<std::string, Handler*>> handlers_;
};

}  // namespace tamizdat::http
