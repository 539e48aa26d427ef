// Ed25519 signatures by libsodium, the one verifier of the federation: on edge cases (small order, non-canonical S, A
// or R) libraries differ, and a signature that is valid here and invalid there would split the network.
#pragma once

#include <array>
#include <string_view>

#include "proto/base/hash32.h"
#include "proto/base/result.h"

namespace tamizdat::format {

inline constexpr ErrorCode kKeyInvalid{"key-invalid"};
inline constexpr std::size_t kSignatureBytes = 64;

// True iff the 32 octets encode, in the one canonical way, a point of the prime-order subgroup other than the identity.
// Verifiers disagree about other keys (RFC 8032 leaves the cofactor open), so a charter may not name one.
bool is_public_key(const Hash32& key);

// True iff libsodium accepts `signature` (64 octets) by the public key over exactly `message`. libsodium 1.0.18 takes
// the equation without the cofactor; a vector fails with a library that does not.
bool verify_raw(const Hash32& public_key, BytesView message, BytesView signature);
// The same over domain_prefix(what) and `message`.
bool verify_in_domain(const Hash32& public_key, std::string_view what, BytesView message, BytesView signature);

// A secret Ed25519 key. The seed lies in memory that libsodium locks, guards and wipes. Move only.
class SigningKey {
 public:
  // `seed`: 32 random octets. The caller wipes its copy. Errors: kKeyInvalid.
  static Result<SigningKey> from_seed(BytesView seed);
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&& other) noexcept;
  ~SigningKey();

  const Hash32& public_key() const { return public_key_; }
  BytesView seed() const;  // 32 octets inside the locked memory
  Bytes sign_raw(BytesView message) const;
  Bytes sign_in_domain(std::string_view what, BytesView message) const;

 private:
  SigningKey() = default;
  unsigned char* secret_ = nullptr;  // 64 octets: seed and public key, sodium_malloc
  Hash32 public_key_;
};

}  // namespace tamizdat::format
