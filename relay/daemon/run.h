// Runs a relay as a process: opens store and network, ties the relay to signals, control socket and service manager, and
// takes everything apart in order.
#pragma once

#include "proto/base/result.h"
#include "relay/daemon/installation.h"

namespace tamizdat::daemon {

// Serves until SIGTERM or SIGINT, then stops in order: takes nothing new, finishes what was accepted, closes the store.
// At SIGHUP, and when the control socket asks for it, takes up what changed (reload.h).
// Errors: those of the certificate, the store and the listeners, before anything is served.
Result<void> run_relay(Installation installation, RelayKeys keys);

}  // namespace tamizdat::daemon
