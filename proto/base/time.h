// Points in time as types. proto/ never reads a clock: `now` is a parameter wherever it matters.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tamizdat {

using Timestamp = std::chrono::sys_seconds;  // UTC, seconds since 1970, no leap seconds
using std::chrono::seconds;

inline Timestamp timestamp_from_unix(std::int64_t unix_seconds) { return Timestamp(seconds(unix_seconds)); }
inline std::int64_t unix_seconds(Timestamp time) { return time.time_since_epoch().count(); }

// The years 0000 to 9999, which is what RFC 3339 can say. Whatever parses a time refuses others, so that printing is
// exact and sums with durations never overflow.
inline constexpr Timestamp kTimestampMin{seconds(-62'167'219'200)};
inline constexpr Timestamp kTimestampMax{seconds(253'402'300'799)};

// 2026-11-24T07:23:50Z (RFC 3339). Parsing takes any RFC 3339 date-time, fractions cut off, offset applied; a
// leap second is the first second of the next minute.
std::string to_rfc3339(Timestamp time);
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// Tue, 24 Nov 2026 07:23:50 GMT (RFC 9110 section 5.6.7, IMF-fixdate). Parsing takes that form only.
std::string to_http_date(Timestamp time);
std::optional<Timestamp> parse_http_date(std::string_view text);

// Tue, 24 Nov 2026 07:23:50 +0000 (RFC 5322 section 3.3), as RSS 2.0 wants it.
std::string to_rfc5322(Timestamp time);

}  // namespace tamizdat
