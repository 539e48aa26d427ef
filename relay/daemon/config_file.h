// From relay.toml to a Config: strict, and all faults at once, each with its line and key.
#pragma once

#include <filesystem>
#include <string_view>

#include "proto/base/result.h"
#include "relay/daemon/config.h"
#include "relay/daemon/settings.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kConfigMissing{"config-missing"};
inline constexpr std::string_view kConfigFileName = "relay.toml";

// `toml` is the text of a file called `name`, which each line of an error begins with. Keys that are not there keep
// their defaults. Errors: kConfigInvalid, with one line a fault: "relay.toml:12: limits.conections: unknown key; ...".
Result<Config> parse_config(std::string_view toml, std::string_view name);

// Reads relay.toml in the folder `place`, or the file `place`. Errors: kConfigMissing, kConfigInvalid.
Result<Config> load_config(const std::filesystem::path& place);

}  // namespace tamizdat::daemon
