#include "proto/format/keys.h"

#include <sodium.h>

#include <utility>

#include "proto/base/check.h"
#include "proto/format/hash.h"

namespace tamizdat::format {

bool is_public_key(const Hash32& key) { return crypto_core_ed25519_is_valid_point(key.octets.data()) == 1; }

bool verify_raw(const Hash32& public_key, BytesView message, BytesView signature) {
  return signature.size() == kSignatureBytes &&
         crypto_sign_ed25519_verify_detached(octets(signature), octets(message), message.size(),
                                             public_key.octets.data()) == 0;
}

bool verify_in_domain(const Hash32& public_key, std::string_view what, BytesView message, BytesView signature) {
  Bytes text = domain_prefix(what);
  text += message;
  return verify_raw(public_key, text, signature);
}

Result<SigningKey> SigningKey::from_seed(BytesView seed) {
  if (seed.size() != crypto_sign_ed25519_SEEDBYTES) return fail(kKeyInvalid, "an Ed25519 seed has 32 octets");
  TMZ_CHECK(sodium_init() >= 0);
  SigningKey key;
  key.secret_ = static_cast<unsigned char*>(sodium_malloc(crypto_sign_ed25519_SECRETKEYBYTES));
  TMZ_CHECK(key.secret_ != nullptr);
  TMZ_CHECK(crypto_sign_ed25519_seed_keypair(key.public_key_.octets.data(), key.secret_, octets(seed)) == 0);
  return key;
}

SigningKey::SigningKey(SigningKey&& other) noexcept
    : secret_(std::exchange(other.secret_, nullptr)), public_key_(other.public_key_) {}

SigningKey& SigningKey::operator=(SigningKey&& other) noexcept {
  std::swap(secret_, other.secret_);
  std::swap(public_key_, other.public_key_);
  return *this;
}

SigningKey::~SigningKey() { sodium_free(secret_); }

BytesView SigningKey::seed() const {
  return {reinterpret_cast<const char*>(secret_), crypto_sign_ed25519_SEEDBYTES};
}

Bytes SigningKey::sign_raw(BytesView message) const {
  Bytes signature(kSignatureBytes, '\0');
  TMZ_CHECK(secret_ != nullptr);
  TMZ_CHECK(crypto_sign_ed25519_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, octets(message),
                                         message.size(), secret_) == 0);
  return signature;
}

Bytes SigningKey::sign_in_domain(std::string_view what, BytesView message) const {
  Bytes text = domain_prefix(what);
  text += message;
  return sign_raw(text);
}

}  // namespace tamizdat::format
