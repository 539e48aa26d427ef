// The passphrase under which a relay's keys lie sealed (keys.h). A relay starts without a person, so a file has it, apart
// from the keys: whoever copies one of the two has neither. In memory it is locked, and gone once the keys are open.
#pragma once

#include <filesystem>

#include "proto/keys/secret.h"
#include "relay/daemon/config.h"
#include "relay/env/random.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kPassphraseMissing{"passphrase-missing"};
inline constexpr ErrorCode kPassphraseUnsafe{"passphrase-file-unsafe"};

struct Passphrase {
  std::filesystem::path file;  // for messages
  keys::Secret secret;
};

// Beside the relay's folder, and not in it: "/srv/relay.passphrase".
std::filesystem::path default_passphrase_file(const std::filesystem::path& folder);

// The file that --passphrase-file names or, if that is empty, relay.toml. Errors: kPassphraseMissing (neither does).
Result<std::filesystem::path> passphrase_file_of(const Config& config, const std::filesystem::path& named);

// Errors: kPassphraseMissing, kPassphraseUnsafe (others may read it), keys::kPassphraseEmpty, keys::kPassphraseTooLong,
// os::kFileFailed.
Result<Passphrase> read_passphrase(const std::filesystem::path& file);

struct NewPassphrase {
  Passphrase passphrase;
  bool is_drawn = false;
};

// The same; but a file that is not there is made, for its owner only, with 160 random bits in letters that can be typed.
Result<NewPassphrase> read_or_draw_passphrase(const std::filesystem::path& file, env::Random& random);

}  // namespace tamizdat::daemon
