// Clock and randomness of tests: the hour stands still, and no two draws are alike.
#pragma once

#include "client-lib/edges/edges.h"
#include "proto/format/hash.h"
#include "proto/keys/key_file.h"

namespace tamizdat::tests {

class FixedClock final : public edges::Clock {
 public:
  Timestamp now() const override { return time; }
  Timestamp time = *parse_rfc3339("2026-03-01T12:34:56Z");
};

class SeededRandom final : public edges::Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) {
      if (used_ == 32) {
        block_ = format::sha256({"seeded random ", std::to_string(++blocks_)});
        used_ = 0;
      }
      octet = block_.octets[used_++];
    }
  }

 private:
  Hash32 block_;
  std::uint64_t blocks_ = 0;
  std::size_t used_ = 32;
};

// Argon2id's least: for tests, whose passphrases protect nothing.
inline constexpr keys::KeyCost kCheapKey{1, 8192};

}  // namespace tamizdat::tests
