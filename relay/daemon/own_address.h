// The line by which others reach this relay, from its configuration, its identity key and its certificate. Pure.
#pragma once

#include "proto/base/bytes.h"
#include "proto/sync/relay_address.h"
#include "relay/daemon/config.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kNoPublicAddress{"no-public-address"};

// Under the first public address; without one under the listening address, if that is no wildcard such as 0.0.0.0.
// Errors: kNoPublicAddress, os::kCertificateInvalid.
Result<sync::RelayAddress> own_address(const Config& config, const RelayId& relay, BytesView certificate_pem);

// The host that the world calls this relay by; "localhost" if the configuration does not say.
std::string own_host(const Config& config);

}  // namespace tamizdat::daemon
