// The outside world in one place: what a part of the relay is given at construction instead of globals. The daemon
// makes one of relay/os, a simulated node has its own. Everything it refers to outlives everything it is given to.
#pragma once

#include "relay/env/clock.h"
#include "relay/env/coroutine.h"
#include "relay/env/log.h"
#include "relay/env/metrics.h"
#include "relay/env/network.h"
#include "relay/env/random.h"
#include "relay/env/workers.h"

namespace tamizdat::env {

struct Environment {
  Executor executor;  // of the loop that runs all coroutines
  Clock& clock;
  Random& random;
  Network& network;
  Workers& workers;
  Log& log;
  Metrics& metrics;
};

}  // namespace tamizdat::env
