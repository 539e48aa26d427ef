// A Random for tests that hands out 0, 1, 2, ... so that nothing is random and no two draws are alike.
#pragma once

#include "relay/env/random.h"

namespace tamizdat::tests {

class CountingRandom final : public env::Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace tamizdat::tests
