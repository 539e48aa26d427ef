// What relays say of the projects in a folder: what this run brought, and what earlier runs left beside the charters
// (folder_charters.h), so that a relay which serves old heads today is measured by what was heard before.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "client-lib/fetch/fetch.h"

namespace tamizdat::fetch {

class ProjectWords {
 public:
  explicit ProjectWords(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Notices of this relay are taken though no charter lists it.
  void allow(const RelayId& relay) { statements_.allow({relay, {}, {}, {}}); }
  // The chain of one project that counts here, which has been verified, and one relay's statements of it, of which those that
  // verify are kept. Errors: those of the files.
  Result<void> take(std::span<const Bytes> chain, std::span<const Bytes> statements);
  // The statements of a project that were taken, octet for octet.
  std::vector<Bytes> of(const ProjectId& project) const;
  // By the newest charter that was taken. Errors: those of the log's archive.
  Result<format::FreshnessVerdict> judge(const FetchedLog& log, Timestamp now) const;
  // What stops the project under that charter.
  std::optional<format::Freeze> freeze(const ProjectId& project) const;
  // What relays do not serve, by their notices, of all projects that were taken.
  std::vector<format::Withholding> withheld() const;
  // Logs of the projects' desks that are not among `logs`, and of which a quorum has seen entries.
  std::vector<FetchedLog> withheld_whole(std::span<const FetchedLog> logs, Timestamp now) const;
  // Writes what is held into the folder. Errors: those of the files.
  Result<void> keep() const;
  // Writes behind a log that has grown what relays say of it, so that its archive by itself, wherever it goes, tells how fresh
  // it was. Errors: those of the file.
  Result<void> keep_with(const FetchedLog& log) const;

 private:
  Result<void> load(const ProjectId& project);

  std::filesystem::path folder_;
  std::map<ProjectId, std::vector<format::VerifiedCharter>> chains_;  // the newest of each
  std::set<ProjectId> loaded_;
  witnessing::StatementSet statements_;
};

}  // namespace tamizdat::fetch
