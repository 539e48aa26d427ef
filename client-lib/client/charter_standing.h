// Whether the charter in hand is the newest there is: by what relays give, and by the signed words of those that it lists
// (charter-seen). Asked before root keys sign on top of it: on top of an old one they would make a second charter of a
// version that is in force, and split the project.
#pragma once

#include <tamizdat/charter.h>

#include <span>
#include <string>
#include <vector>

#include "client-lib/charters/newest.h"

namespace tamizdat::client {

inline constexpr ErrorCode kCharterNotNewest{"charter-not-newest"};
inline constexpr ErrorCode kCharterNotWitnessed{"charter-not-witnessed"};

struct CharterStandings {
  std::vector<RelayStanding> relays;  // those that were asked, then those of the policy that were not
  unsigned quorum = 0;                // of the charter's policy
  unsigned heard = 0;                 // of the policy: lately, and of no later charter

  unsigned vouching() const;
};

// `chain`: the newest of what is known. Words of relays that its charter does not list count for nothing.
CharterStandings standings_of(const charters::Chain& chain, std::span<const charters::RelayChain> answers, Timestamp now);

// Errors: kCharterNotNewest (a listed relay has signed that a later one is in force), format::kCharterForked (that another
// one of this version is, and no quorum is for this one), kCharterNotWitnessed (no quorum has said so lately). The texts say
// which relay says what.
Result<void> check_newest(const charters::Chain& chain, const CharterStandings& standings);

// The same for a call that writes what root keys sign: the text says what is at stake, and how to go on.
Result<void> require_newest(const charters::Chain& chain, const CharterStandings& standings);
// For who takes the charter and signs nothing on top of it. It may be so new that not all have said so: it is enough that a
// quorum was heard lately, and nobody of a later one. Errors: kCharterNotNewest, kCharterNotWitnessed.
Result<void> require_none_later(const charters::Chain& chain, const CharterStandings& standings);

// What stands against putting `finished` in force, which follows the chain up to the version before it: nothing where no
// word is known of its version or of a later one. Errors: kCharterNotNewest, format::kCharterForked.
Result<void> check_still_next(const charters::Chain& finished, std::span<const charters::RelayChain> answers);

}  // namespace tamizdat::client
