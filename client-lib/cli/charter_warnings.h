// What every command says of the charter at its end. One that expires makes its project stale for readers, never unreadable:
// that is told from 60 days before. Two of one version make it stand still: that is told until relays have decided.
#pragma once

#include <optional>
#include <string>

#include "client-lib/cli/commands.h"

namespace tamizdat::cli {

// Says nothing of a charter that is good for longer.
void warn_of_expiry(const Context& context, const std::string& title, const std::optional<client::sys_seconds>& expires_at);
// Of the home's project, if there is one.
void warn_of_charter_of_home(const Context& context);

}  // namespace tamizdat::cli
