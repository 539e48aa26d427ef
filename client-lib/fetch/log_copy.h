// The copy of one log in a folder: `<log>.tamizdat`, an archive that starts with the project's charter chain and holds
// the log from entry 0 without a gap. What stands in it was verified before it was written, and is verified again when
// the copy is opened: between two runs anybody may have touched the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "client-lib/archives/archive_file.h"
#include "client-lib/archives/verifier.h"

namespace tamizdat::fetch {

inline constexpr ErrorCode kBodiesAbsent{"bodies-absent"};
inline constexpr ErrorCode kCopyDamaged{"copy-damaged"};
inline constexpr ErrorCode kBundleNotNext{"bundle-not-next"};

enum class AbsentBodies : std::uint8_t { kRefuse, kTake };

class LogCopy {
 public:
  // Entries of one bundle of the copy that stand there without their texts.
  struct TextGap {
    std::uint64_t from = 0;          // where the bundle begins
    std::uint64_t first_absent = 0;  // the first entry without a text
    std::uint64_t count = 0;
  };

  static std::filesystem::path path_of(const std::filesystem::path& folder, const LogId& log) {
    return folder / (log.text() + ".tamizdat");
  }
  // Opens or begins the copy in `folder`. Errors: kCopyDamaged, those of the file.
  static Result<LogCopy> open(const std::filesystem::path& folder, const ProjectId& project, const DeskId& desk);

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  // Of all its entries.
  Hash32 root() const;
  // Writes down those charters of the verified chain that the copy lacks. Errors: those of Verifier::take_charter,
  // of the file.
  Result<void> take_charters(std::span<const Bytes> chain);
  // Where the chain's last charter closed the desk below what the copy holds, or at another history, the copy is set aside
  // as `<name>.before-closing`, and where it was written under a branch of the charters that has lost, as
  // `<name>.other-branch`; this one begins anew. Errors: those of the file.
  Result<void> follow_charters(const format::VerifiedCharter& charter, std::span<const Bytes> chain);
  const std::vector<TextGap>& text_gaps() const { return text_gaps_; }
  std::uint64_t entries_absent() const;
  // Verifies the bundle and writes it down; it continues the log where the copy ends, and brings at least one entry.
  // Errors: kBundleNotNext, kBodiesAbsent (another relay may have them; this copy takes no more bundles), those of
  // Verifier::take_bundle, of the file.
  Result<void> take_bundle(BytesView bundle, AbsentBodies absent);
  // Makes all of it durable, and cuts a torn end off. Errors: those of the file.
  Result<void> finish();

  // A second copy in a file beside this one, of all that stands before the bundle that begins with entry `from`.
  // Errors: those of the file.
  Result<LogCopy> again_until(std::uint64_t from) const;
  // Puts a finished second copy in the place of this one, if it lost no entry and has more texts; else drops it.
  Result<void> replace_if_better(LogCopy again);

 private:
  LogCopy(std::filesystem::path path, const ProjectId& project, const LogId& log)
      : path_(std::move(path)), project_(project), log_(log), verifier_(project) {}
  bool is_of_another_branch(std::span<const Bytes> chain) const;
  Result<void> set_aside(std::string_view ending);
  Result<void> replay(format::ArchiveRecord record);
  Result<void> check_next(const format::VerifiedBundle& bundle) const;
  void count(const format::VerifiedBundle& bundle);
  Result<void> write(format::RecordKind kind, BytesView bytes);

  std::filesystem::path path_;
  ProjectId project_;
  LogId log_;
  archives::Verifier verifier_;
  std::uint64_t size_ = 0;
  std::vector<TextGap> text_gaps_;
  std::uint64_t charters_ = 0;      // versions 1 to here stand in the file
  std::uint64_t whole_octets_ = 0;  // of the file as it was found
  bool torn_ = false;               // more followed
  std::optional<archives::ArchiveWriter> writer_;  // from the first new record on
};

}  // namespace tamizdat::fetch
