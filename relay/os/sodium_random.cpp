#include "relay/os/sodium_random.h"

#include <sodium.h>

#include "proto/base/check.h"

namespace tamizdat::os {

SodiumRandom::SodiumRandom() { TMZ_CHECK(sodium_init() >= 0); }

void SodiumRandom::fill(std::span<std::uint8_t> out) { randombytes_buf(out.data(), out.size()); }

}  // namespace tamizdat::os
