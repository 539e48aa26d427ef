// How a project stands by what is held of statements: whether it is frozen, which of its logs are forked, and so whether
// a log may grow here. Not a word about validity: what is held goes on being served, and the next charter decides.
#pragma once

#include "relay/statements/statements.h"

namespace tamizdat::statements {

// No further entries until an update of the charter that meets the threshold.
inline constexpr ErrorCode kProjectFrozen{"project-frozen"};
// The desk signed two histories; the same word as the store's.
inline constexpr ErrorCode kLogIsForked{"log-forked"};

// The freeze of the charter in force, or null.
StatementPointer freeze_in_force(const Statements& statements, const format::VerifiedCharter& charter);

// The proof that the desk's log is forked, or null, also once the project has closed the desk: the closing decides which
// history counts.
StatementPointer fork_in_force(const Statements& statements, const format::VerifiedCharter& charter, const DeskId& desk);

// Whether the desk's log may get entries that are not held yet. Errors: kProjectFrozen, kLogIsForked.
Result<void> may_grow(const Statements& statements, const format::VerifiedCharter& charter, const DeskId& desk);

}  // namespace tamizdat::statements
