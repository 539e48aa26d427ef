// What an operator does with a store while no relay has it open, or beside one: verify, reindex, compact, back up. `out` takes
// what was found, `err` everything that is wrong; the exit code is 0 only if nothing is.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "relay/daemon/config.h"

namespace tamizdat::daemon {

// The folder of the relay's store. Errors: kNoStore.
inline constexpr ErrorCode kNoStore{"no-store"};
Result<std::filesystem::path> store_of(const Config& config);

// `place`: the folder of a relay, its relay.toml, or a store by itself, as backups are.
int verify_store(const std::filesystem::path& place, std::ostream& out, std::ostream& err);
int reindex_store(const std::filesystem::path& place, std::ostream& out, std::ostream& err);
// Gives the space of erased articles back, of every segment that has any.
int compact_store(const std::filesystem::path& place, std::ostream& out, std::ostream& err);
int back_up_store(const std::filesystem::path& place, const std::filesystem::path& target, std::ostream& out,
                  std::ostream& err);

}  // namespace tamizdat::daemon
