// A body under embargo: it replicates as ciphertext, and an EMBARGO_KEY entry opens it later. The header commits to the
// ciphertext, as to any body, and to the key, since XChaCha20-Poly1305 alone does not: with one key for this text and
// another one for that, a desk could show two articles under one signature.
//
//   sealed body = nonce (24 octets) || XChaCha20-Poly1305-IETF(body)
//   associated data = domain("sealed-body") || project || desk || index (u64, big endian)
//
// The associated data is the place of the entry: ciphertext that somebody copies under another header does not open,
// though its key is public one day.
#pragma once

#include "proto/format/entry.h"

namespace tamizdat::format {

inline constexpr ErrorCode kBodyNotSealed{"body-not-sealed"};
inline constexpr ErrorCode kBodyKeyWrong{"body-key-wrong"};
inline constexpr ErrorCode kSealedBodyWrong{"sealed-body-wrong"};

inline constexpr std::size_t kBodyNonceBytes = 24;

// SHA-256("tamizdat/v1/body-key\0" || key): EntryHeader::key_commitment.
Hash32 key_commitment(BytesView key);

// For authors: what stands in the place of `body` in the entry whose project, desk and index the header has. `key` and
// `nonce`: 32 and 24 random octets, used for no other body.
Bytes seal_body(const EntryHeader& header, BytesView body, BytesView key, BytesView nonce);

// The body as parse_body() takes it. Errors: kBodyNotSealed (the header commits to no key), kBodyKeyWrong (to another
// one), kSealedBodyWrong (too short, altered, or sealed for another place).
Result<Bytes> open_body(const EntryHeader& header, BytesView sealed, BytesView key);

// What an EMBARGO_KEY entry brings.
struct BodyKey {
  ProjectId project;
  EntryId target;  // the sealed entry
  Bytes key;
};
// Nothing if it is no entry of that kind, or names no target or no key.
std::optional<BodyKey> body_key_of(const EntryHeader& header, BytesView body);
// Those of a bundle, which need not be verified before: a key proves itself by what it opens.
std::vector<BodyKey> body_keys_in(BytesView bundle);

}  // namespace tamizdat::format
