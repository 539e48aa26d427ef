#include "relay/env/network.h"

#include <charconv>

namespace tamizdat::env {

Result<Address> Address::parse(std::string_view text) {
  const auto invalid = [text](std::string_view why) {
    return fail(kAddressInvalid, "'" + std::string(text) + "' is not an address: " + std::string(why));
  };
  std::string_view host;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return invalid("the bracket is not closed");
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return invalid("write host:port");
    host = text.substr(0, colon);
    rest = text.substr(colon);
    if (host.find(':') != std::string_view::npos) return invalid("put an IPv6 address in brackets");
  }
  if (host.empty()) return invalid("the host is missing");
  if (host.size() > 253) return invalid("the host is longer than 253 characters");  // RFC 1035 section 2.3.4
  for (const char c : host) {
    if (c <= ' ' || c > '~' || c == '/' || c == '@') return invalid("the host has a character that no host name has");
  }
  if (!rest.starts_with(':')) return invalid("write host:port");
  rest.remove_prefix(1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  if (error != std::errc() || end != rest.data() + rest.size() || rest.starts_with('0')) {
    return invalid("the port is a number from 1 to 65535");
  }
  return Address(std::string(host), port);
}

std::string Address::text() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace tamizdat::env
