// Entries of the project's other desks, a closed one among them: this home has no copy of them, so relays show them, and
// they are proven here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "client-lib/publish/publish.h"
#include "proto/format/entry.h"

namespace tamizdat::publish {

struct OtherEntry {
  format::EntryHeader header;
  std::vector<EntryId> corrections;  // of it, by its own desk, as far as any relay that was asked shows them
};

// Takes up newer charters first: they say which desks there are. Errors: kEntryUnknown (none of the relays shows it, or a
// desk of another project signed it), those of follow_charters.
Result<OtherEntry> entry_of_other_desk(const Parts& parts, desk::Project project, std::span<const std::string> relay_lines,
                                       const EntryId& id);

// Whether a log that the relay gives of another desk retracts it. Errors: those of RelayClient, of verify_bundle.
Result<bool> is_retracted_by_other_desk(const desk::Project& project, RelayView& relay, const EntryId& id);

}  // namespace tamizdat::publish
