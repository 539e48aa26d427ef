#include "relay/http/request_target.h"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <optional>

#include "proto/base/bytes.h"
#include "relay/http/request_parser.h"

namespace tamizdat::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { kPlus, kSpace };

// Nothing if an escape is broken, or the result is no UTF-8 or holds a control character.
std::optional<std::string> decode_percent(std::string_view text, Plus plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kSpace) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  for (const char c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

// No empty, "." or ".." segment but a last empty one.
bool is_plain_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
  return true;
}

// Cuts scheme and authority off an absolute form, and returns the authority.
std::optional<std::string_view> cut_authority(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!boost::beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    const std::string_view authority = target.substr(0, end);
    target.remove_prefix(end);
    return authority;
  }
  return std::nullopt;
}

bool only(std::string_view text, std::string_view extra) {
  return std::ranges::all_of(text, [extra](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           extra.find(c) != std::string_view::npos;
  });
}

}  // namespace

bool is_host(std::string_view text) {
  const bool bracket = text.starts_with('[');
  const std::size_t end = bracket ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return false;
  const std::string_view name = bracket ? text.substr(1, end - 1) : text.substr(0, end);
  std::string_view port = text.substr(bracket ? end + 1 : end);
  if (name.empty() || !only(name, bracket ? ":." : "-._~")) return false;
  if (port.empty()) return true;
  if (!port.starts_with(':')) return false;
  port.remove_prefix(1);
  return port.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<Target> parse_target(std::string_view target) {
  Target out;
  if (const auto authority = cut_authority(target)) {
    if (!is_host(*authority)) return fail(kRequestMalformed, "the host of the request cannot be read");
    out.host = *authority;
    if (!target.starts_with('/')) out.path = "/";  // RFC 9112 section 3.2.2: an empty path means the root
  }
  const std::size_t question = target.find('?');
  const auto path = decode_percent(target.substr(0, question), Plus::kPlus);
  if (path) out.path += *path;
  if (!path || !is_plain_path(out.path)) return fail(kRequestMalformed, "the path of the request cannot be read");
  if (question == std::string_view::npos) return out;
  std::string_view query = target.substr(question + 1);
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    const auto key = decode_percent(pair.substr(0, equals), Plus::kSpace);
    const auto value =
        decode_percent(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), Plus::kSpace);
    if (!key || !value) return fail(kRequestMalformed, "the query of the request cannot be read");
    out.query.emplace_back(*key, *value);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
  }
  return out;
}

}  // namespace tamizdat::http
