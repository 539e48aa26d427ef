#include "proto/keys/key_file.h"

#include <sodium.h>

#include "proto/base/check.h"
#include "proto/format/hash.h"

namespace tamizdat::keys {
namespace {

constexpr BytesView kMagicOfAllVersions = "tamizdat-key/";
constexpr BytesView kMagic = "tamizdat-key/1\n";
constexpr std::size_t kSaltAt = 32, kNonceAt = 48, kPublicKeyAt = 72, kSealedAt = 104, kCheckAt = 152;
static_assert(kSealedAt + kSeedBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES == kCheckAt);
static_assert(kPublicKeyAt - kSaltAt == kSaltAndNonceBytes);
static_assert(kNonceAt - kSaltAt == kSaltBytes && kSaltBytes == crypto_pwhash_argon2id_SALTBYTES);
static_assert(kPublicKeyAt - kNonceAt == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);

// A file made elsewhere must not make this machine hash for hours or ask for all its memory.
constexpr std::uint64_t kOperationsMax = 64;
constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{2} << 30;

BytesView check_of(BytesView file, Hash32& storage) {
  storage = format::sha256({file.substr(0, kCheckAt)});
  return storage.view().substr(0, kKeyFileBytes - kCheckAt);
}

tl::unexpected<Error> damaged() {
  return fail(kKeyFileDamaged, "the key file is damaged (the passphrase is not the cause): bring it back from a copy");
}

std::string_view name_of(KeyRole role) {
  switch (role) {
    case KeyRole::kRoot: return "a root key";
    case KeyRole::kDesk: return "a desk key";
    case KeyRole::kSealing: return "a sealing key";
    case KeyRole::kRelayIdentity: return "a relay's identity key";
    case KeyRole::kRelayWitness: return "a relay's witness key";
    case KeyRole::kRelayMirror: return "a relay's mirror key";
  }
  return "a key of a later version";
}

// Form, before any passphrase is tried.
Result<KeyCost> check_form(BytesView file, KeyRole role) {
  if (!file.starts_with(kMagicOfAllVersions)) return fail(kKeyFileUnknown, "this is not a Tamizdat key file");
  if (!file.starts_with(kMagic))
    return fail(kKeyFileUnknown, "this key file was made by a later version of Tamizdat: update this one");
  Hash32 storage;
  if (file.size() != kKeyFileBytes || file.substr(kCheckAt) != check_of(file, storage)) return damaged();
  const KeyCost cost{read_u64_be(file.substr(16, 8)), read_u64_be(file.substr(24, 8))};
  if (cost.operations < crypto_pwhash_argon2id_OPSLIMIT_MIN || cost.operations > kOperationsMax ||
      cost.memory_bytes < crypto_pwhash_argon2id_MEMLIMIT_MIN || cost.memory_bytes > kMemoryBytesMax)
    return damaged();
  const auto actual = static_cast<KeyRole>(file[kMagic.size()]);
  if (actual != role)
    return fail(kKeyFileOfAnotherRole,
                "this file holds " + std::string(name_of(actual)) + ", and " + std::string(name_of(role)) + " is needed");
  return cost;
}

Result<Bytes> seal(const Hash32& public_key, BytesView seed, KeyRole role, PassphraseKey& passphrase, const KeyCost& cost,
                   BytesView salt_and_nonce) {
  Bytes file(kMagic);
  file += static_cast<char>(role);
  append_u64_be(file, cost.operations);
  append_u64_be(file, cost.memory_bytes);
  file += salt_and_nonce;
  file += public_key.view();
  TMZ_CHECK(file.size() == kSealedAt && salt_and_nonce.size() == kSaltAndNonceBytes && seed.size() == kSeedBytes);
  const auto secret = passphrase.under(BytesView(file).substr(kSaltAt, kSaltBytes), cost);
  if (!secret) return tl::unexpected(secret.error());
  Bytes sealed(kCheckAt - kSealedAt, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(sealed.data()), nullptr, octets(seed), seed.size(),
                                             octets(file), file.size(), nullptr, octets(file) + kNonceAt, octets(*secret));
  file += sealed;
  Hash32 storage;
  file += check_of(file, storage);
  return file;
}

Result<Secret> open(BytesView file, KeyRole role, PassphraseKey& passphrase) {
  const auto cost = check_form(file, role);
  if (!cost) return tl::unexpected(cost.error());
  const auto secret = passphrase.under(file.substr(kSaltAt, kSaltBytes), *cost);
  if (!secret) return tl::unexpected(secret.error());
  Secret seed(kSeedBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(seed.writable().data(), nullptr, nullptr, octets(file) + kSealedAt,
                                                 kCheckAt - kSealedAt, octets(file), kSealedAt,
                                                 octets(file) + kNonceAt, octets(*secret)) != 0)
    return fail(kPassphraseWrong, "the passphrase is wrong for this key file");
  return seed;
}

}  // namespace

Result<BytesView> PassphraseKey::under(BytesView salt, const KeyCost& cost) {
  if (!key_.empty() && salt == salt_ && cost == cost_) return key_.view();
  Secret key(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  if (crypto_pwhash_argon2id(key.writable().data(), key.writable().size(), passphrase_.data(), passphrase_.size(),
                             octets(salt), cost.operations, static_cast<std::size_t>(cost.memory_bytes),
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
    return fail(kMemoryShort, "not enough memory for the passphrase check: it needs " +
                                  std::to_string(cost.memory_bytes >> 20) + " MiB free; close other programs");
  salt_ = salt;
  cost_ = cost;
  key_ = std::move(key);
  return key_.view();
}

Result<Bytes> seal_key(const format::SigningKey& key, KeyRole role, BytesView passphrase, const KeyCost& cost,
                       BytesView salt_and_nonce) {
  PassphraseKey once(passphrase);
  return seal_key(key, role, once, cost, salt_and_nonce);
}

Result<Bytes> seal_key(const format::SigningKey& key, KeyRole role, PassphraseKey& passphrase, const KeyCost& cost,
                       BytesView salt_and_nonce) {
  return seal(key.public_key(), key.seed(), role, passphrase, cost, salt_and_nonce);
}

Result<format::SigningKey> open_key(BytesView file, KeyRole role, BytesView passphrase) {
  PassphraseKey once(passphrase);
  return open_key(file, role, once);
}

Result<format::SigningKey> open_key(BytesView file, KeyRole role, PassphraseKey& passphrase) {
  const auto seed = open(file, role, passphrase);
  if (!seed) return tl::unexpected(seed.error());
  auto key = format::SigningKey::from_seed(seed->view());
  if (!key || key->public_key().view() != file.substr(kPublicKeyAt, 32)) return damaged();
  return key;
}

Result<Bytes> seal_sealing_key(const Hash32& public_key, BytesView secret, BytesView passphrase, const KeyCost& cost,
                               BytesView salt_and_nonce) {
  PassphraseKey once(passphrase);
  return seal(public_key, secret, KeyRole::kSealing, once, cost, salt_and_nonce);
}

Result<Secret> open_sealing_key(BytesView file, BytesView passphrase) {
  PassphraseKey once(passphrase);
  return open(file, KeyRole::kSealing, once);
}

Result<Hash32> public_key_of(BytesView file, KeyRole role) {
  if (const auto cost = check_form(file, role); !cost) return tl::unexpected(cost.error());
  return *Hash32::from(file.substr(kPublicKeyAt, sizeof(Hash32::octets)));
}

}  // namespace tamizdat::keys
