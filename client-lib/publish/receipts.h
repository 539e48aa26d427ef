// What relays have signed about the desk's log: asked of each relay that was reached, since relays pass on what others say.
#pragma once

#include <span>

#include "client-lib/publish/deliver.h"
#include "client-lib/witnessing/copies.h"

namespace tamizdat::publish {

// What this home's statements are verified with. A relay that knows a newer charter is understood as far as this one goes.
std::vector<format::VerifiedCharter> verified_chain(const desk::Project& project);

// Statements of the project, of every relay that was reached. A relay that gives none has none: no trouble of its own.
// Relays that the charter does not list are known by their descriptors, so that their receipts can be shown.
witnessing::StatementSet ask_for_statements(const desk::Project& project, std::span<RelayView> relays,
                                            const Progress& progress);

// The same again, into what was brought before; for relays of the charter.
void ask_again(const desk::Project& project, std::span<RelayView> relays, witnessing::StatementSet& statements,
               const Progress& progress);

// The entries of the desk's log that relays may have erased, ascending: those that it retracted, and those of which relays
// prove that another desk did. Errors: those of the desk's file.
Result<std::vector<std::uint64_t>> retracted_entries(desk::DeskStore& store, const desk::Project& project,
                                                     const witnessing::StatementSet& statements);

// Of entries [from, to) of the desk's log. Errors: those of the desk's file.
Result<witnessing::Copies> copies_of(desk::DeskStore& store, const desk::Project& project,
                                     const witnessing::StatementSet& statements, std::uint64_t from, std::uint64_t to,
                                     Timestamp now);

// Of the whole log of this desk, by relays' words. Errors: those of the desk's file.
Result<format::FreshnessVerdict> freshness_of(desk::DeskStore& store, const desk::Project& project,
                                              const witnessing::StatementSet& statements, Timestamp now);

}  // namespace tamizdat::publish
