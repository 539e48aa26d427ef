#include "relay/daemon/folders.h"

#include <system_error>

#include "relay/os/files.h"

namespace tamizdat::daemon {

Result<void> make_folder(const std::filesystem::path& folder, FolderReaders readers) {
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(folder, error);
  if (!error && is_new && readers == FolderReaders::kOwnerOnly)
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return fail(os::kFileFailed, "cannot make the folder " + folder.string() + ": " + error.message());
  return {};
}

}  // namespace tamizdat::daemon
