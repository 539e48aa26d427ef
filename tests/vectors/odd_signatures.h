// Ed25519 signatures and keys that verifiers disagree about, made with libsodium's group arithmetic. None of them may
// ever be taken, whatever library verifies.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/vectors/newsroom.h"

namespace tamizdat::format {

// Every encoding, canonical or not, of the points of order 1, 2, 4 and 8 (libsodium's and Chalkias et al.'s list).
inline constexpr std::array<std::string_view, 14> kSmallOrderPoints{
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
inline constexpr std::string_view kPointOfOrderEight = kSmallOrderPoints[6];

// The key of that name plus a point of order eight: it signs what some libraries take and others do not.
inline Hash32 mixed_order_key(std::string_view name) {
  Hash32 out;
  const Bytes torsion = from_hex(kPointOfOrderEight).value();
  const Hash32 key = public_key_named(name);
  TMZ_CHECK(crypto_core_ed25519_add(out.octets.data(), key.octets.data(), octets(torsion)) == 0);
  return out;
}

// RFC 8032: k = SHA-512(R || A || M) modulo the order.
inline std::array<unsigned char, 32> challenge(BytesView r, const Hash32& key, BytesView message) {
  Bytes text(r);
  text += key.view();
  text += message;
  std::array<unsigned char, 64> hash{};
  crypto_hash_sha512(hash.data(), octets(text), text.size());
  std::array<unsigned char, 32> scalar{};
  crypto_core_ed25519_scalar_reduce(scalar.data(), hash.data());
  return scalar;
}

// The secret scalar of the key of that name, reduced.
inline std::array<unsigned char, 32> secret_scalar(std::string_view key_name) {
  const SigningKey key = key_named(key_name);
  std::array<unsigned char, 64> hash{};
  crypto_hash_sha512(hash.data(), octets(key.seed()), key.seed().size());
  hash[0] &= 248U;
  hash[31] = static_cast<unsigned char>((hash[31] & 63U) | 64U);
  std::array<unsigned char, 64> wide{};
  std::copy_n(hash.begin(), 32, wide.begin());
  std::array<unsigned char, 32> scalar{};
  crypto_core_ed25519_scalar_reduce(scalar.data(), wide.data());
  return scalar;
}

// R as given, S = nonce + k * secret for that R.
inline Bytes signature_with_r(std::string_view key_name, BytesView message, BytesView r,
                              const std::array<unsigned char, 32>& nonce) {
  const auto k = challenge(r, public_key_named(key_name), message);
  const auto secret = secret_scalar(key_name);
  std::array<unsigned char, 32> s{};
  crypto_core_ed25519_scalar_mul(s.data(), k.data(), secret.data());
  crypto_core_ed25519_scalar_add(s.data(), s.data(), nonce.data());
  return Bytes(r) + Bytes(view(s));
}

inline std::array<unsigned char, 32> point_of(const std::array<unsigned char, 32>& scalar) {
  std::array<unsigned char, 32> point{};
  TMZ_CHECK(crypto_scalarmult_ed25519_base_noclamp(point.data(), scalar.data()) == 0);
  return point;
}

// A signature whose R has a part of order eight: [8][S]B = [8]R + [8][k]A holds, [S]B = R + [k]A does not.
inline Bytes signature_with_mixed_order_r(std::string_view key_name, BytesView message) {
  const std::array<unsigned char, 32> nonce{7};
  const Bytes torsion = from_hex(kPointOfOrderEight).value();
  std::array<unsigned char, 32> mixed{};
  TMZ_CHECK(crypto_core_ed25519_add(mixed.data(), point_of(nonce).data(), octets(torsion)) == 0);
  return signature_with_r(key_name, message, view(mixed), nonce);
}

// [S]B = R + [k]A holds with R the identity, in this form of it.
inline Bytes signature_with_identity_r(std::string_view key_name, BytesView message, BytesView identity) {
  return signature_with_r(key_name, message, identity, {});
}

// [S]B = R + [k]A holds for every text if A is the identity.
inline Bytes signature_for_identity_key() {
  const std::array<unsigned char, 32> nonce{7};
  return Bytes(view(point_of(nonce))) + Bytes(view(nonce));
}

// S plus the order of the group: the same number modulo the order, in a second form.
inline Bytes with_s_plus_order(BytesView signature) {
  const Bytes order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").value();
  Bytes out(signature);
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(out[32 + i]) + static_cast<unsigned>(static_cast<unsigned char>(order[i]));
    out[32 + i] = static_cast<char>(carry & 255U);
    carry >>= 8;
  }
  return out;
}

// Whether eight times the equation's two sides agree while the sides do not.
inline bool holds_with_cofactor_only(std::string_view key_name, BytesView message, BytesView signature) {
  const Hash32 key = public_key_named(key_name);
  const auto k = challenge(signature.substr(0, 32), key, message);
  std::array<unsigned char, 32> left{}, right{};
  TMZ_CHECK(crypto_scalarmult_ed25519_base_noclamp(left.data(), octets(signature.substr(32))) == 0);
  TMZ_CHECK(crypto_scalarmult_ed25519_noclamp(right.data(), k.data(), key.octets.data()) == 0);
  TMZ_CHECK(crypto_core_ed25519_add(right.data(), right.data(), octets(signature)) == 0);
  if (left == right) return false;
  for (int doubling = 0; doubling < 3; ++doubling) {
    TMZ_CHECK(crypto_core_ed25519_add(left.data(), left.data(), left.data()) == 0);
    TMZ_CHECK(crypto_core_ed25519_add(right.data(), right.data(), right.data()) == 0);
  }
  return left == right;
}

}  // namespace tamizdat::format
