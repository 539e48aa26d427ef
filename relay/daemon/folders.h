// Folders that a relay makes for itself. Blocking; at start and in commands only.
#pragma once

#include <filesystem>

#include "proto/base/result.h"

namespace tamizdat::daemon {

enum class FolderReaders {
  kEverybody,  // as far as the umask allows
  kOwnerOnly,  // mode 0700
};

// Makes `folder` and what is missing above it; one that exists stays as it is. Errors: os::kFileFailed.
Result<void> make_folder(const std::filesystem::path& folder, FolderReaders readers);

}  // namespace tamizdat::daemon
