// A home that is an old copy of its desk, as after a backup was restored, takes back from a relay what it has signed
// since: then it goes on where the desk stood, and signs no second history. The desk's own signature on the head and the
// proof of each entry vouch for it, so no relay can slip anything in.
#pragma once

#include <vector>

#include "client-lib/publish/deliver.h"

namespace tamizdat::publish {

// Fetches the entries from the end of this home's log up to the relay's newest head, and enters them: durable when it
// returns. Their texts come with them, but for those that were erased; attached files stay on the relays. What they
// retract or open has no key in this home any more that could be released. Returns the sealed articles among them whose
// keys are in no entry and not in this home: nobody can open these.
// Errors: kHistoryForked (the relay's history is not the continuation of this one), kHistoryBehind (the relay does not show
// all of it), those of RelayClient::bundle, of verify_bundle, of the desk's file.
Result<std::vector<EntryId>> resume_from(desk::DeskStore& store, const desk::Project& project, RelayView& relay,
                                         const Progress& progress);

}  // namespace tamizdat::publish
