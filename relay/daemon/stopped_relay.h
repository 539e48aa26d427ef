// What a command does with a relay that does not run: opens its store and statements as the relay does, serves nobody, and
// closes them again.
#pragma once

#include <functional>
#include <string>

#include "relay/daemon/installation.h"
#include "relay/withholding/withholdings.h"

namespace tamizdat::daemon {

using WithholdingWork = std::function<env::awaitable<Result<std::string>>(withholding::Withholdings&)>;

// Errors: kNoStore, those of OpenedStore::open() and of `work`.
Result<std::string> with_stopped_relay(const Config& config, const RelayKeys& keys, const WithholdingWork& work);

}  // namespace tamizdat::daemon
