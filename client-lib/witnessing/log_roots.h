// The roots of a log at sizes that it once had, out of its archive: what relays cosigned is compared with them.
#pragma once

#include <filesystem>
#include <map>
#include <set>

#include "proto/base/ids.h"

namespace tamizdat::witnessing {

// Of an archive that holds the log from entry 0 on; sizes beyond it are left out. Errors: those of read_archive, Verifier.
Result<std::map<std::uint64_t, Hash32>> roots_in(const std::filesystem::path& archive, const LogId& log,
                                                 const std::set<std::uint64_t>& sizes);

}  // namespace tamizdat::witnessing
