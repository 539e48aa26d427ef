// The settings in print: the file that `init` writes, what --print-config shows, and the table of the manual. Pure.
#pragma once

#include <string>

#include "relay/daemon/config.h"

namespace tamizdat::daemon {

// A relay.toml that parses to `config`, each key under a comment with its meaning, range and default.
std::string print_config(const Config& config);

// The table of all keys in Markdown, as it stands in deploy/README.md.
std::string print_manual();

}  // namespace tamizdat::daemon
