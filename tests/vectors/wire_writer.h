// Writes Protocol Buffers fields by hand, in ways that no library would: for vectors and tests of what must be taken
// unchanged and of what must be refused.
#pragma once

#include <cstdint>

#include "proto/base/bytes.h"

namespace tamizdat::format {

// A varint of at least `octets` octets, longer than needed if they are more.
inline Bytes varint(std::uint64_t value, std::size_t octets = 1) {
  Bytes out;
  while (value >= 0x80 || out.size() + 1 < octets) {
    out += static_cast<char>((value & 0x7fU) | 0x80U);
    value >>= 7;
  }
  out += static_cast<char>(value);
  return out;
}

struct Padding {
  std::size_t tag = 1, value = 1;  // octets of the tag; of a varint's value or a length
};

inline Bytes number_field(std::uint32_t number, std::uint64_t value, Padding padding = {}) {
  return varint(number << 3, padding.tag) + varint(value, padding.value);
}

inline Bytes bytes_field(std::uint32_t number, BytesView content, Padding padding = {}) {
  return varint(number << 3 | 2, padding.tag) + varint(content.size(), padding.value) + Bytes(content);
}

inline Bytes fixed64_field(std::uint32_t number) { return varint(number << 3 | 1) + Bytes(8, '\x11'); }
inline Bytes fixed32_field(std::uint32_t number) { return varint(number << 3 | 5) + Bytes(4, '\x22'); }
// A group without content; the format refuses it.
inline Bytes group_field(std::uint32_t number) { return varint(number << 3 | 3) + varint(number << 3 | 4); }

}  // namespace tamizdat::format
