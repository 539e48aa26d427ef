// The initiator's way onto a link: TLS with the peer's key pin, an HTTP/1.1 Upgrade on the peer's secret path that
// carries the hello, and the check of the hello in the 101. From then on the stream speaks frames.
#pragma once

#include <memory>
#include <stop_token>

#include "proto/format/keys.h"
#include "proto/sync/handshake.h"
#include "proto/sync/relay_address.h"
#include "relay/env/environment.h"

namespace tamizdat::federation {

inline constexpr ErrorCode kUpgradeRefused{"upgrade-refused"};

struct OpenedLink {
  std::unique_ptr<env::Stream> stream;
  Bytes read_ahead;  // octets behind the 101 that were read with it
};

// Errors: those of Network::connect(), kUpgradeRefused (the peer does not know this relay, or its path is another),
// and sync's hello errors.
env::awaitable<Result<OpenedLink>> open_link(env::Environment& env, const sync::RelayAddress& peer,
                                             const format::SigningKey& identity, std::stop_token stop);

}  // namespace tamizdat::federation
