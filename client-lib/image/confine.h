// Gives up whatever a decoder of hostile octets does not need. `tamizdat-image` calls all three before it reads the picture;
// nothing takes them back. Linux with 64 bits.
#pragma once

#include "proto/base/result.h"

namespace tamizdat::image {

// First thing in main: starts the program anew, once, with the environment that its libraries should have and no other.
// Some read it before main, and would start a thread for each processor. Errors: kImageToolFailed.
Result<void> take_clean_environment(char** words);

// Then: closes inherited descriptors, limits memory, time and what may be written,
// gives up new privileges, core dumps and being traced. Libraries can still be loaded. Errors: kImageToolFailed.
Result<void> limit_resources();

// From here on: memory, threads of this process, and the descriptors 0, 1 and 2 that are open already. A call that opens
// a file fails; any other that is not on the list, also a new process, a socket or memory that can be executed, kills the
// process. Errors: kImageToolFailed.
Result<void> enter_sandbox();

}  // namespace tamizdat::image
