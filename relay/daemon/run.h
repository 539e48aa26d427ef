// The composition root: makes every part of a running relay, ties them together, and takes them apart in order.
#pragma once

#include "proto/base/result.h"
#include "relay/daemon/installation.h"

namespace tamizdat::daemon {

// Serves until SIGTERM or SIGINT, then stops in order: takes nothing new, finishes what was accepted, closes the store.
// Errors: those of the certificate, the store and the listeners, before anything is served.
Result<void> run_relay(const Installation& installation);

}  // namespace tamizdat::daemon
