// Bringing logs from relays into a folder: charters and bundles, each verified before it is written, only what is new;
// then pages of what the reader asked for. A relay that lies or is silent is named and passed over; what it sent before
// is proven and stays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/fetch/pages.h"
#include "client-lib/net/relay_client.h"
#include "client-lib/witnessing/statement_set.h"

namespace tamizdat::fetch {

inline constexpr ErrorCode kProjectUnknown{"project-unknown"};
inline constexpr ErrorCode kWrongChain{"wrong-charter-chain"};

enum class Attachments : std::uint8_t {
  kBring,  // those of the pages
  kLeave,
};

enum class Pages : std::uint8_t {
  kWrite,
  kLeave,
};

struct FetchRequest {
  std::vector<sync::RelayAddress> relays;
  std::optional<ProjectId> project;  // none: every project that the relays know
  Filter filter;                     // of the pages; archives are whole
  std::filesystem::path out;
  Attachments attachments = Attachments::kBring;
  Timestamp now;  // what relays say is judged by it
  Pages pages = Pages::kWrite;
};

struct FetchedLog {
  ProjectId project;
  std::string project_title;
  DeskId desk;
  std::string desk_label;
  LogId log;
  std::filesystem::path archive;  // none if no relay gave anything of it, and a quorum has seen some
  std::uint64_t entries = 0;
  std::uint64_t entries_new = 0;
  Hash32 root;  // of these
  std::uint64_t entries_absent = 0;  // stand there without their texts
  std::uint64_t entries_taken_back = 0;  // of these, by the newsroom; counted with the pages
  AttachmentCount attachments;
  PageCount pages;
  std::optional<Timestamp> expires_at = {};  // the project's charter
  std::optional<format::Freeze> frozen = {};  // the project
  format::FreshnessVerdict freshness;
};

// A relay gave fewer entries of a log than a quorum of the project's relays has cosigned: it withholds news, or is cut off.
struct BehindQuorum {
  LogId log;
  std::uint64_t served = 0;
  std::uint64_t witnessed = 0;
};

struct FetchedRelay {
  std::string name;
  std::optional<Error> trouble;  // the first one
  std::map<LogId, std::uint64_t> served = {};  // entries of each log, as it says
  std::vector<BehindQuorum> behind = {};
};

struct Fetched {
  std::vector<FetchedLog> logs;
  std::vector<FetchedRelay> relays;
  std::vector<format::Withholding> withheld = {};  // by notices of relays of the charters, and of those that were asked
};

using Progress = std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t of)>;

// Errors: those of the folder and its files; what relays do wrong is in the result.
Result<Fetched> fetch(const FetchRequest& request, net::Http& http, const Progress& progress);

}  // namespace tamizdat::fetch
