// `passphrase`: the keys of a relay are sealed anew, under another passphrase.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "relay/daemon/installation.h"

namespace tamizdat::daemon {

// `new_file` has the passphrase; if it is not there, one is drawn. Returns the exit code.
int give_another_passphrase(const RelayPlace& relay, const std::filesystem::path& new_file, std::ostream& out, std::ostream& err);

}  // namespace tamizdat::daemon
