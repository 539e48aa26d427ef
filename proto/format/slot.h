// A slot of the sealed pool: octets of a fixed size that say nothing but when they end. A letter between newsrooms travels
// in one slot, or in several. Relays look at size and end; who has a sealing key of a recipient opens the rest.
//
//   octets
//      0     8  expires      seconds since 1970, big endian, the end of a day (a multiple of 86,400)
//      8  1280  boxes        16 times 80: the slot's key, sealed to one recipient each, or to nobody
//   1288    24  header       of the secretstream
//   1312     *  stream       XChaCha20-Poly1305 secretstream, one message with the tag FINAL, up to the end of the slot;
//                            associated data = domain("sealed-slot") || octets 0 to 1287
//
//   box       = crypto_box_curve25519xchacha20poly1305_seal of the 32-octet key (libsodium): ephemeral public key (32
//               octets) || tag (16) || ciphertext (32)
//   plaintext = length of the part (u32, big endian) || SealedPart || zero octets up to the end
//
// All 16 boxes are made in the same way, the unused ones for keys that nobody has, in random order; so nobody sees how
// many recipients there are, and who changes any octet makes a slot that does not open.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "proto/base/hash32.h"
#include "proto/base/result.h"
#include "proto/base/time.h"

namespace tamizdat::format {

inline constexpr ErrorCode kSlotSizeWrong{"slot-size-wrong"};
inline constexpr ErrorCode kSlotEndWrong{"slot-end-wrong"};
inline constexpr ErrorCode kSlotNotOurs{"slot-not-ours"};
inline constexpr ErrorCode kSlotDamaged{"slot-damaged"};
inline constexpr ErrorCode kPartMalformed{"part-malformed"};

// What names a slot: SHA-256 over domain("sealed-slot-id") and all of its octets.
Hash32 slot_id(BytesView slot);
// What everybody can read: when it ends. Errors: kSlotSizeWrong (none of the sizes), kSlotEndWrong (no end of a day).
Result<Timestamp> parse_slot(BytesView slot);

struct SealedPart {
  Hash32 letter;  // names the signed letter
  std::uint32_t part = 0;
  std::uint32_t parts = 1;
  Bytes octets;
};

// Octets of a signed letter that fit a slot of this size.
std::size_t slot_capacity(std::size_t slot_size);
// The least size for so many octets; the largest for more.
std::size_t slot_size_for(std::size_t octets);

// What sealing needs of a generator: kSlotRandomBytes octets, secret, used for no other slot.
inline constexpr std::size_t kSlotRandomBytes = 16 * 32 + 16 * 32 + 16 + 32 + 24;
// `recipients`: 1 to 16 X25519 public keys. `slot_size`: one of kSlotSizes, with room for the part. Errors: kKeyInvalid (a
// recipient's key of small order).
Result<Bytes> seal_slot(const SealedPart& part, std::span<const Hash32> recipients, Timestamp expires, std::size_t slot_size,
                        BytesView random);

// An X25519 key pair of a recipient; the secret is looked at during the call only.
struct SealingPair {
  Hash32 public_key;
  BytesView secret;  // 32 octets
};
// Errors: those of parse_slot; kSlotNotOurs (no box opens with these keys), kSlotDamaged (one does, and the rest was altered),
// kPartMalformed (whoever sealed it sealed no part).
Result<SealedPart> open_slot(BytesView slot, std::span<const SealingPair> keys);

// The public key of 32 random octets. Errors: kKeyInvalid.
Result<Hash32> sealing_public_key(BytesView secret);
// False for a point of small order, to which nothing can be sealed (RFC 7748 section 6.1).
bool is_sealing_key(const Hash32& public_key);

}  // namespace tamizdat::format
