// The three Ed25519 keys of a relay, each in a file of its own: `identity` signs links and the descriptor, `witness`
// cosignatures, `mirror` receipts. C2SP wants them distinct, since a signed text names no role; each file therefore says
// which key it holds, and a file under the wrong name is refused.
//
//   keys/identity.key:   tamizdat-relay-key:v1 identity <32 octets in base64url>
#pragma once

#include <filesystem>

#include "proto/base/ids.h"
#include "proto/format/keys.h"
#include "relay/env/random.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kKeyFileExists{"key-file-exists"};
inline constexpr ErrorCode kKeyFileInvalid{"key-file-invalid"};

struct RelayKeys {
  format::SigningKey identity;
  format::SigningKey witness;
  format::SigningKey mirror;

  RelayId relay_id() const { return RelayId(identity.public_key()); }
};

// Where they lie, beside relay.toml.
std::filesystem::path keys_folder(const std::filesystem::path& folder);

// Draws all three. Nothing existing is overwritten. Errors: kKeyFileExists, os::kFileFailed.
Result<RelayKeys> create_keys(const std::filesystem::path& folder, env::Random& random);

// Errors: os::kFileFailed, os::kFileNotPrivate, kKeyFileInvalid (not a key file, another role's key, or one key twice).
Result<RelayKeys> load_keys(const std::filesystem::path& folder);

}  // namespace tamizdat::daemon
