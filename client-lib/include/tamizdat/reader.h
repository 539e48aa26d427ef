// What a reader or another newsroom does: bring articles from relays into a folder, and prove where they come from. No
// home and no key is needed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tamizdat/desk.h>
#include <tamizdat/freshness.h>
#include <tamizdat/outcome.h>
#include <tamizdat/withholding.h>

namespace tamizdat::client {

struct FetchOptions {
  std::vector<std::string> relays = {};  // address lines; none: those of the home
  std::string home = {};                 // empty: default_home()
  std::string project = {};              // empty: all that the relays know
  std::vector<std::string> regions = {};    // of the pages that are written; the archives are whole
  std::vector<std::string> languages = {};
  std::string out = {};
  std::string proxy = {};
  Progress progress = {};
  bool attachments = true;  // of the pages, into the folder attachments/
};

struct FetchedLog {
  std::string project = {};
  std::string project_title = {};
  std::string desk = {};
  std::string desk_label = {};
  std::string log = {};
  std::string archive = {};  // path
  std::uint64_t entries = 0;
  std::uint64_t entries_new = 0;
  std::uint64_t entries_absent = 0;  // proven, but no relay gave their texts: a later fetch asks again
  std::uint64_t entries_taken_back = 0;  // of these: the newsroom retracted them
  std::uint64_t attachments = 0;          // of the pages, renditions counted too, that are there now
  std::uint64_t attachments_new = 0;      // of these, in this run
  std::uint64_t attachments_missing = 0;  // no relay that was asked has them: a later fetch asks again
  std::uint64_t pages_matching = 0;
  std::uint64_t pages_written = 0;
  std::optional<sys_seconds> expires_at = {};  // the project's charter: stale from then on
  std::optional<FreezeInfo> frozen = {};       // the project: relays take nothing new until its next charter
  Freshness freshness = {};
};

// A relay gave fewer entries of a log than a quorum of the project's relays has cosigned.
struct WithholdingRelay {
  std::string relay = {};
  std::string log = {};
  std::uint64_t served = 0;
  std::uint64_t witnessed = 0;
};

struct FetchTrouble {
  std::string relay = {};
  Problem problem = {};
};

struct FetchReport {
  std::vector<FetchedLog> logs = {};
  std::vector<FetchTrouble> troubles = {};  // at most one a relay
  std::vector<WithholdingRelay> withholding = {};
  std::vector<WithholdingNotice> withheld = {};  // entries that a relay does not serve; others may have given them
  std::size_t relays_asked = 0;
};

// Fails for what is wrong on this machine; what relays do wrong is in the report.
Outcome<FetchReport> fetch(const FetchOptions& options);
Outcome<FetchReport> fetch(const FetchOptions& options, Edges& edges);

struct VerifyOptions {
  std::string place = {};    // a file, a folder or a web address
  std::string project = {};  // empty: any, and then the project is proven to itself only
  std::vector<std::string> relays = {};  // address lines: their key pins count for web addresses of theirs
  std::string proxy = {};
  Progress progress = {};
};

// One entry that is proven: the desk signed it for the project. Times and titles are what the desk says. Each is handed
// out once, also if several archives hold it; a second time only if the first one was without its text.
struct ProvenEntry {
  std::string id = {};
  std::string kind = {};  // "article", "correction", "retraction", "notice", ... or "kind 17"
  std::string project = {};
  std::string project_title = {};
  std::string desk = {};
  std::string desk_label = {};
  std::uint64_t index = 0;
  std::string title = {};     // empty without a body
  std::string language = {};
  sys_seconds signed_at = {};  // the hour in the header, which is there without a body too
  std::optional<sys_seconds> published_at = {};
  std::string corrects = {};  // the original entry, of a correction or retraction
  std::string absent = {};    // why there is no body: "erased", "withheld", "embargoed", ...; empty if there is one
  std::optional<sys_seconds> embargo_until = {};  // as the desk says; it may be over, and the text open
  std::string opens = {};     // of an embargo key: the sealed entry
  bool key_is_wrong = false;  // and it does not open it
};

struct ProvenProject {
  std::string id = {};
  std::string title = {};
  std::uint64_t charter_version = 0;
  std::string charter_hash = {};
  bool confirmed = false;  // it is the project that was asked for
  std::optional<sys_seconds> expires_at = {};  // of its charter: stale from then on
  std::optional<FreezeInfo> frozen = {};       // as relays said, in what was read
  std::string dispute = {};  // two charters of one version are known, and no quorum has decided: what it means
};

// How much of a log was there: nothing was left out up to the newest head if `entries` is `size`.
struct ProvenLog {
  std::string project = {};
  std::string project_title = {};
  std::string desk = {};
  std::string desk_label = {};
  std::string log = {};
  std::uint64_t size = 0;            // by the newest signed head
  std::uint64_t entries = 0;         // proven, each counted once
  std::uint64_t entries_absent = 0;  // of these, without their texts
  std::uint64_t erased_without_retraction = 0;  // of these: said to be erased, and nobody is known to have asked for that
  Freshness freshness = {};               // of the newest head
  CopiesReport copies = {};               // of the whole log, by the receipts in what was read
};

struct VerifyReport {
  std::uint64_t archives = 0;
  std::uint64_t entries = 0;
  std::vector<ProvenLog> logs = {};
  std::uint64_t attachments = 0;          // files in the folder that are what a proven entry names
  std::uint64_t attachments_missing = 0;  // named by proven entries, and not in the folder; only for folders
  std::uint64_t pages_not_checked = 0;  // in the folder: pages are made from the archives, and fetch makes them anew
  std::vector<ProvenProject> projects = {};
  std::vector<WithholdingNotice> withheld = {};  // by what relays say in what was read
  std::vector<std::string> retracted = {};       // entries that the newsroom took back, by retractions that were read or that relays prove
};

using OnProvenEntry = std::function<void(const ProvenEntry& entry)>;

struct PlacesOptions {
  std::string what = {};                 // a project's id, or an entry's
  std::vector<std::string> relays = {};  // address lines; none: those of the home
  std::string home = {};                 // empty: default_home()
  std::string proxy = {};
  Progress progress = {};
};

// Where a project lies, or one entry of it.
struct PlacesReport {
  ProvenProject project = {};
  std::vector<ProvenLog> logs = {};  // of each desk; of an entry the one that holds it, whose `copies` are the entry's
  std::optional<ProvenEntry> entry = {};
  bool is_retracted = false;  // the entry
  std::vector<WithholdingNotice> withheld = {};
  std::vector<FetchTrouble> troubles = {};  // at most one a relay
  std::size_t relays_asked = 0;
};

// Reads the logs of the project from relays into a temporary folder, verifies them, and counts receipts. Needs no home and no
// key. Errors: id-invalid, entry-unknown, project-unknown, no-relay-reachable, those of verify().
Outcome<PlacesReport> places(const PlacesOptions& options);
Outcome<PlacesReport> places(const PlacesOptions& options, Edges& edges);

// Stops with a problem at the first lie; the entries handed out until then are proven.
Outcome<VerifyReport> verify(const VerifyOptions& options, const OnProvenEntry& on_entry);
Outcome<VerifyReport> verify(const VerifyOptions& options, const OnProvenEntry& on_entry, Edges& edges);

}  // namespace tamizdat::client
