// The copy of one log in a folder: `<log>.tamizdat`, an archive that starts with the project's charter chain and holds
// the log from entry 0 without a gap. What stands in it was verified before it was written, and is verified again when
// the copy is opened: between two runs anybody may have touched the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "client-lib/archives/archive_file.h"
#include "client-lib/archives/verifier.h"

namespace tamizdat::fetch {

inline constexpr ErrorCode kCopyDamaged{"copy-damaged"};
inline constexpr ErrorCode kBundleNotNext{"bundle-not-next"};

class LogCopy {
 public:
  // Opens or begins the copy in `folder`. Errors: kCopyDamaged, those of the file.
  static Result<LogCopy> open(const std::filesystem::path& folder, const ProjectId& project, const DeskId& desk);

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  // Writes down those charters of the verified chain that the copy lacks. Errors: those of Verifier::take_charter,
  // of the file.
  Result<void> take_charters(std::span<const Bytes> chain);
  // Verifies the bundle and writes it down; it continues the log where the copy ends, and brings at least one entry.
  // Errors: kBundleNotNext, those of Verifier::take_bundle, of the file.
  Result<void> take_bundle(BytesView bundle);
  // Makes all of it durable. Errors: those of the file.
  Result<void> finish();

 private:
  LogCopy(std::filesystem::path path, const ProjectId& project, const LogId& log)
      : path_(std::move(path)), log_(log), verifier_(project) {}
  Result<void> replay(format::ArchiveRecord record);
  Result<void> check_next(const format::VerifiedBundle& bundle) const;
  Result<void> write(format::RecordKind kind, BytesView bytes);

  std::filesystem::path path_;
  LogId log_;
  archives::Verifier verifier_;
  std::uint64_t size_ = 0;
  std::uint64_t charters_ = 0;      // versions 1 to here stand in the file
  std::uint64_t whole_octets_ = 0;  // of the file as it was found
  std::optional<archives::ArchiveWriter> writer_;  // from the first new record on
};

}  // namespace tamizdat::fetch
