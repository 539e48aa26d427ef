#include "relay/env/random.h"

#include <array>
#include <cstring>

#include "proto/base/check.h"

namespace tamizdat::env {

std::uint64_t Random::below(std::uint64_t bound) {
  TMZ_CHECK(bound >= 1);
  // Values under 2^64 mod bound would make small results likelier: draw again.
  const std::uint64_t uneven = (0 - bound) % bound;
  for (;;) {
    std::array<std::uint8_t, sizeof(std::uint64_t)> drawn{};
    fill(drawn);
    std::uint64_t value = 0;
    std::memcpy(&value, drawn.data(), sizeof value);
    if (value >= uneven) return value % bound;
  }
}

std::chrono::milliseconds Random::between(std::chrono::milliseconds low, std::chrono::milliseconds high) {
  TMZ_CHECK(low <= high);
  const auto width = static_cast<std::uint64_t>((high - low).count()) + 1;
  return low + std::chrono::milliseconds(static_cast<std::int64_t>(below(width)));
}

}  // namespace tamizdat::env
