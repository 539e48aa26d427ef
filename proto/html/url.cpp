#include "proto/html/url.h"

#include <algorithm>
#include <vector>

#include "proto/html/limits.h"
#include "proto/html/text.h"

namespace tamizdat::html {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_alpha(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Nothing if `text` holds a character that hides something; else `text` with what no URL may hold percent-encoded.
std::optional<std::string> encoded(std::string_view text) {
  if (text.size() > kUrlBytesMax || clean_text(text) != text) return std::nullopt;
  constexpr std::string_view kForbidden = " \"<>\\^`{|}";
  std::string out;
  for (const char c : text) {
    if (c == '\t' || c == '\n') return std::nullopt;
    if (kForbidden.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    constexpr std::string_view kHex = "0123456789ABCDEF";
    out += '%';
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15U];
  }
  if (out.size() > kUrlBytesMax) return std::nullopt;
  return out;
}

// The length of the scheme in front of ':', nothing if `url` is a relative reference, 0 if its first segment holds a
// colon without being a scheme.
std::optional<std::size_t> scheme_bytes(std::string_view url) {
  const std::size_t end = url.find_first_of(":/?#");
  if (end == std::string_view::npos || url[end] != ':') return std::nullopt;
  if (end == 0 || !is_alpha(url[0])) return 0;
  for (const char c : url.substr(0, end))
    if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return 0;
  return end;
}

struct Parts {  // of an http or https URL: scheme "://" authority path suffix
  std::string_view scheme, authority, path, query;  // query with its '?', without the fragment
};

std::optional<Parts> split(std::string_view url) {
  const auto scheme = scheme_bytes(url);
  if (!scheme || (url.substr(0, *scheme) != "http" && url.substr(0, *scheme) != "https")) return std::nullopt;
  Parts parts{url.substr(0, *scheme), {}, {}, {}};
  url.remove_prefix(*scheme + 1);
  if (!url.starts_with("//")) return std::nullopt;
  url.remove_prefix(2);
  parts.authority = url.substr(0, url.find_first_of("/?#"));
  url.remove_prefix(parts.authority.size());
  url = url.substr(0, url.find('#'));
  parts.path = url.substr(0, url.find('?'));
  parts.query = url.substr(parts.path.size());
  const bool has_host = !parts.authority.empty() && parts.authority.front() != ':';
  if (!has_host || parts.authority.find_first_of("@%") != std::string_view::npos) return std::nullopt;
  return parts;
}

std::optional<std::string> safe_absolute(std::string_view url, std::size_t scheme_length) {
  std::string scheme;
  for (const char c : url.substr(0, scheme_length)) scheme += lower(c);
  std::string out = scheme + std::string(url.substr(scheme_length));
  if (scheme == "http" || scheme == "https") return split(out) ? std::optional(out) : std::nullopt;
  if ((scheme == "mailto" || scheme == "tel") && out.size() > scheme.size() + 1) return out;
  return std::nullopt;
}

// RFC 3986 section 5.2.4 for a path that begins with '/'.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool directory = false;
  for (std::size_t at = 1; at <= path.size();) {
    const std::string_view segment = path.substr(at, path.find('/', at) - at);
    at += segment.size() + 1;
    directory = at > path.size() ? segment == "." || segment == ".." || segment.empty() : false;
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (segment != "." && segment != ".." && !(segment.empty() && at > path.size())) kept.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  return directory || out.empty() ? out + "/" : out;
}

std::string resolved_path(const Parts& base, std::string_view reference) {
  const std::string_view path = reference.substr(0, reference.find_first_of("?#"));
  const std::string_view rest = reference.substr(path.size());
  if (path.empty()) {
    const std::string_view query = rest.starts_with('?') ? std::string_view() : base.query;
    return std::string(base.path).append(query).append(rest);
  }
  if (path.starts_with('/')) return without_dot_segments(path).append(rest);
  const std::size_t slash = base.path.rfind('/');
  const std::string_view folder = slash == std::string_view::npos ? "/" : base.path.substr(0, slash + 1);
  return without_dot_segments(std::string(folder).append(path)).append(rest);
}

}  // namespace

std::optional<std::string> safe_url(std::string_view reference, std::string_view base) {
  const auto clean = encoded(trimmed(reference));
  if (!clean || clean->empty()) return std::nullopt;
  if (const auto scheme = scheme_bytes(*clean)) return *scheme == 0 ? std::nullopt : safe_absolute(*clean, *scheme);

  const auto base_url = safe_url(base, {});
  if (!base_url) return std::nullopt;
  const auto parts = split(*base_url);
  if (!parts) return std::nullopt;
  std::string out(parts->scheme);
  if (clean->starts_with("//")) out.append(":").append(*clean);
  else out.append("://").append(parts->authority).append(resolved_path(*parts, *clean));
  if (out.size() > kUrlBytesMax || !split(out)) return std::nullopt;
  return out;
}

bool is_data_url(std::string_view url) {
  constexpr std::string_view kScheme = "data:";
  return std::ranges::equal(url.substr(0, kScheme.size()), kScheme, {}, lower);
}

}  // namespace tamizdat::html
