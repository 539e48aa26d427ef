// A freeze: one root key alone stops a project. Until the next charter no relay takes further entries of it. It names
// the charter that it freezes, so it can neither be kept for later nor outlive the update that answers it.
#pragma once

#include <cstdint>

#include "proto/format/charter.h"

namespace tamizdat::format {

inline constexpr ErrorCode kFreezeMalformed{"freeze-malformed"};
inline constexpr ErrorCode kFreezeOfUnknownCharter{"freeze-of-unknown-charter"};

struct Freeze {
  Hash32 charter;                     // in force until the charter that follows this one
  std::uint64_t charter_version = 0;  // of that charter
  Timestamp time;                     // as the signer gives it
  RootKeyId signer;
  Hash32 hash;  // SHA-256 of the content: what a charter-seen names
};

// The statement. `root_key` is one of the charter with this hash.
Bytes make_freeze(const ProjectId& project, const Hash32& charter, Timestamp time, const SigningKey& root_key);

}  // namespace tamizdat::format
