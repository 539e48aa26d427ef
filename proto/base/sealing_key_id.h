// A project's sealing key (X25519), to which letters are sealed, as people copy it: with a checksum, so that a typing error
// is told before anybody seals to a key that nobody has. Charters hold the 32 octets.
#pragma once

#include "proto/base/ids.h"

namespace tamizdat {

struct SealingKeyKind { static constexpr std::string_view kPrefix = "tzseal"; };
using SealingKeyId = Id<SealingKeyKind>;

}  // namespace tamizdat
