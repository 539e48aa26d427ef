#include "proto/sync/relay_address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace tamizdat::sync {
namespace {

constexpr std::string_view kFirstWord = "tamizdat-relay:v1";
constexpr std::string_view kPinLabel = "pin=";
constexpr std::string_view kPathLabel = "path=";

tl::unexpected<Error> invalid(std::string text) {
  return fail(kRelayAddressInvalid, std::move(text) + ": copy the whole line that `tamizdat-relay address` prints");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// The five words of the line; nothing if there are more or fewer.
std::optional<std::array<std::string_view, 5>> words_of(std::string_view line) {
  std::array<std::string_view, 5> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t end = line.find(' ');
    const bool is_last = i + 1 == words.size();
    if (is_last != (end == std::string_view::npos)) return std::nullopt;
    words[i] = line.substr(0, end);
    if (!is_last) line.remove_prefix(end + 1);
  }
  return words;
}

std::optional<std::string_view> after_label(std::string_view word, std::string_view label) {
  if (!word.starts_with(label)) return std::nullopt;
  return word.substr(label.size());
}

bool is_name(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '.'; }) &&
         host.front() != '.' && host.front() != '-' && host.find("..") == std::string_view::npos;
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos && std::all_of(host.begin(), host.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
         });
}

struct HostAndPort {
  std::string_view host;
  std::uint16_t port = 0;
};

Result<HostAndPort> parse_host_and_port(std::string_view word) {
  const std::size_t colon = word.rfind(':');
  if (colon == std::string_view::npos) return invalid("the address has no port");
  HostAndPort out;
  out.host = word.substr(0, colon);
  const bool has_brackets = out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']';
  if (has_brackets) out.host = out.host.substr(1, out.host.size() - 2);
  if (!is_relay_host(out.host) || is_ipv6(out.host) != has_brackets)
    return invalid("the host in the address is neither a name in lower case nor an IP address");
  const std::string_view port = word.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || out.port == 0)
    return invalid("the port in the address is not a number from 1 to 65535");
  return out;
}

}  // namespace

bool is_relay_host(std::string_view host) {
  return !host.empty() && host.size() <= kHostBytesMax && (is_ipv6(host) || is_name(host));
}

bool is_link_path(std::string_view path) {
  if (path.size() < 2 || path.size() > kLinkPathBytesMax || path.front() != '/') return false;
  const auto allowed = [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
  };
  if (!std::all_of(path.begin(), path.end(), allowed)) return false;
  return path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos && path.back() != '/';
}

Result<RelayAddress> RelayAddress::parse(std::string_view line) {
  const auto words = words_of(line);
  if (!words || (*words)[0] != kFirstWord) return invalid("this is no relay address of version 1");
  const auto relay = RelayId::parse((*words)[1]);
  if (!relay) return pass(relay);
  const auto place = parse_host_and_port((*words)[2]);
  if (!place) return pass(place);

  const auto pin_text = after_label((*words)[3], kPinLabel);
  if (!pin_text) return invalid("the address has no pin=");
  const auto pin_bytes = from_base64url(*pin_text);
  const auto pin = pin_bytes ? Hash32::from(*pin_bytes) : std::nullopt;
  if (!pin) return invalid("the pin in the address is not 32 octets in base64url");

  const auto path = after_label((*words)[4], kPathLabel);
  if (!path || !is_link_path(*path)) return invalid("the address has no path= that begins with '/'");

  RelayAddress out{*relay, std::string(place->host), place->port, *pin, std::string(*path)};
  if (out.text() != line) return invalid("the address is not written the way it is printed");
  return out;
}

std::string RelayAddress::text() const {
  const bool needs_brackets = host.find(':') != std::string::npos;
  std::string out(kFirstWord);
  out.append(" ").append(relay.text()).append(" ");
  out.append(needs_brackets ? "[" : "").append(host).append(needs_brackets ? "]" : "");
  out.append(":").append(std::to_string(port)).append(" ");
  out.append(kPinLabel).append(to_base64url(key_pin.view())).append(" ");
  out.append(kPathLabel).append(link_path);
  return out;
}

}  // namespace tamizdat::sync
