// What this home keeps of statements (desk/statements.h), on its way to relays, and what it means for the project.
#pragma once

#include <optional>

#include "client-lib/publish/deliver.h"
#include "client-lib/witnessing/statement_set.h"

namespace tamizdat::publish {

// By what this home knows. Errors: those of the desk's file.
Result<std::optional<format::Freeze>> freeze_in_force(desk::DeskStore& store, const desk::Project& project);

// Keeps, of what relays gave, a freeze of the charter in force: it is told also where no relay can be asked, and goes to
// relays that have not heard of it. Errors: those of the desk's file.
Result<void> remember_freeze(desk::DeskStore& store, const desk::Project& project, const witnessing::StatementSet& statements);

// How many each relay has not taken. Errors: those of the desk's file.
Result<void> count_waiting_statements(desk::DeskStore& store, std::span<RelayView> relays);

// Sends the relay what it has not taken. Trouble stays in the view. Errors: those of the desk's file.
Result<void> send_statements(desk::DeskStore& store, const desk::Project& project, RelayView& relay);

}  // namespace tamizdat::publish
