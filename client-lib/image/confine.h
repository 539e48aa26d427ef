// Gives up whatever a decoder of hostile octets does not need. `tamizdat-image` calls both before it reads the picture;
// nothing takes them back. Linux on any processor that libseccomp knows.
#pragma once

#include "proto/base/result.h"

namespace tamizdat::image {

// First thing in main: closes inherited descriptors, clears the environment, limits memory, time and what may be written,
// gives up new privileges, core dumps and being traced. Libraries can still be loaded. Errors: kImageToolFailed.
Result<void> limit_resources();

// From here on: memory, threads of this process, and the descriptors 0, 1 and 2 that are open already. A call that opens
// a file fails; any other that is not on the list, also a new process, a socket or memory that can be executed, kills the
// process. Errors: kImageToolFailed.
Result<void> enter_sandbox();

}  // namespace tamizdat::image
