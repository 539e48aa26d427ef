#include "proto/base/bech32m.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tamizdat {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";  // BIP 173
constexpr std::uint32_t kBech32mConstant = 0x2bc830a3;                     // BIP 350
constexpr std::size_t kChecksumSize = 6;
constexpr std::size_t kTextSizeMax = 90;  // BIP 173: beyond it the checksum guarantees less

std::uint32_t polymod(std::uint32_t checksum, unsigned value) {
  constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  const std::uint32_t top = checksum >> 25;
  checksum = ((checksum & 0x1ffffffU) << 5) ^ value;
  for (unsigned i = 0; i < 5; ++i)
    if (((top >> i) & 1U) != 0) checksum ^= kGenerator[i];
  return checksum;
}

std::uint32_t polymod_of_prefix(std::string_view prefix) {
  std::uint32_t checksum = 1;
  for (const char c : prefix) checksum = polymod(checksum, static_cast<unsigned char>(c) >> 5);
  checksum = polymod(checksum, 0);
  for (const char c : prefix) checksum = polymod(checksum, static_cast<unsigned char>(c) & 31U);
  return checksum;
}

// Texts of errors go to terminals and into JSON: only what is printable is shown.
std::string quoted(char c) {
  if (c < ' ' || c > '~') return "";
  return std::string(" ('") + c + "')";
}

}  // namespace

std::string encode_bech32m(std::string_view prefix, BytesView payload) {
  std::string out(prefix);
  out += '1';
  std::uint32_t checksum = polymod_of_prefix(prefix);
  std::uint32_t window = 0;
  int bits = 0;
  const auto emit = [&](std::uint32_t value) {
    out += kAlphabet[value & 31U];
    checksum = polymod(checksum, value & 31U);
  };
  for (const char c : payload) {
    window = (window << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) emit(window >> (bits - 5));
  }
  if (bits > 0) emit(window << (5 - bits));
  for (std::size_t i = 0; i < kChecksumSize; ++i) checksum = polymod(checksum, 0);
  checksum ^= kBech32mConstant;
  for (int shift = 25; shift >= 0; shift -= 5) out += kAlphabet[(checksum >> shift) & 31U];
  return out;
}

Result<Bech32mText> decode_bech32m(std::string_view text) {
  if (text.size() > kTextSizeMax) return fail(kEncodingInvalid, "the id is longer than 90 characters: copy it again");
  const std::size_t separator = text.rfind('1');
  if (separator == std::string_view::npos || separator == 0 || text.size() - separator - 1 < kChecksumSize)
    return fail(kEncodingInvalid, "the id is incomplete: copy it again, with its prefix and to its last character");
  Bech32mText out;
  out.prefix = std::string(text.substr(0, separator));
  for (const char c : out.prefix)
    if (c < 'a' || c > 'z') return fail(kEncodingInvalid, "the id's prefix must be lower-case letters");
  std::uint32_t checksum = polymod_of_prefix(out.prefix);
  std::uint32_t window = 0;
  int bits = 0;
  const std::string_view data = text.substr(separator + 1);
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::size_t value = kAlphabet.find(data[i]);
    if (value == std::string_view::npos)
      return fail(kEncodingInvalid, "the id has a character that ids never use" + quoted(data[i]));
    checksum = polymod(checksum, static_cast<unsigned>(value));
    if (i + kChecksumSize >= data.size()) continue;
    window = ((window << 5) | static_cast<std::uint32_t>(value)) & 0xfffU;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.payload += static_cast<char>((window >> bits) & 255U);
    }
  }
  if (checksum != kBech32mConstant)
    return fail(kEncodingInvalid, "the id has a typing error (its checksum does not match): copy it again");
  if (bits >= 5 || (window & ((1U << bits) - 1U)) != 0)
    return fail(kEncodingInvalid, "the id has spare bits that are not zero");
  return out;
}

}  // namespace tamizdat
