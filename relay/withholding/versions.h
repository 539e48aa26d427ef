// The versions of an article as the store holds them, for who must deal with all of it: the original and its corrections,
// and corrections of these, of all desks of the project.
#pragma once

#include <vector>

#include "relay/store/store.h"

namespace tamizdat::withholding {

// Of an entry that is held, itself among them, the original first. Goes through all logs of the project: some 20 microseconds
// an entry. Blocks; any thread. Errors: kUnknownEntry, kStoreFailed.
Result<std::vector<EntryId>> versions_of(const store::Store& store, const EntryId& entry);

}  // namespace tamizdat::withholding
