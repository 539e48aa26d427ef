// Small secrets of a home, such as the keys of articles under embargo: encrypted under the desk's secret key, which itself
// lies encrypted under the passphrase. So they open only where the desk can sign.
//
//   nonce (24 octets) || XChaCha20-Poly1305-IETF(secret, associated data = name)
//   key = keyed BLAKE2b-256 of "tamizdat/desk-box/1" with the desk's seed
#pragma once

#include "client-lib/edges/edges.h"
#include "proto/format/keys.h"
#include "proto/keys/secret.h"

namespace tamizdat::keys {

inline constexpr ErrorCode kDeskBoxWrong{"desk-box-wrong"};

// `name` tells what the secret is for: under another one it does not open.
Bytes seal_for_desk(const format::SigningKey& desk_key, BytesView secret, BytesView name, edges::Random& random);
// Errors: kDeskBoxWrong (altered, of another desk, or of another name).
Result<Secret> open_for_desk(const format::SigningKey& desk_key, BytesView sealed, BytesView name);

}  // namespace tamizdat::keys
