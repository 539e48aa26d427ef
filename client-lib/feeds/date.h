// Dates as feeds write them: RFC 822 and its heirs with the habits of Russian producers, RFC 3339, and day.month.year.
#pragma once

#include <optional>
#include <string_view>

#include "proto/base/time.h"

namespace tamizdat::feeds {

// The time that `text` names. Weekdays are ignored, month names may be English or Russian, whole or cut; zones are
// numbers, UTC or GMT with an offset, or one of the names used between Lisbon and Vladivostok and in RFC 822; without
// one the time is taken as UTC, without a time of day as midnight. Nothing if the text is no such date, or one that no
// article can have: the day does not exist, or it lies outside 1990 to 2099 (a lost clock says 1970).
std::optional<Timestamp> parse_date(std::string_view text);

}  // namespace tamizdat::feeds
