// The three Ed25519 keys of a relay, each in a file of its own: `identity` signs links and the descriptor, `witness`
// cosignatures, `mirror` receipts. C2SP wants them distinct, since a signed text names no role; each file therefore says
// which key it holds, and a file under the wrong name is refused. They are key files as newsrooms have them
// (proto/keys/key_file.h), sealed under the relay's passphrase (passphrase.h).
//
//   keys/identity.key, keys/witness.key, keys/mirror.key
#pragma once

#include <filesystem>

#include "proto/base/ids.h"
#include "proto/format/keys.h"
#include "proto/keys/key_file.h"
#include "relay/daemon/passphrase.h"
#include "relay/env/random.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kKeyFileExists{"key-file-exists"};
inline constexpr ErrorCode kKeyFileInvalid{"key-file-invalid"};

// The three files share salt and cost, so this is what a start takes more. libsodium's INTERACTIVE: 0.1 s and 64 MiB for that
// time, which the smallest virtual server has. A drawn passphrase needs no cost at all; it is for those that people choose.
inline constexpr keys::KeyCost kRelayKeyCost{2, 64U << 20};

// What everybody may know of them; it stands in the files outside the seal.
struct RelayPublicKeys {
  Hash32 identity;
  Hash32 witness;
  Hash32 mirror;

  RelayId relay_id() const { return RelayId(identity); }
  friend bool operator==(const RelayPublicKeys&, const RelayPublicKeys&) = default;
};

struct RelayKeys {
  format::SigningKey identity;
  format::SigningKey witness;
  format::SigningKey mirror;

  RelayId relay_id() const { return RelayId(identity.public_key()); }
};

// Where they lie, beside relay.toml.
std::filesystem::path keys_folder(const std::filesystem::path& folder);

// Draws all three. Nothing existing is overwritten. Errors: kKeyFileExists, keys::kMemoryShort, os::kFileFailed.
Result<RelayPublicKeys> create_keys(const std::filesystem::path& folder, const Passphrase& passphrase, env::Random& random);

// Without the passphrase. Errors: os::kFileFailed, os::kFileNotPrivate, keys::kKeyFileUnknown (no key file),
// keys::kKeyFileDamaged, keys::kKeyFileOfAnotherRole, kKeyFileInvalid (one key twice).
Result<RelayPublicKeys> load_public_keys(const std::filesystem::path& folder);

// Errors: those of load_public_keys, keys::kPassphraseWrong, keys::kMemoryShort.
Result<RelayKeys> open_keys(const std::filesystem::path& folder, const Passphrase& passphrase);

// Seals all three anew, each file by itself and durably: at every moment each opens with `before` or with `after`. What was cut
// short is finished by the same call again; where nothing is left to do, nothing is written. A relay may run meanwhile.
// Errors: those of open_keys (then nothing was changed), os::kFileFailed.
enum class PassphraseChange { kDone, kWasDone };
Result<PassphraseChange> change_passphrase(const std::filesystem::path& folder, const Passphrase& before, const Passphrase& after,
                                           env::Random& random);

}  // namespace tamizdat::daemon
