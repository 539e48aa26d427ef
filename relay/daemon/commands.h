// The command line of `tamizdat-relay`: all its commands, and what prints the settings.
#pragma once

#include <iosfwd>

namespace tamizdat::daemon {

// `out` takes data, `err` everything that is said to a person. Returns the exit code: 0 done, 1 failed, 2 wrong usage, 3
// (of `run`) the keys do not open: the passphrase is missing or wrong.
int run_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace tamizdat::daemon
