// What only a desk's own key opens, on its way into the home of another desk of the project: the keys of articles under
// embargo. The other desk can then publish them as if it had sealed them itself.
#pragma once

#include "client-lib/desk/desk_store.h"
#include "client-lib/edges/edges.h"
#include "proto/format/keys.h"

namespace tamizdat::publish {

// A home with the key of its desk.
struct OpenHome {
  desk::DeskStore& store;
  const format::SigningKey& desk_key;
};

// Of all that `from` has not released, with the sealed entries and their attachments; durable when it returns, and the
// same again changes nothing. Errors: those of keys::open_for_desk, open_body, BlobFolder, the desks' files.
Result<void> hand_over_embargoes(const OpenHome& from, const OpenHome& to, edges::Random& random);

}  // namespace tamizdat::publish
