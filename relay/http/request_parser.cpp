#include "relay/http/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>

#include "relay/http/request_target.h"

namespace tamizdat::http {
namespace {

namespace beast = boost::beast::http;

constexpr std::string_view kEndOfLine = "\r\n";
constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::string_view kEndOfChunks = "0\r\n\r\n";
// A chunk of one octet has five of framing; more than this for each octet of body is padding, not content.
constexpr std::size_t kFramingPerOctetMax = 8;

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

// Beast waits for more where the line of a chunk ends inside a quoted string, and takes the chunk off the body's limit
// anew each time it is asked: so the answer would depend on how the octets came. `rest` begins at the line or at the end
// of the chunk before it. Never of the last chunk, behind whose line trailers may be waited for.
bool has_whole_chunk_line(BytesView rest) {
  if (rest.starts_with(kEndOfLine)) rest.remove_prefix(kEndOfLine.size());
  const auto line = rest.substr(0, rest.find(kEndOfLine));
  const auto size = line.substr(0, line.find_first_of("; \t"));
  const bool is_last = !size.empty() && size.find_first_not_of('0') == BytesView::npos;
  return line.size() < rest.size() && !is_last;
}

// RFC 9112 section 2.2: left over by old clients behind a body.
void skip_empty_lines(Bytes& buffer) {
  std::size_t skipped = 0;
  while (BytesView(buffer).substr(skipped).starts_with(kEndOfLine)) skipped += kEndOfLine.size();
  buffer.erase(0, skipped);
}

// RFC 9112 section 6: one clear length, or none. Beast takes a list of equal lengths, others one of them or none.
Result<void> check_framing(const Request& request, unsigned version) {
  const std::size_t lengths = request.headers.count("Content-Length");
  const std::size_t codings = request.headers.count("Transfer-Encoding");
  if (lengths + codings > 1) return fail(kRequestAmbiguous, "the request states its length more than once");
  const auto length = request.headers.find("Content-Length");
  if (length && length->find_first_not_of("0123456789") != std::string_view::npos)
    return fail(kRequestAmbiguous, "the request's length is not one number");
  const auto coding = request.headers.find("Transfer-Encoding");
  if (coding && (version < 11 || !boost::beast::iequals(*coding, "chunked")))
    return fail(kRequestUnsupported, "the request uses a transfer coding other than chunked");
  return {};
}

// RFC 9112 section 3.2: one valid Host field, which HTTP/1.0 may leave out.
Result<void> check_host(const Request& request, unsigned version) {
  const std::size_t hosts = request.headers.count("Host");
  if (hosts == 0 && version < 11) return {};
  if (hosts != 1 || !is_host(request.host)) return fail(kRequestMalformed, "the request must have one valid Host field");
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
  std::size_t searched = 0;         // octets of the buffer known to hold no end of head
  std::size_t body_bytes_read = 0;  // with chunk lines and trailers

  // Asked after each step of Beast's, so that the answer is the same however the octets came.
  bool frames_too_much(std::size_t waiting) {
    const std::size_t body = parser.get().body().size();
    return body_bytes_read + waiting - body > head_bytes_max + kFramingPerOctetMax * body;
  }
};

int status_of_refusal(ErrorCode code) {
  for (const auto& known : kStatuses)
    if (known.code == code) return known.status;
  return 400;
}

RequestParser::RequestParser(std::size_t head_bytes_max) : state_(std::make_unique<State>()) {
  state_->head_bytes_max = head_bytes_max;
  state_->parser.header_limit(static_cast<std::uint32_t>(head_bytes_max));
  state_->parser.body_limit(boost::none);  // limit_body() knows it when the head is there; Beast's own is 1 MiB
}

RequestParser::~RequestParser() = default;

bool RequestParser::head_done() const { return state_->parser.is_header_done(); }
bool RequestParser::done() const { return state_->parser.is_done(); }
bool RequestParser::keep_alive() const { return state_->parser.get().version() == 11 && state_->parser.keep_alive(); }
Request& RequestParser::request() { return state_->request; }

bool RequestParser::expects_continue() const {
  const auto& message = state_->parser.get();
  return message.version() == 11 && boost::beast::iequals(message[beast::field::expect], "100-continue") && !done();
}

Result<void> RequestParser::take(Bytes& buffer) { return head_done() ? take_body(buffer) : take_head(buffer); }

Result<void> RequestParser::take_head(Bytes& buffer) {
  State& state = *state_;
  if (state.searched == 0) {
    skip_empty_lines(buffer);
    if (buffer == "\r") return {};  // the LF may come with the next octets
  }
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
  if (!head_done() || used != size) return fail(kRequestMalformed, "the request's head cannot be read");
  buffer.erase(0, size);
  return read_head_fields();
}

Result<void> RequestParser::read_head_fields() {
  Request& request = state_->request;
  const auto& message = state_->parser.get();
  for (const auto& field : message) request.headers.add(std::string_view(field.name_string()), std::string_view(field.value()));
  request.method = method_of(message.method());
  request.host = std::string(message[beast::field::host]);
  if (auto clear = check_framing(request, message.version()); !clear) return clear;
  if (auto known = check_host(request, message.version()); !known) return known;
  auto target = parse_target(std::string_view(message.target()));
  if (!target) return pass(target);
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  if (!target->host.empty()) request.host = std::move(target->host);
  return {};
}

Result<void> RequestParser::limit_body(std::size_t bytes_max) {
  const auto length = state_->parser.content_length();
  if (length && *length > bytes_max)
    return fail(kRequestBodyTooLarge, "the request's body may have at most " + std::to_string(bytes_max) + " octets");
  state_->parser.body_limit(bytes_max);
  return {};
}

// Beast is asked only when there is something to take: it returns no error for nothing, and it asserts that the line of
// a last chunk does not come to it a second time with less than the shortest end behind it.
Result<void> RequestParser::take_body(Bytes& buffer) {
  State& state = *state_;
  const bool chunked = state.parser.chunked();
  const std::size_t bytes_min = chunked ? kEndOfChunks.size() : 1;
  BytesView rest = buffer;
  while (!done() && rest.size() >= bytes_min) {
    boost::system::error_code error;
    const std::size_t used = state.parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    rest.remove_prefix(used);
    state.body_bytes_read += used;
    if (error == beast::error::body_limit)
      return fail(kRequestBodyTooLarge, "the request's body is larger than this path takes");
    const bool waits = error == beast::error::need_more;  // a chunk line or the trailers have no end yet
    if ((error && !waits) || (waits && has_whole_chunk_line(rest)))
      return fail(kRequestMalformed, "the request's body cannot be read");
    if (chunked && state.frames_too_much(waits ? rest.size() : 0))
      return fail(kRequestMalformed, "the request's body has more framing than content");
    if (waits) break;
  }
  buffer.erase(0, buffer.size() - rest.size());
  if (done()) state.request.body = std::move(state.parser.get().body());
  return {};
}

}  // namespace tamizdat::http
