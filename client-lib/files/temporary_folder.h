// A folder of its own in the system's temporary one ($TMPDIR, or /tmp), open to its owner only, and gone when this is.
#pragma once

#include <filesystem>
#include <utility>

#include "proto/base/result.h"

namespace tamizdat::files {

class TemporaryFolder {
 public:
  // Errors: kFileFailed.
  static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace tamizdat::files
