// Writes zeros over a file that is going to be removed: what is only removed stays on the disk until its place is used
// again.
#pragma once

#include <string>

#include "relay/store/disk.h"

namespace tamizdat::store {

// All of it; durable when it returns. Errors: those of Disk.
Result<void> wipe(File& file, SyncSite site);
// Octets [from, to), behind which there is nothing but zeros; then the file ends at `from`.
Result<void> wipe_end(File& file, std::uint64_t from, std::uint64_t to, SyncSite site);
// The name is gone durably once its folder is synced.
Result<void> wipe_and_remove(Disk& disk, const std::string& path, SyncSite site);

}  // namespace tamizdat::store
