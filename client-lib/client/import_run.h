// One import on a desk: the feeds that a source is or lists, one after the other. Each is signed, sent and remembered by
// itself, so that a broken one costs nothing but itself. Private to client-lib/client.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client-lib/client/desk_parts.h"
#include "client-lib/importer/import.h"

namespace tamizdat::client {

// What a source turned out to be.
struct Sources {
  bool is_list = false;
  std::vector<std::string> feeds;        // of a list; else the source alone
  importer::Pace pace;                   // of a list
  std::optional<importer::Source> read;  // the source itself, unless it is a list; perhaps a refusal, so that nobody knows
};

// How asking a feed went.
struct FeedPoll {
  bool failed = false;     // then it stands in the report
  bool unchanged = false;  // then `pace` lacks what the feed says
  importer::Pace pace;
};

class ImportRun {
 public:
  // `key`: none for a preview, which signs and remembers nothing. All are outlived by the caller's.
  // Errors: those of the project and of the options.
  static Outcome<ImportRun> start(Desk::Parts& parts, const ImportOptions& options, const format::SigningKey* key);

  // Reads the source. Errors: those of importer::read_source, of feeds::parse_opml, of the desk's file.
  Result<Sources> sources();
  // Imports one of them; `source`: what sources() has read of it. Trouble with the feed goes into the report.
  // Errors: those of signing and sending, of the desk's file.
  Outcome<FeedPoll> import_feed(const std::string& feed, std::optional<importer::Source> source, bool of_list);
  void note(std::string text) { report_.notes.push_back(std::move(text)); }
  const ImportReport& so_far() const { return report_; }
  // Sends what waits, unless the run has sent something, and gives the report.
  Outcome<ImportReport> finish(Desk& desk);

 private:
  ImportRun(Desk::Parts& parts, const ImportOptions& options, const format::SigningKey* key, desk::Project project,
            importer::Settings settings)
      : parts_(parts), options_(options), key_(key), project_(std::move(project)), settings_(std::move(settings)) {}

  Result<importer::Source> read(const std::string& place);
  FeedPoll fail_feed(const std::string& feed, const Error& error, const importer::Pace& pace);
  Result<void> take(const importer::Plan& plan, const std::string& feed_of_list);
  Result<void> remember(const importer::Source& source, const importer::FeedPlan& planned);

  Desk::Parts& parts_;
  const ImportOptions& options_;
  const format::SigningKey* key_;
  desk::Project project_;
  importer::Settings settings_;
  ImportReport report_;
  bool all_unchanged_ = true;
  bool published_ = false;
};

}  // namespace tamizdat::client
