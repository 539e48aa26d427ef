// Whether what a reader has of a log is the newest there is: his copy against the word of the relays that the charter
// lists. Needs no key of the project and nobody online; pure, `now` is a parameter. proto/README.md, "Freshness".
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "proto/format/statement.h"

namespace tamizdat::format {

// Words that are dated further ahead of the reader's clock are ignored: they would hold for fresh what is not.
inline constexpr seconds kAheadOfClockMax{600};
// Where the policy says no limit.
inline constexpr seconds kFreshForDefault{86400};

// How old a relay's word may be.
seconds fresh_limit(const WitnessPolicy& policy);

enum class Freshness : std::uint8_t {
  kUnwitnessed,  // the charter lists no witnesses, so nobody can tell
  kFresh,        // a quorum says, within the limit, that there is nothing newer, neither entries nor a charter
  kStale,        // no quorum has said so since `since`
  kWithheld,     // a quorum has seen more than this
};

struct FreshnessVerdict {
  Freshness freshness = Freshness::kUnwitnessed;
  // When a quorum last vouched for log and charter. Nothing: never.
  std::optional<Timestamp> since;
  // Entries that a quorum has cosigned; 0 if there was no quorum. Above `size` of the question: withheld. Below it: the
  // entries after it are newer than the quorum's word.
  std::uint64_t witnessed = 0;
  bool charter_seen = false;   // a quorum names this charter within the limit
  bool newer_charter = false;  // a quorum names a later one
  bool contradicted = false;   // a relay has cosigned another history than the reader's
};

// What the reader has: entries [0, size) of the log, under this charter.
struct FreshnessQuestion {
  const VerifiedCharter& charter;
  LogId log;
  std::uint64_t size = 0;
  // The root of his first n entries, n <= size; nothing where he cannot tell: then a head of n entries says nothing of
  // what he has.
  std::function<std::optional<Hash32>(std::uint64_t n)> root_at;
};

// A log that the charter closes is whole at its closing, whatever relays say of it: then the charter alone is the question.
//
// Of the statements those that are charter-seen and cosigned heads of the log count, each relay's newest, and only of
// relays that the charter lists by identity, witness key and country.
FreshnessVerdict judge_freshness(const FreshnessQuestion& question, StatementPointers statements, Timestamp now);

}  // namespace tamizdat::format
