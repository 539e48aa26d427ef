// A desk takes up newer charters of its project from relays before it signs or sends anything: it may have been closed,
// given another scope, or the policy may be another one. The version that is kept never goes down again.
#pragma once

#include <span>

#include "client-lib/publish/deliver.h"

namespace tamizdat::publish {

// Asks each relay without trouble which charter it has; `project` is the newest afterwards, and kept. A relay that is
// behind gets the newer one with the next delivery. What a relay does wrong stays in its view, also that it is on a branch
// that has lost. Errors: format::kCharterForked (two charters of one version, both valid, shown by a relay or remembered by
// the home: nothing may be signed until it is decided), those of the desk's file.
Result<void> follow_charters(desk::DeskStore& store, desk::Project& project, std::span<RelayView> relays,
                             const Progress& progress);

}  // namespace tamizdat::publish
