#include "relay/http/response_writer.h"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <optional>

namespace tamizdat::http {
namespace {

constexpr std::size_t kStatusAndDateBytes = 64;  // the fixed lines of a head, without the reason

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `visit` with each trimmed item of a comma-separated list, until it returns true.
template <typename Visit>
bool any_item(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (visit(trim(list.substr(0, comma)))) return true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

std::string entity_tag(const Response& response) {
  if (response.source) return '"' + response.tag + '"';
  if (!response.tag.empty()) return "W/\"" + response.tag + '"';
  return response.content ? "W/\"" + response.content->tag() + '"' : std::string();
}

bool same_tag(std::string_view a, std::string_view b) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  return opaque(a) == opaque(b);
}

bool not_modified(const Request& request, const Response& response) {
  if (request.headers.count("If-None-Match") > 0) {
    const std::string tag = entity_tag(response);
    return any_item(request.headers.joined("If-None-Match"),
                    [&](std::string_view item) { return item == "*" || (!tag.empty() && same_tag(item, tag)); });
  }
  const auto since = request.headers.find("If-Modified-Since");
  if (!since || !response.last_modified) return false;
  const auto time = parse_http_date(*since);
  return time && *time >= *response.last_modified;
}

bool reads(const Request& request) { return request.method == Method::kGet || request.method == Method::kHead; }

bool is_text(std::string_view type) {
  const std::string_view essence = trim(type.substr(0, type.find(';')));
  return essence.starts_with("text/") || essence == "application/json" || essence == "application/xml" ||
         essence.ends_with("+json") || essence.ends_with("+xml");
}

// Weight zero: RFC 9110 section 12.4.2.
bool is_refused(std::string_view parameter) {
  return parameter.size() > 2 && boost::beast::iequals(parameter.substr(0, 2), "q=") &&
         parameter.find_first_not_of("0.", 2) == std::string_view::npos;
}

// RFC 9110 section 12.5.3: what is said of "gzip", or else of "*".
bool accepts_gzip(const Request& request) {
  std::optional<bool> gzip;
  std::optional<bool> any;
  const std::string codings = request.headers.joined("Accept-Encoding");
  any_item(codings, [&](std::string_view item) {
    const std::size_t end = std::min(item.find(';'), item.size());
    const std::string_view coding = trim(item.substr(0, end));
    const bool wanted = end == item.size() || !is_refused(trim(item.substr(end + 1)));
    if (boost::beast::iequals(coding, "gzip")) gzip = wanted;
    if (coding == "*") any = wanted;
    return false;
  });
  return gzip.value_or(any.value_or(false));
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

void apply_conditions(const Request& request, Response& response) {
  if (!reads(request) || response.status != 200 || !not_modified(request, response)) return;
  response.status = 304;
}

WireResponse wire_response(const Request& request, Response response, Timestamp now, Persistence persistence,
                           std::size_t gzip_bytes_min) {
  WireResponse out;
  if (response.source) out.range = apply_range(request, response, entity_tag(response));
  const std::string_view type = response.headers.find("Content-Type").value_or(std::string_view());
  const bool compressible = response.content && is_text(type) && response.content->bytes().size() >= gzip_bytes_min;
  const bool gzip = compressible && accepts_gzip(request);
  if (response.content && has_body(response.status)) {
    out.content = response.content;
    out.body = gzip ? response.content->gzipped() : response.content->bytes();
  }
  Headers& fields = response.headers;
  std::string vary = fields.joined("Vary");
  if (compressible) vary += vary.empty() ? "Accept-Encoding" : ", Accept-Encoding";
  if (!vary.empty()) fields.set("Vary", vary);
  if (response.status == 200 || response.status == 206 || response.status == 304) {
    if (const std::string tag = entity_tag(response); !tag.empty()) fields.add("ETag", tag);
    if (response.last_modified) fields.add("Last-Modified", to_http_date(*response.last_modified));
  }
  if (gzip && has_body(response.status)) fields.add("Content-Encoding", "gzip");
  if (response.status == 101)
    fields.add("Connection", "Upgrade");
  else if (persistence == Persistence::kClose)
    fields.add("Connection", "close");
  if (has_body(response.status))
    fields.add("Content-Length", std::to_string(response.source ? out.range.count : out.body.size()));
  const std::string_view reason = reason_phrase(response.status);
  out.head.reserve(kStatusAndDateBytes + reason.size() + fields.lines().size());
  out.head += "HTTP/1.1 ";
  out.head += std::to_string(response.status);
  out.head += ' ';
  out.head += reason;
  out.head += "\r\nDate: ";
  out.head += to_http_date(now);
  out.head += "\r\n";
  out.head += fields.lines();
  out.head += "\r\n";
  if (request.method == Method::kHead) {
    out.body = {};
    out.range = {};
  }
  if (has_body(response.status)) out.source = std::move(response.source);
  return out;
}

}  // namespace tamizdat::http
