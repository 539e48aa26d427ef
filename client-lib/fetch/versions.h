// Which entry holds the newest text of each article, by all logs of its project: a desk may correct and retract what another
// one published. Between corrections of two logs the later header time decides, then the greater log id, as on relays.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "client-lib/archives/openings.h"
#include "proto/format/verify.h"

namespace tamizdat::fetch {

class Versions {
 public:
  // `openings` outlives it.
  explicit Versions(const archives::Openings& openings) : openings_(openings) {}

  // `in_force`: the project's newest charter; what its closings cut off says nothing. Errors: those of archives::walk.
  Result<void> gather(const std::filesystem::path& archive, const format::VerifiedCharter& in_force);

  // Of an article: nothing if every version was retracted, or it was not read.
  std::optional<EntryId> newest(const ProjectId& project, const EntryId& original) const;
  // How many of the log's entries came without their text and are retracted.
  std::uint64_t taken_back(const ProjectId& project, const LogId& log) const;
  // An article itself, or the one that a correction corrects.
  static EntryId original_of(const format::VerifiedEntry& entry);

 private:
  struct Correction {
    EntryId id;
    Timestamp time;
  };
  using InProject = std::pair<ProjectId, EntryId>;

  void take(const format::VerifiedEntry& entry);

  const archives::Openings& openings_;
  std::map<InProject, std::map<LogId, std::vector<Correction>>> corrections_;  // by the original; each log's in its order
  std::set<InProject> articles_, retracted_;
  std::map<LogId, std::vector<EntryId>> absent_;
};

}  // namespace tamizdat::fetch
