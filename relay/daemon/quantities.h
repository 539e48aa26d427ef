// Sizes and times as an operator writes them: "1 MiB", "90s", "72h". Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/base/result.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kQuantityInvalid{"quantity-invalid"};

// A whole number, at most one space, and B, KiB, MiB or GiB. Errors: kQuantityInvalid.
Result<std::uint64_t> parse_byte_size(std::string_view text);
// In the largest unit that divides it: "1 MiB", "1025 B".
std::string print_byte_size(std::uint64_t bytes);

// A whole number, at most one space, and s, m, h or d (days of 24 hours). Errors: kQuantityInvalid.
Result<std::chrono::seconds> parse_duration(std::string_view text);
// "90s", "3h", "2d".
std::string print_duration(std::chrono::seconds duration);

}  // namespace tamizdat::daemon
