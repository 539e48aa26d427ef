// Takes fixed and counted fields off the front of octets that this store wrote. One check at the end tells whether all
// of them were there: reading on after the end gives zeros.
#pragma once

#include <cstdint>

#include "proto/base/hash32.h"

namespace tamizdat::store {

class OctetReader {
 public:
  explicit OctetReader(BytesView octets) : rest_(octets) {}

  BytesView take(std::size_t count) {
    if (count > rest_.size()) {
      whole_ = false;
      rest_ = {};
      return {};
    }
    const BytesView out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  std::uint8_t u8() {
    const BytesView octet = take(1);
    return octet.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(octet.front());
  }
  std::uint32_t u32() {
    const BytesView octets = take(4);
    return octets.empty() ? 0 : read_u32_be(octets);
  }
  std::uint64_t u64() {
    const BytesView octets = take(8);
    return octets.empty() ? 0 : read_u64_be(octets);
  }
  Hash32 hash() { return Hash32::from(take(32)).value_or(Hash32{}); }
  BytesView counted() { return take(u32()); }
  BytesView rest() { return take(rest_.size()); }
  // Every field was there, and nothing is left.
  bool finished() const { return whole_ && rest_.empty(); }

 private:
  BytesView rest_;
  bool whole_ = true;
};

}  // namespace tamizdat::store
