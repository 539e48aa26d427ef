#include "relay/http/range.h"

#include <algorithm>
#include <charconv>

namespace tamizdat::http {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<OctetRange> parse_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!field.starts_with(kUnit)) return std::nullopt;
  field.remove_prefix(kUnit.size());
  const auto hyphen = field.find('-');
  if (hyphen == std::string_view::npos) return std::nullopt;
  const auto first = number(field.substr(0, hyphen)), last = number(field.substr(hyphen + 1));
  if (hyphen == 0) {  // the last octets
    if (!last) return std::nullopt;
    const auto count = std::min(*last, size);
    return OctetRange{size - count, count};
  }
  const bool open = hyphen + 1 == field.size();
  if (!first || (!last && !open) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return OctetRange{};
  const auto end = open || *last >= size ? size : *last + 1;
  return OctetRange{*first, end - *first};
}

OctetRange apply_range(const Request& request, Response& response, std::string_view tag) {
  const auto size = response.source->size;
  const OctetRange all{0, size};
  response.headers.set("Accept-Ranges", "bytes");
  const auto wanted = request.headers.find("Range");
  if (response.status != 200 || request.method != Method::kGet || !wanted || request.headers.count("Range") > 1) return all;
  if (const auto if_range = request.headers.find("If-Range"); if_range && *if_range != tag) return all;
  const auto range = parse_range(*wanted, size);
  if (!range) return all;
  const auto of_size = "/" + std::to_string(size);
  response.status = range->count == 0 ? 416 : 206;
  response.headers.set("Content-Range",
                       range->count == 0 ? "bytes *" + of_size
                                         : "bytes " + std::to_string(range->first) + "-" +
                                               std::to_string(range->first + range->count - 1) + of_size);
  return *range;
}

}  // namespace tamizdat::http
