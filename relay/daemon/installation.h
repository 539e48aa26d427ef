// Everything that the folder of one relay holds but its store: what the commands and the composition root start from.
#pragma once

#include <filesystem>

#include "relay/daemon/config.h"
#include "relay/daemon/keys.h"
#include "relay/os/tls_identity.h"

namespace tamizdat::daemon {

struct Installation {
  Config config;
  RelayKeys keys;
  os::TlsIdentity tls;
};

// From the folder that `init` made, or its relay.toml. Errors: kConfigMissing, kConfigInvalid, those of load_keys(),
// os::kFileFailed, os::kFileNotPrivate, os::kCertificateInvalid.
Result<Installation> load_installation(const std::filesystem::path& place);

}  // namespace tamizdat::daemon
