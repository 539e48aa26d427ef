// A 32-octet value: a SHA-256 digest, a Merkle node, a public key. The strong ids in ids.h wrap it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>

#include "proto/base/bytes.h"

namespace tamizdat {

struct Hash32 {
  std::array<std::uint8_t, 32> octets{};

  // Nothing if `bytes` is not exactly 32 octets.
  static std::optional<Hash32> from(BytesView bytes) {
    if (bytes.size() != 32) return std::nullopt;
    Hash32 out;
    std::memcpy(out.octets.data(), bytes.data(), 32);
    return out;
  }
  BytesView view() const { return {reinterpret_cast<const char*>(octets.data()), octets.size()}; }
  friend auto operator<=>(const Hash32&, const Hash32&) = default;
};

}  // namespace tamizdat

// The value is a digest or a key already: its first octets are as good as any hash of it, unless an attacker grinds
// keys, who gains a slower bucket and nothing more.
template <>
struct std::hash<tamizdat::Hash32> {
  std::size_t operator()(const tamizdat::Hash32& value) const noexcept {
    std::size_t out = 0;
    std::memcpy(&out, value.octets.data(), sizeof out);
    return out;
  }
};
