// The attachments of the desk's log on one relay, after its entries: what is there is asked, what is missing is sent block
// by block, small ones first, since pages need those. What was cut goes on where it was cut.
#pragma once

#include <cstdint>

#include "client-lib/publish/deliver.h"

namespace tamizdat::publish {

enum class Sending : std::uint8_t {
  kAskOnly,
  kSend,
};

// Of the entries that the relay holds. Counts what is missing there, and leaves trouble with the relay, with one
// attachment of it or with a file of this home in the view. Errors: those of the desk's file.
Result<void> bring_attachments(desk::DeskStore& store, RelayView& relay, Sending sending, const Progress& progress);

}  // namespace tamizdat::publish
