// What is held of withholdings (proto/README.md): who does not serve an entry and why, and where else it lies.
#pragma once

#include <vector>

#include "relay/statements/statements.h"

namespace tamizdat::statements {

// This relay's notice about the entry, or null: none, or it was lifted.
StatementPointer withholding_in_force(const Statements& statements, const ProjectId& project, const EntryId& entry,
                                      const RelayId& relay);

// Whether some relay that counts here keeps the entry's text from other relays too: then it may come without it.
bool is_kept_from_peers(const Statements& statements, const ProjectId& project, const EntryId& entry);

// Entries of the project that notices held here are about, also such as count no more or were lifted.
std::vector<EntryId> entries_with_notices(const Statements& statements, const ProjectId& project);

// Relays whose receipts say that they hold the entry with its text, and who do not withhold it themselves.
struct EntryPlace {
  ProjectId project;
  LogId log;
  std::uint64_t index = 0;
  EntryId entry;
};
std::vector<format::PolicyRelay> holders_of(const Statements& statements, const EntryPlace& place);

}  // namespace tamizdat::statements
