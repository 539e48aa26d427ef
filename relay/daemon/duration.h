// Time spans as an operator writes them: "90s", "15m", "72h", "3d". Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "proto/base/result.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kDurationInvalid{"duration-invalid"};

// A whole number, at most one space, and s, m, h or d (days of 24 hours). Errors: kDurationInvalid.
Result<std::chrono::seconds> parse_duration(std::string_view text);
// In the largest unit that divides it; not negative.
std::string print_duration(std::chrono::seconds duration);

}  // namespace tamizdat::daemon
