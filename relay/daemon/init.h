// The making of a relay: a folder with relay.toml, three keys and a certificate, from which `run` starts it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "proto/base/result.h"
#include "proto/base/time.h"
#include "relay/daemon/config.h"
#include "relay/env/random.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kAlreadyInitialised{"already-initialised"};

struct InitOrder {
  std::filesystem::path folder;
  // What shall differ from the defaults, as "relay.country=GE"; the items of a list stand between commas.
  std::vector<std::string> settings;
  // With the passphrase of the keys; empty: what the settings name, or else the folder's name with ".passphrase" behind it.
  std::filesystem::path passphrase_file;
};

struct NewRelay {
  Config config;
  bool is_passphrase_drawn = false;  // it was not there
};

// Makes the passphrase, unless its file is there, keys, a self-signed certificate (unless tls.certificate and tls.key are among the settings: then those files
// must be there) and a secret link path, and relay.toml last. A folder that has any of them already is left alone.
// Errors: kAlreadyInitialised, kConfigInvalid, os::kFileFailed, those of load_tls() and read_passphrase().
Result<NewRelay> init_relay(const InitOrder& order, env::Random& random, Timestamp now);

}  // namespace tamizdat::daemon
