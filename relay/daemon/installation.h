// Everything that the folder of one relay holds but its store: what the commands and the composition root start from.
#pragma once

#include <filesystem>
#include <vector>

#include "proto/format/charter.h"
#include "relay/daemon/config.h"
#include "relay/daemon/keys.h"
#include "relay/os/tls_identity.h"

namespace tamizdat::daemon {

struct Installation {
  Config config;
  RelayKeys keys;
  os::TlsIdentity tls;
};

// The TLS key and certificate that `config` names; they can be shown by a server. Errors, with line and key in front:
// os::kFileFailed, os::kFileNotPrivate, os::kFileTooLarge, os::kCertificateInvalid, os::kTlsKeyInvalid.
Result<os::TlsIdentity> load_tls(const Config& config);

// From the folder that `init` made, or its relay.toml. It reads files and does nothing else. The error has one line a
// fault. Errors: kConfigMissing, kConfigInvalid, those of load_keys() and load_tls().
Result<Installation> load_installation(const std::filesystem::path& place);

// Whose statements count beside those of the charters' policies: this relay itself, and its peers where no key of theirs
// but the identity is asked for.
std::vector<format::PolicyRelay> relays_that_count(const Config& config, const RelayKeys& keys);

}  // namespace tamizdat::daemon
