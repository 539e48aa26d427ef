// Octets in memory and their text forms. Bytes is std::string because Protocol Buffers, Asio and SQLite all hand out
// and take that type: one owner type, no copies at the borders. Nothing here knows what the octets mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proto/base/result.h"

namespace tamizdat {

using Bytes = std::string;
using BytesView = std::string_view;

inline const std::uint8_t* octets(BytesView bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
inline BytesView view(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

inline constexpr ErrorCode kEncodingInvalid{"encoding-invalid"};

// RFC 4648 section 8, lower case. Decoding takes lower case only.
std::string to_hex(BytesView bytes);
Result<Bytes> from_hex(std::string_view text);

// RFC 4648 section 4 (with padding). Decoding is strict: wrong length, alphabet, padding or non-zero spare bits fail.
std::string to_base64(BytesView bytes);
Result<Bytes> from_base64(std::string_view text);

// RFC 4648 section 5 (URL alphabet) without padding; decoding as strict as above.
std::string to_base64url(BytesView bytes);
Result<Bytes> from_base64url(std::string_view text);

// Fixed-width big-endian integers, for frame lengths and index keys.
void append_u32_be(Bytes& out, std::uint32_t value);
void append_u64_be(Bytes& out, std::uint64_t value);
std::uint32_t read_u32_be(BytesView four_octets);
std::uint64_t read_u64_be(BytesView eight_octets);

// True iff the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(BytesView bytes);

}  // namespace tamizdat
