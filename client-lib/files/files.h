// Files of the client: read with a limit, written as a whole.
// Paths are UTF-8. Every error text names the path and what to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "client-lib/files/descriptor.h"
#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::files {

inline constexpr ErrorCode kFileMissing{"file-missing"};
inline constexpr ErrorCode kFileExists{"file-exists"};
inline constexpr ErrorCode kFileTooLarge{"file-too-large"};
inline constexpr ErrorCode kFileFailed{"file-failed"};

enum class Visibility : std::uint8_t {
  kOwner,   // mode 0600: keys and what belongs to a desk
  kPublic,  // mode 0644 less the umask: what everybody may read
};

// Error of the system call that has just failed (errno), for `path`: kFileMissing, kFileExists or kFileFailed.
Error system_error(std::string_view doing, const std::filesystem::path& path);

// The whole of a regular file. Errors: kFileMissing, kFileTooLarge (above `bytes_max`), kFileFailed.
Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t bytes_max);

// Writes a file that must not exist yet; durable when it returns. Errors: kFileExists, kFileFailed.
Result<void> write_new_file(const std::filesystem::path& path, BytesView bytes, Visibility visibility);

// Writes or replaces a file as a whole, by a temporary file beside it and a rename, without waiting for the disk: for what
// can be made again. After a power cut the file may be empty. Errors: kFileFailed.
Result<void> replace_file_lightly(const std::filesystem::path& path, BytesView bytes);

// Writes or replaces a file as a whole: durable when it returns, and after a power cut the old or the new one.
// Errors: kFileFailed.
Result<void> replace_file(const std::filesystem::path& path, BytesView bytes, Visibility visibility);

// The folder and those above it, if missing; kOwner makes the last one mode 0700. Errors: kFileFailed.
Result<void> make_folder(const std::filesystem::path& path, Visibility visibility);

// Parts of an open file; `path` is for error texts.
// `count` octets from `offset` on. Errors: kFileFailed (also if the file ends before).
Result<Bytes> read_at(const Descriptor& file, const std::filesystem::path& path, std::uint64_t offset, std::size_t count);
// Errors: kFileFailed.
Result<void> write_at(const Descriptor& file, const std::filesystem::path& path, std::uint64_t offset, BytesView bytes);

// A new or renamed file is durable only when its folder is. Errors: kFileFailed.
Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace tamizdat::files
