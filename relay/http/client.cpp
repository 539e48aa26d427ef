#include "relay/http/client.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <array>

#include "relay/env/deadline.h"

namespace tamizdat::http {
namespace {

namespace beast = boost::beast::http;

constexpr std::size_t kHeadBytesMax = 16 * 1024;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

Bytes request_bytes(const ClientRequest& request) {
  Bytes out = request.method + ' ' + request.target + " HTTP/1.1\r\nHost: " + request.host + "\r\n";
  out += request.headers.lines();
  out += "\r\n";
  return out;
}

// Takes one head off the front of `buffer`, which holds it whole.
Result<ClientResponse> parse_head(Bytes& buffer, std::size_t size) {
  beast::response_parser<beast::empty_body> parser;
  parser.header_limit(kHeadBytesMax);
  parser.body_limit(boost::none);  // whoever reads the body limits it
  boost::system::error_code error;
  parser.put(boost::asio::buffer(buffer.data(), size), error);
  if (!parser.is_header_done())
    return fail(kResponseInvalid, "the peer's answer is not HTTP: is another service at this address?");
  ClientResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get())
    response.headers.add(std::string_view(field.name_string()), std::string_view(field.value()));
  buffer.erase(0, size);
  return response;
}

}  // namespace

env::awaitable<Result<ClientResponse>> request_head(env::Clock& clock, env::milliseconds limit, env::Stream& stream,
                                                    ClientRequest request) {
  env::Deadline deadline(clock, limit, stream);
  const Bytes bytes = request_bytes(request);
  const auto written = co_await stream.write(bytes);
  if (!written && deadline.expired()) co_return fail(env::kTimeLimit, "the peer did not take the request in time");
  if (!written) co_return tl::unexpected(written.error());
  Bytes buffer;
  std::array<char, 4096> read_buffer;
  for (;;) {
    const std::size_t end = buffer.find(kEndOfHead);
    if (end != Bytes::npos) {
      auto response = parse_head(buffer, end + kEndOfHead.size());
      if (!response) co_return response;
      if (response->status / 100 == 1 && response->status != 101) continue;
      response->already_read = std::move(buffer);
      co_return response;
    }
    if (buffer.size() > kHeadBytesMax) co_return fail(kResponseInvalid, "the head of the peer's answer is too long");
    const auto count = co_await stream.read_some(read_buffer);
    if (!count && deadline.expired()) co_return fail(env::kTimeLimit, "the peer did not answer in time");
    if (!count) co_return tl::unexpected(count.error());
    if (*count == 0) co_return fail(kResponseInvalid, "the peer ended the connection without an answer");
    buffer.append(read_buffer.data(), *count);
  }
}

}  // namespace tamizdat::http
