// What the folder of one relay holds but its store and its secret keys: what the commands and the composition root start
// from. The keys open with a passphrase, which is asked for where something is signed.
#pragma once

#include <filesystem>
#include <vector>

#include "proto/format/charter.h"
#include "relay/daemon/config.h"
#include "relay/daemon/keys.h"
#include "relay/os/tls_identity.h"

namespace tamizdat::daemon {

// As an operator names a relay.
struct RelayPlace {
  std::filesystem::path place;            // the folder that `init` made, or its relay.toml
  std::filesystem::path passphrase_file;  // empty: what relay.toml names
};

struct Installation {
  Config config;
  RelayPublicKeys keys;
  os::TlsIdentity tls;
};

// The TLS key and certificate that `config` names; they can be shown by a server. Errors, with line and key in front:
// os::kFileFailed, os::kFileNotPrivate, os::kFileTooLarge, os::kCertificateInvalid, os::kTlsKeyInvalid.
Result<os::TlsIdentity> load_tls(const Config& config);

// From the folder that `init` made, or its relay.toml. It reads files and does nothing else. The error has one line a
// fault. Errors: kConfigMissing, kConfigInvalid, those of load_public_keys() and load_tls().
Result<Installation> load_installation(const std::filesystem::path& place);

// Opens the keys of a relay with the passphrase in the file `named` or, if that is empty, in the one that relay.toml names.
// Errors: those of passphrase_file_of(), read_passphrase() and open_keys() in keys.h.
Result<RelayKeys> open_keys(const Config& config, const std::filesystem::path& named);

// Whose statements count beside those of the charters' policies: this relay itself, and its peers where no key of theirs
// but the identity is asked for.
std::vector<format::PolicyRelay> relays_that_count(const Config& config, const RelayKeys& keys);

}  // namespace tamizdat::daemon
