// How a project stands by what is held of statements: whether it is frozen, which of its logs are forked, whether its
// charters are, and so whether a log may grow here. Not a word about validity: what is held goes on being served, and the next charter decides.
#pragma once

#include <utility>
#include <vector>

#include "proto/format/charter_decision.h"
#include "relay/statements/statements.h"

namespace tamizdat::statements {

// No further entries until an update of the charter that meets the threshold.
inline constexpr ErrorCode kProjectFrozen{"project-frozen"};
// The desk signed two histories; the same word as the store's.
inline constexpr ErrorCode kLogIsForked{"log-forked"};

// The freeze of the charter in force, or null.
StatementPointer freeze_in_force(const Statements& statements, const format::VerifiedCharter& charter);

// Since when, for readers: as its signer says, but at most when it came here.
Timestamp frozen_since(const Statements& statements, const format::VerifiedStatement& freeze);

// The proof that the desk's log is forked, or null, also once the project has closed the desk: the closing decides which
// history counts.
StatementPointer fork_in_force(const Statements& statements, const format::VerifiedCharter& charter, const DeskId& desk);

// Every proof held that the project has two charters of one version, the lowest version first, and what its relays say.
// `chains` as for format::decide_charter_fork(), and of this project.
using ForkDecision = std::pair<format::CharterFork, format::CharterDecision>;
std::vector<ForkDecision> decisions_of(const Statements& statements, std::span<const format::CharterChain> chains);

// The first one that is not decided, or not for the charter that is held here. The project stands still until then.
std::optional<format::CharterDecision> dispute_of(const Statements& statements, const format::VerifiedCharter& charter);
std::string text_of(const format::CharterDecision& dispute);

// Whether the change may stop logs of its project or let them grow again.
bool concerns_growth(const Statements& statements, const StatementChange& change);

// Whether the desk's log may get entries that are not held yet. Errors: format::kCharterForked, kProjectFrozen, kLogIsForked.
Result<void> may_grow(const Statements& statements, const format::VerifiedCharter& charter, const DeskId& desk);

}  // namespace tamizdat::statements
