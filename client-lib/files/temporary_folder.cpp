#include "client-lib/files/temporary_folder.h"

#include <cstdlib>
#include <string>

#include "client-lib/files/files.h"

namespace tamizdat::files {

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code error;
  const auto place = std::filesystem::temp_directory_path(error);
  if (error) return fail(kFileFailed, "there is no folder for temporary files: " + error.message());
  std::string name = (place / "tamizdat-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return tl::unexpected(system_error("make a folder in", place));
  return TemporaryFolder(name);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace tamizdat::files
