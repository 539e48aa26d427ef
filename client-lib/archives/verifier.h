// Takes the records of an archive in order and lets pass only what is proven: each charter follows the one before it,
// each bundle belongs to a log that the charter in force lists, and the bundles of one log continue one history. Used on
// files, on downloads, and on what a relay sends before it is written down.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "proto/format/archive.h"
#include "proto/format/verify.h"

namespace tamizdat::archives {

inline constexpr ErrorCode kCharterMissing{"charter-missing"};  // before what needs it
inline constexpr ErrorCode kHistoryContradicts{"history-contradicts"};
inline constexpr ErrorCode kEntriesRepeated{"entries-repeated"};
inline constexpr ErrorCode kEntriesAfterClosing{"entries-after-closing"};
inline constexpr ErrorCode kAnotherProject{"another-project"};

// How far one log was followed.
struct LogPosition {
  format::CompactRange tree;  // of all entries up to here
  format::VerifiedHead head;  // the last one seen
};

class Verifier {
 public:
  // With a project, whatever belongs to another one is an error.
  explicit Verifier(std::optional<ProjectId> only = std::nullopt) : only_(only) {}

  // Errors: kCharterMissing, kAnotherProject, kEntriesAfterClosing, those of the format's charter verification. A
  // charter that was taken before is passed over.
  Result<void> take_charter(Bytes signed_charter);
  // Errors: kCharterMissing, kAnotherProject, kHistoryContradicts, kEntriesRepeated, those of verify_bundle.
  Result<format::VerifiedBundle> take_bundle(BytesView bundle);

  // Of the project, version 1 first; empty if none was taken.
  std::vector<format::VerifiedCharter> chain(const ProjectId& project) const;
  // In force for the project; nothing if none was taken.
  std::optional<format::VerifiedCharter> charter(const ProjectId& project) const;
  // Nothing before the first bundle of the log.
  const LogPosition* position(const LogId& log) const;
  std::vector<format::VerifiedCharter> charters() const;

 private:
  Result<void> take_first(Bytes signed_charter, const Hash32& hash);
  Result<void> take_update(Bytes signed_charter, const format::Charter& content, const Hash32& hash);
  Result<void> check_closings(const format::VerifiedCharter& charter) const;
  Result<format::CompactRange> continue_history(const LogId& log, const format::VerifiedBundle& bundle) const;

  std::optional<ProjectId> only_;
  std::map<ProjectId, std::vector<format::VerifiedCharter>> chains_;
  std::unordered_map<Hash32, ProjectId> project_of_charter_;  // every charter taken, by its hash
  std::map<LogId, LogPosition> logs_;
};

}  // namespace tamizdat::archives
