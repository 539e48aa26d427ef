// Unpredictable octets and numbers. relay/os implements it with libsodium, the simulator with a seed. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

namespace tamizdat::env {

class Random {
 public:
  virtual ~Random() = default;

  virtual void fill(std::span<std::uint8_t> out) = 0;

  // Each of 0 to bound - 1 equally likely; bound >= 1.
  std::uint64_t below(std::uint64_t bound);
  // A time from [low, high], for jitter: peers that were cut together must not come back together. low <= high.
  std::chrono::milliseconds between(std::chrono::milliseconds low, std::chrono::milliseconds high);
};

}  // namespace tamizdat::env
