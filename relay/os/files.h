// Small files that must survive a crash whole: keys, certificates, state. All of it blocks; use it at the start of the
// process or on a worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::os {

inline constexpr ErrorCode kFileFailed{"file-failed"};
inline constexpr ErrorCode kFileTooLarge{"file-too-large"};
inline constexpr ErrorCode kFileNotPrivate{"file-not-private"};

enum class FileMode {
  kPrivate = 0600,  // keys: the owner alone
  kPublic = 0644,
};

// Replaces the file at `path` by `bytes`: after a crash at any moment it is the old one or the new one, and when this
// returns it is the new one on disk (temporary file, fsync, rename, fsync of the folder). It stays its owner's. What was in a
// private one before is overwritten where it lay, unless that has another name. Errors: kFileFailed.
Result<void> write_file(const std::filesystem::path& path, BytesView bytes, FileMode mode);

// For what somebody else wrote, before anything relies on it. Errors: kFileFailed.
Result<void> sync_file(const std::filesystem::path& path);

// Errors: kFileFailed, kFileTooLarge.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max);

// The same for a secret: kFileNotPrivate if anybody but the owner may read or write it. A credential that systemd gave to
// this process may show a right of its group to read it: that is how an access control list for the service's user looks.
Result<Bytes> read_private_file(const std::filesystem::path& path, std::size_t bytes_max);

// The same into memory of the caller, and nowhere else: as much as fits there. Returns how much that is.
Result<std::size_t> read_private_file(const std::filesystem::path& path, std::span<std::uint8_t> into);

}  // namespace tamizdat::os
