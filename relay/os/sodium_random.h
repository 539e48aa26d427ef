// The system's random generator, through libsodium.
#pragma once

#include "relay/env/random.h"

namespace tamizdat::os {

class SodiumRandom final : public env::Random {
 public:
  SodiumRandom();
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace tamizdat::os
