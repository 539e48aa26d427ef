// The few small files of a relay outside its store: configuration, keys, certificate. Blocking; used at start and by the
// commands only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "proto/base/result.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kFileExists{"file-exists"};
inline constexpr ErrorCode kFileNotWritten{"file-not-written"};
inline constexpr ErrorCode kFileUnreadable{"file-unreadable"};
inline constexpr ErrorCode kSecretExposed{"secret-exposed"};

enum class Readers {
  kEverybody,  // as far as the umask allows
  kOwnerOnly,  // mode 0600
};

// Makes a new file, durable on return; an existing one is never touched. Errors: kFileExists, kFileNotWritten.
Result<void> create_file(const std::filesystem::path& file, std::string_view content, Readers readers);

// Makes the folder and its parents; the folder itself for its owner only if `readers` says so. It may exist already.
// Errors: kFileNotWritten.
Result<void> create_folder(const std::filesystem::path& folder, Readers readers);

// The whole file. Errors: kFileUnreadable.
Result<std::string> read_file(const std::filesystem::path& file);

// The same for a file that must not be open to group or others. Errors: kSecretExposed, kFileUnreadable.
Result<std::string> read_secret_file(const std::filesystem::path& file);

}  // namespace tamizdat::daemon
