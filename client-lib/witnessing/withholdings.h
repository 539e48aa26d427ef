// Which relays do not serve an entry, by their public notices.
#pragma once

#include <vector>

#include "client-lib/witnessing/statement_set.h"

namespace tamizdat::witnessing {

// Those in force, the oldest first. Lifted ones are left out.
std::vector<format::Withholding> withholdings_of(std::span<const StatementPointer> statements);

}  // namespace tamizdat::witnessing
