#include "proto/format/wire.h"

namespace tamizdat::format {
namespace {

constexpr std::size_t kTagOctetsMax = 5;
constexpr std::size_t kVarintOctetsMax = 10;
constexpr std::uint64_t kTagMax = 0xffffffff;

}  // namespace

std::optional<WireField> WireReader::fail_here() {
  failed_ = true;
  rest_ = {};
  return std::nullopt;
}

std::optional<std::uint64_t> WireReader::take_varint(std::size_t octets_max) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < octets_max && i < rest_.size(); ++i) {
    const auto octet = static_cast<unsigned char>(rest_[i]);
    if (i == kVarintOctetsMax - 1 && octet > 1) return std::nullopt;  // above 64 bits
    value |= static_cast<std::uint64_t>(octet & 0x7fU) << (7 * i);
    if (octet < 0x80) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<BytesView> WireReader::take_bytes(std::uint64_t size) {
  if (size > rest_.size()) return std::nullopt;
  const BytesView taken = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return taken;
}

std::optional<WireField> WireReader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto tag = take_varint(kTagOctetsMax);
  if (!tag || *tag > kTagMax || *tag >> 3 == 0) return fail_here();
  WireField field;
  field.number = static_cast<std::uint32_t>(*tag >> 3);
  field.type = static_cast<WireType>(*tag & 7U);
  switch (field.type) {
    case WireType::kVarint:
      if (!take_varint(kVarintOctetsMax)) return fail_here();
      return field;
    case WireType::kFixed64:
      if (!take_bytes(8)) return fail_here();
      return field;
    case WireType::kFixed32:
      if (!take_bytes(4)) return fail_here();
      return field;
    case WireType::kBytes: {
      const auto size = take_varint(kTagOctetsMax);
      const auto content = size ? take_bytes(*size) : std::nullopt;
      if (!content) return fail_here();
      field.bytes = *content;
      return field;
    }
  }
  return fail_here();  // groups and what the wire types leave unused
}

}  // namespace tamizdat::format
