// Range requests (RFC 9110 section 14): which octets of a body a request wants. Pure. Internal to relay/http.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "relay/http/message.h"

namespace tamizdat::http {

struct OctetRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  friend bool operator==(const OctetRange&, const OctetRange&) = default;
};

// What a Range field asks of a body of `size` octets: nothing if it is to be ignored (another unit, malformed, more than
// one range), a range of no octets if it cannot be satisfied.
std::optional<OctetRange> parse_range(std::string_view field, std::uint64_t size);

// Makes the 200 of a source a 206 or 416 if the request asks for a range and its If-Range, if any, names the strong
// `tag`. Gives the octets that are to be sent.
OctetRange apply_range(const Request& request, Response& response, std::string_view tag);

}  // namespace tamizdat::http
