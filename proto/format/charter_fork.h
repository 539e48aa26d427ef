// Two valid charters of one version: enough root keys signed twice, out of error or under coercion. It needs nobody's
// word, the root keys' signatures are the proof. Nobody knows then what the project wants, so it stands still until the
// relays of the last common charter have decided (charter_decision.h).
#pragma once

#include <cstdint>
#include <vector>

#include "proto/format/verify.h"

namespace tamizdat::format {

inline constexpr ErrorCode kCharterForkMalformed{"charter-fork-malformed"};
// The charter before the two is not in the chain: fetch the project's charters first.
inline constexpr ErrorCode kCharterForkOfUnknownCharter{"charter-fork-of-unknown-charter"};

struct CharterFork {
  std::uint64_t version = 0;              // of both
  std::vector<VerifiedCharter> branches;  // two, the lower hash first
};

// The statement. Both are of one project and version, and differ.
Bytes make_charter_fork(const VerifiedCharter& one, const VerifiedCharter& other);

}  // namespace tamizdat::format
