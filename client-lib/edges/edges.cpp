#include "client-lib/edges/edges.h"

#include <sodium.h>

#include <chrono>

#include "proto/base/check.h"

namespace tamizdat::edges {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override { return std::chrono::floor<seconds>(std::chrono::system_clock::now()); }
};

class SystemRandom final : public Random {
 public:
  SystemRandom() { TMZ_CHECK(sodium_init() >= 0); }
  void fill(std::span<std::uint8_t> out) override { randombytes_buf(out.data(), out.size()); }
};

}  // namespace

Bytes Random::bytes(std::size_t count) {
  Bytes out(count, '\0');
  fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

}  // namespace tamizdat::edges
