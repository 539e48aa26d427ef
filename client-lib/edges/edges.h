// What the client reads from the machine besides files and the network: the wall clock and randomness. Both are passed
// in, so that tests give the same bytes twice; system_clock() and system_random() are the only real ones.
#pragma once

#include <cstdint>
#include <span>

#include "proto/base/bytes.h"
#include "proto/base/time.h"

namespace tamizdat::edges {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
  // `count` random octets. Not for secrets: nobody wipes them.
  Bytes bytes(std::size_t count);
};

// They live as long as the process and may be used from any thread.
const Clock& system_clock();
Random& system_random();

}  // namespace tamizdat::edges
