// Key files: one secret key each, encrypted under a passphrase. All have the same form and each its role, so that none opens
// in the place of another. Those of root and desk are Ed25519; a sealing key (X25519) has such a file on its way to another
// home only.
//
//   octets
//    0  15  "tamizdat-key/1\n"   magic and version
//   15   1  role                 1 root key, 2 desk key, 3 sealing key
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

enum class KeyRole : std::uint8_t { kRoot = 1, kDesk = 2, kSealing = 3 };

// What one guess at a passphrase costs.
struct KeyCost {
  std::uint64_t operations = 3;             // libsodium's MODERATE: about 0.7 s on a laptop of today
  std::uint64_t memory_bytes = 256U << 20;  // and 256 MiB
};

inline constexpr std::size_t kKeyFileBytes = 160;
inline constexpr std::size_t kSeedBytes = 32;
inline constexpr std::size_t kSaltAndNonceBytes = 40;

// The content of a key file. `salt_and_nonce`: kSaltAndNonceBytes random octets. Errors: kMemoryShort.
Result<Bytes> seal_key(const format::SigningKey& key, KeyRole role, BytesView passphrase, const KeyCost& cost,
                       BytesView salt_and_nonce);

// The same of a sealing key; `public_key` is that of the secret.
Result<Bytes> seal_sealing_key(const Hash32& public_key, BytesView secret, BytesView passphrase, const KeyCost& cost,
                               BytesView salt_and_nonce);
// The secret, which may belong to another public key than the file says: its caller derives it. Errors: as open_key.
Result<Secret> open_sealing_key(BytesView file, BytesView passphrase);

// Errors: kKeyFileUnknown (no key file, or of a later version), kKeyFileDamaged, kKeyFileOfAnotherRole,
// kPassphraseWrong, kMemoryShort.
Result<format::SigningKey> open_key(BytesView file, KeyRole role, BytesView passphrase);

// Of a whole key file, without its passphrase. Errors: as open_key without kPassphraseWrong, kMemoryShort.
Result<Hash32> public_key_of(BytesView file, KeyRole role);

}  // namespace tamizdat::keys
