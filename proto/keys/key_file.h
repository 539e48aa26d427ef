// Key files: one secret key each, encrypted under a passphrase. All have the same form and each its role, so that none opens
// in the place of another. All are Ed25519 but sealing keys (X25519), which have such a file on their way to another home
// only.
//
//   octets
//    0  15  "tamizdat-key/1\n"   magic and version
//   15   1  role                 1 root key, 2 desk key, 3 sealing key; of a relay: 4 identity, 5 witness, 6 mirror
//   16   8  operations           Argon2id passes (libsodium opslimit), big endian
//   24   8  memory               Argon2id memory in octets, big endian
//   32  16  salt
//   48  24  nonce
//   72  32  public key           so that a file can be told without its passphrase
//  104  48  sealed               XChaCha20-Poly1305 (IETF) of the 32-octet seed or secret; octets 0 to 103 are associated data;
//                                the key is Argon2id v1.3 (salt, operations, memory) of the passphrase, 32 octets
//  152   8  check                the first octets of SHA-256 over octets 0 to 151
//
// The check has no secret in it: it tells a damaged file (kKeyFileDamaged) from a wrong passphrase (kPassphraseWrong).
#pragma once

#include <cstdint>

#include "proto/base/hash32.h"
#include "proto/format/keys.h"
#include "proto/keys/secret.h"

namespace tamizdat::keys {

inline constexpr ErrorCode kKeyFileDamaged{"key-file-damaged"};
inline constexpr ErrorCode kKeyFileUnknown{"key-file-unknown"};
inline constexpr ErrorCode kKeyFileOfAnotherRole{"key-file-of-another-role"};
inline constexpr ErrorCode kPassphraseWrong{"passphrase-wrong"};
inline constexpr ErrorCode kMemoryShort{"memory-short"};

enum class KeyRole : std::uint8_t { kRoot = 1, kDesk = 2, kSealing = 3, kRelayIdentity = 4, kRelayWitness = 5, kRelayMirror = 6 };

// What one guess at a passphrase costs.
struct KeyCost {
  std::uint64_t operations = 3;             // libsodium's MODERATE: about 0.7 s on a laptop of today
  std::uint64_t memory_bytes = 256U << 20;  // and 256 MiB
  friend bool operator==(const KeyCost&, const KeyCost&) = default;
};

inline constexpr std::size_t kKeyFileBytes = 160;
inline constexpr std::size_t kSeedBytes = 32;
inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kSaltAndNonceBytes = kSaltBytes + 24;

// A passphrase, and what Argon2id made of it last: files that share salt and cost take that time once. `passphrase` outlives
// it.
class PassphraseKey {
 public:
  explicit PassphraseKey(BytesView passphrase) : passphrase_(passphrase) {}
  // 32 octets, until the next call. Errors: kMemoryShort.
  Result<BytesView> under(BytesView salt, const KeyCost& cost);

 private:
  BytesView passphrase_;
  Bytes salt_;
  KeyCost cost_;
  Secret key_;  // empty: none yet
};

// The content of a key file. `salt_and_nonce`: kSaltAndNonceBytes random octets. Errors: kMemoryShort.
Result<Bytes> seal_key(const format::SigningKey& key, KeyRole role, BytesView passphrase, const KeyCost& cost,
                       BytesView salt_and_nonce);
// One nonce must not come twice under one salt.
Result<Bytes> seal_key(const format::SigningKey& key, KeyRole role, PassphraseKey& passphrase, const KeyCost& cost,
                       BytesView salt_and_nonce);

// The same of a sealing key; `public_key` is that of the secret.
Result<Bytes> seal_sealing_key(const Hash32& public_key, BytesView secret, BytesView passphrase, const KeyCost& cost,
                               BytesView salt_and_nonce);
// The secret, which may belong to another public key than the file says: its caller derives it. Errors: as open_key.
Result<Secret> open_sealing_key(BytesView file, BytesView passphrase);

// Errors: kKeyFileUnknown (no key file, or of a later version), kKeyFileDamaged, kKeyFileOfAnotherRole,
// kPassphraseWrong, kMemoryShort.
Result<format::SigningKey> open_key(BytesView file, KeyRole role, BytesView passphrase);
Result<format::SigningKey> open_key(BytesView file, KeyRole role, PassphraseKey& passphrase);

// Of a whole key file, without its passphrase. Errors: as open_key without kPassphraseWrong, kMemoryShort.
Result<Hash32> public_key_of(BytesView file, KeyRole role);

}  // namespace tamizdat::keys
