// Whether what is here of a log is the newest there is, by what the relays say that the project's charter lists.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tamizdat::client {

enum class FreshnessState : std::uint8_t {
  kUnwitnessed,  // the charter lists no witnesses, so nobody can tell
  kFresh,        // a quorum has said so, not longer ago than the charter allows
  kStale,        // none has said so since `since`
  kWithheld,     // a quorum has seen more: whoever gave this holds news back
};

struct Freshness {
  FreshnessState state = FreshnessState::kUnwitnessed;
  std::optional<std::chrono::sys_seconds> since = {};  // when a quorum last vouched for it; none: never
  std::uint64_t witnessed = 0;                    // entries that a quorum has cosigned
  bool charter_seen = false;   // a quorum says, not too long ago, that this charter is the newest
  bool newer_charter = false;  // a quorum says that there is a newer one
  bool contradicted = false;   // a relay has cosigned another history of this log
};

}  // namespace tamizdat::client
