#include "relay/http/message.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "proto/base/check.h"

namespace tamizdat::http {
namespace {

// A form that a person fills in; what takes more says so.
constexpr std::size_t kFormBytesMax = 64 * 1024;

struct Reason {
  int status;
  std::string_view phrase;
};
constexpr std::array kReasons{Reason{100, "Continue"},
                              Reason{101, "Switching Protocols"},
                              Reason{200, "OK"},
                              Reason{204, "No Content"},
                              Reason{206, "Partial Content"},
                              Reason{301, "Moved Permanently"},
                              Reason{302, "Found"},
                              Reason{303, "See Other"},
                              Reason{304, "Not Modified"},
                              Reason{307, "Temporary Redirect"},
                              Reason{308, "Permanent Redirect"},
                              Reason{400, "Bad Request"},
                              Reason{403, "Forbidden"},
                              Reason{404, "Not Found"},
                              Reason{405, "Method Not Allowed"},
                              Reason{408, "Request Timeout"},
                              Reason{409, "Conflict"},
                              Reason{410, "Gone"},
                              Reason{413, "Content Too Large"},
                              Reason{414, "URI Too Long"},
                              Reason{416, "Range Not Satisfiable"},
                              Reason{417, "Expectation Failed"},
                              Reason{429, "Too Many Requests"},
                              Reason{431, "Request Header Fields Too Large"},
                              Reason{451, "Unavailable For Legal Reasons"},
                              Reason{500, "Internal Server Error"},
                              Reason{501, "Not Implemented"},
                              Reason{503, "Service Unavailable"},
                              Reason{505, "HTTP Version Not Supported"},
                              Reason{507, "Insufficient Storage"}};

}  // namespace

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

const Bytes& Content::gzipped() const {
  if (gzipped_) return *gzipped_;
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;  // zlib.h: 16 more asks for the gzip wrapper
  TMZ_CHECK(deflateInit2(&stream, 6, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes out(deflateBound(&stream, static_cast<uLong>(bytes_.size())), '\0');
  stream.next_in = const_cast<Bytef*>(octets(bytes_));
  stream.avail_in = static_cast<uInt>(bytes_.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  TMZ_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  gzipped_ = std::move(out);
  return *gzipped_;
}

Response make_response(int status, std::string content_type, std::shared_ptr<const Content> content) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", std::move(content_type));
  response.content = std::move(content);
  return response;
}

Response make_response(int status, std::string content_type, Bytes body) {
  return make_response(status, std::move(content_type), std::make_shared<const Content>(std::move(body)));
}

Response make_error(int status) { return make_error(status, {}); }

Response make_error(int status, std::string_view explanation) {
  Bytes text = std::to_string(status) + ' ' + std::string(reason_phrase(status)) + '\n';
  if (!explanation.empty()) text += '\n' + std::string(explanation) + '\n';
  Response response = make_response(status, "text/plain; charset=utf-8", std::move(text));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

void say_blocked_here(Response& response) { response.headers.set("Link", "</>; rel=\"blocked-by\""); }

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? "Unknown" : found->phrase;
}

std::size_t Handler::body_bytes_max(const Request&) const { return kFormBytesMax; }

Response Handler::refusal(const Request&, int status, const Error& error) const {
  return make_error(status, error.text);
}

void Router::mount(std::string prefix, Handler& handler) {
  handlers_.emplace_back(std::move(prefix), &handler);
  std::ranges::sort(handlers_, [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

Handler* Router::find(std::string_view path) const {
  for (const auto& [prefix, handler] : handlers_)
    if (prefix == "/" || path == prefix || (path.starts_with(prefix) && path[prefix.size()] == '/')) return handler;
  return nullptr;
}

std::size_t Router::body_bytes_max(const Request& request) const {
  const Handler* const handler = find(request.path);
  return handler == nullptr ? kFormBytesMax : handler->body_bytes_max(request);
}

Response Router::refusal(const Request& request, int status, const Error& error) const {
  const Handler* const handler = find(request.path);
  return handler == nullptr ? Handler::refusal(request, status, error) : handler->refusal(request, status, error);
}

env::awaitable<Response> Router::handle(const Request& request) {
  Handler* const handler = find(request.path);
  if (handler == nullptr) co_return make_error(404);
  auto response = co_await handler->handle(request);
  co_return response;
}

}  // namespace tamizdat::http
