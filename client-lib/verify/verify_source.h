// Proving where things come from: an archive file, a folder of them, or a download. Each entry is handed out with who
// and what as soon as it is proven; the first lie ends it with an error.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "client-lib/archives/openings.h"
#include "client-lib/net/http.h"
#include "client-lib/witnessing/copies.h"
#include "proto/format/freshness.h"
#include "proto/sync/relay_address.h"

namespace tamizdat::verify {

inline constexpr ErrorCode kNothingToVerify{"nothing-to-verify"};
inline constexpr ErrorCode kAttachmentWrong{"attachment-wrong"};
inline constexpr ErrorCode kNotAnArchive{"not-an-archive"};
inline constexpr ErrorCode kDownloadFailed{"download-failed"};

// A download is held in memory; an edition of a large newsroom's year is smaller.
inline constexpr std::uint64_t kDownloadBytesMax = std::uint64_t{256} << 20;

struct ProvenEntry {
  const format::VerifiedCharter& charter;
  const format::VerifiedBundle& bundle;
  const format::VerifiedEntry& entry;
  const Result<Bytes>& body;  // of a sealed one what its key gives; else why there is none (Openings::body_of)
  bool key_is_wrong = false;  // of an embargo key: the sealed entry was read, and is not opened by it
};
// Each entry once, also if several archives hold it; a second time only if the first one was without its body.
using OnProven = std::function<void(const ProvenEntry& entry)>;

struct Source {
  std::string place;                              // a path or a web address
  std::optional<ProjectId> project;               // everything must belong to it
  std::span<const sync::RelayAddress> relays;     // whose key pins count for addresses of their host and port
  Timestamp now;                                  // what relays say is judged by it
  std::optional<EntryId> entry = {};              // only the copies of this one are counted
};

// How much of a log was read. All of it, if `entries` is `size`.
struct ProvenLog {
  ProjectId project;
  DeskId desk;
  LogId log;
  std::uint64_t size = 0;     // of the newest head
  std::uint64_t entries = 0;  // each counted once
  std::uint64_t entries_absent = 0;  // of these, without their bodies
  // Of the absent ones: said to be erased, and no retraction of them is in what was read. Nobody may erase those.
  std::uint64_t erased_without_retraction = 0;
  format::FreshnessVerdict freshness;  // of its newest head, by what relays say in what was read
  // Of all of it, or of the entry that was asked for; by the receipts in what was read.
  witnessing::Copies copies = {};
  bool has_entry = false;  // that was asked for
};

struct Proven {
  std::vector<format::VerifiedCharter> charters;  // of each project, the one in force in what was read
  std::map<ProjectId, format::Freeze> freezes;  // of these charters
  std::map<ProjectId, std::string> disputes;    // two of one version, and no quorum has decided: what it means
  std::vector<ProvenLog> logs;
  std::uint64_t archives = 0;
  std::uint64_t entries = 0;
  std::uint64_t attachments = 0;          // files of the folder that are what a proven entry names
  std::uint64_t attachments_missing = 0;  // named, and not in the folder
  std::set<EntryId> retracted;  // of the entries, as retractions say that were read, or that relays prove
  std::vector<format::Withholding> withheld;  // by the notices in what was read
  std::uint64_t pages_not_checked = 0;  // *.html in the folder: they are made from archives and prove nothing
};

// Octets of one file.
using Progress = std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t of)>;

// Errors: archives::kHistoryContradicts (two archives show two histories of one log), kAttachmentWrong (a file of the
// folder that has the name of an attachment is not that), kNothingToVerify, kNotAnArchive,
// kDownloadFailed, those of read_archive, Verifier, Http::send, the file's.
Result<Proven> verify_source(const Source& source, net::Http& http, const OnProven& on_proven,
                             const Progress& progress);

}  // namespace tamizdat::verify
