// What a charter request says of itself, for the calls that make, read and sign one.
#pragma once

#include <tamizdat/charter.h>

#include <string>

#include "client-lib/charters/request.h"

namespace tamizdat::client {

inline constexpr ErrorCode kChangesNotShown{"changes-not-shown"};

// `file`: where it lies. Without what only the making of it knows (relays).
RequestInfo request_info(const charters::Request& request, const std::string& file);

}  // namespace tamizdat::client
