#include "relay/http/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>

#include "relay/http/request_target.h"

namespace tamizdat::http {
namespace {

namespace beast = boost::beast::http;

constexpr std::string_view kEndOfHead = "\r\n\r\n";

struct StatusOfCode {
  ErrorCode code;
  int status;
};
constexpr std::array kStatuses{StatusOfCode{kRequestHeadTooLarge, 431}, StatusOfCode{kRequestBodyTooLarge, 413},
                               StatusOfCode{kRequestUnsupported, 501}};

// Beast reads a folded line as one and a lone LF as an end of line; others do not.
Result<void> check_lines(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    const char c = head[i];
    const bool starts_line = i > 0 && head[i - 1] == '\n';
    if (c == '\0') return fail(kRequestMalformed, "the request's head has a NUL octet");
    if (c == '\n' && (i == 0 || head[i - 1] != '\r'))
      return fail(kRequestAmbiguous, "the request's head has a line that ends in LF alone");
    if (c == '\r' && (i + 1 == head.size() || head[i + 1] != '\n'))
      return fail(kRequestAmbiguous, "the request's head has a lone CR");
    if (starts_line && (c == ' ' || c == '\t'))
      return fail(kRequestAmbiguous, "the request's head has a folded line");
  }
  return {};
}

// RFC 9112 section 6: one clear length, or none.
Result<void> check_framing(const Request& request, unsigned version) {
  const std::size_t lengths = request.headers.count("Content-Length");
  const std::size_t codings = request.headers.count("Transfer-Encoding");
  if (lengths + codings > 1) return fail(kRequestAmbiguous, "the request states its length more than once");
  if (codings == 1 && (version < 11 || request.headers.find("Transfer-Encoding") != "chunked"))
    return fail(kRequestUnsupported, "the request uses a transfer coding other than chunked");
  if (request.headers.count("Host") > 1 || (version == 11 && request.headers.count("Host") != 1))
    return fail(kRequestMalformed, "the request must have one Host field");
  return {};
}

Method method_of(beast::verb verb) {
  switch (verb) {
    case beast::verb::get:
      return Method::kGet;
    case beast::verb::head:
      return Method::kHead;
    case beast::verb::post:
      return Method::kPost;
    case beast::verb::put:
      return Method::kPut;
    case beast::verb::delete_:
      return Method::kDelete;
    default:
      return Method::kOther;
  }
}

}  // namespace

struct RequestParser::State {
  std::size_t head_bytes_max = 0;
  beast::request_parser<beast::string_body> parser;
  Request request;
  std::size_t searched = 0;  // octets of the buffer known to hold no end of head
};

int status_of_refusal(ErrorCode code) {
  for (const auto& known : kStatuses)
    if (known.code == code) return known.status;
  return 400;
}

RequestParser::RequestParser(std::size_t head_bytes_max) : state_(std::make_unique<State>()) {
  state_->head_bytes_max = head_bytes_max;
  state_->parser.header_limit(static_cast<std::uint32_t>(head_bytes_max));
}

RequestParser::~RequestParser() = default;

bool RequestParser::head_done() const { return state_->parser.is_header_done(); }
bool RequestParser::done() const { return state_->parser.is_done(); }
bool RequestParser::keep_alive() const { return state_->parser.get().version() == 11 && state_->parser.keep_alive(); }
Request& RequestParser::request() { return state_->request; }

bool RequestParser::expects_continue() const {
  return state_->parser.get()[beast::field::expect] == "100-continue" && !done();
}

Result<void> RequestParser::take(Bytes& buffer) { return head_done() ? take_body(buffer) : take_head(buffer); }

Result<void> RequestParser::take_head(Bytes& buffer) {
  State& state = *state_;
  if (state.searched == 0)
    while (buffer.starts_with("\r\n")) buffer.erase(0, 2);  // RFC 9112 section 2.2
  const std::size_t from = state.searched < kEndOfHead.size() ? 0 : state.searched - kEndOfHead.size();
  const std::size_t end = buffer.find(kEndOfHead, from);
  if (end == Bytes::npos ? buffer.size() > state.head_bytes_max : end + kEndOfHead.size() > state.head_bytes_max)
    return fail(kRequestHeadTooLarge, "the request's head is larger than " + std::to_string(state.head_bytes_max) +
                                          " octets");
  state.searched = buffer.size();
  if (end == Bytes::npos) return {};
  const std::size_t size = end + kEndOfHead.size();
  if (auto clean = check_lines(BytesView(buffer).substr(0, size)); !clean) return clean;
  boost::system::error_code error;
  const std::size_t used = state.parser.put(boost::asio::buffer(buffer.data(), size), error);
  if (error && error != beast::error::need_more)
    return fail(kRequestMalformed, "the request's head cannot be read: " + error.message());
  if (!head_done()) return fail(kRequestMalformed, "the request's head cannot be read");
  buffer.erase(0, used);

  const auto& message = state.parser.get();
  for (const auto& field : message)
    state.request.headers.add(std::string(field.name_string()), std::string(field.value()));
  state.request.method = method_of(message.method());
  state.request.host = std::string(message[beast::field::host]);
  if (message.version() != 10 && message.version() != 11)
    return fail(kRequestUnsupported, "the request is of another HTTP version than 1.1 and 1.0");
  if (auto clear = check_framing(state.request, message.version()); !clear) return clear;
  auto target = parse_target(std::string_view(message.target()));
  if (!target) return pass(target);
  state.request.path = std::move(target->path);
  state.request.query = std::move(target->query);
  return {};
}

Result<void> RequestParser::limit_body(std::size_t bytes_max) {
  const auto length = state_->parser.content_length();
  if (length && *length > bytes_max)
    return fail(kRequestBodyTooLarge, "the request's body may have at most " + std::to_string(bytes_max) + " octets");
  state_->parser.body_limit(bytes_max);
  return {};
}

Result<void> RequestParser::take_body(Bytes& buffer) {
  State& state = *state_;
  std::size_t used = 0;
  while (!done()) {
    boost::system::error_code error;
    used += state.parser.put(boost::asio::buffer(buffer.data() + used, buffer.size() - used), error);
    if (error == beast::error::need_more) break;
    if (error == beast::error::body_limit)
      return fail(kRequestBodyTooLarge, "the request's body is larger than this path takes");
    if (error) return fail(kRequestMalformed, "the request's body cannot be read: " + error.message());
  }
  buffer.erase(0, used);
  if (done()) state.request.body = std::move(state.parser.get().body());
  return {};
}

}  // namespace tamizdat::http
