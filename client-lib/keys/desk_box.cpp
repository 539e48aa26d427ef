#include "client-lib/keys/desk_box.h"

#include <sodium.h>

namespace tamizdat::keys {
namespace {

constexpr BytesView kUse = "tamizdat/desk-box/1";
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

Secret box_key(const format::SigningKey& desk_key) {
  Secret key(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  crypto_generichash(key.writable().data(), key.writable().size(), octets(kUse), kUse.size(), octets(desk_key.seed()),
                     desk_key.seed().size());
  return key;
}

}  // namespace

Bytes seal_for_desk(const format::SigningKey& desk_key, BytesView secret, BytesView name, edges::Random& random) {
  const Bytes nonce = random.bytes(kNonceBytes);
  const Secret key = box_key(desk_key);
  Bytes sealed(secret.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(sealed.data()), nullptr, octets(secret),
                                             secret.size(), octets(name), name.size(), nullptr, octets(nonce),
                                             octets(key.view()));
  return nonce + sealed;
}

Result<Secret> open_for_desk(const format::SigningKey& desk_key, BytesView sealed, BytesView name) {
  const auto wrong = fail(kDeskBoxWrong, "a secret of this home does not open with its desk key: desk.key or desk.sqlite was "
                                         "exchanged or altered; bring both back from one copy");
  if (sealed.size() < kNonceBytes + kTagBytes) return wrong;
  const Secret key = box_key(desk_key);
  const BytesView ciphertext = sealed.substr(kNonceBytes);
  Secret secret(ciphertext.size() - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret.writable().data(), nullptr, nullptr, octets(ciphertext),
                                                 ciphertext.size(), octets(name), name.size(), octets(sealed),
                                                 octets(key.view())) != 0)
    return wrong;
  return secret;
}

}  // namespace tamizdat::keys
