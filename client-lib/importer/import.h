// From a feed to drafts: what is new becomes an article, what changed a correction of it, what is the same is left
// alone. Decides only; signing and sending are publish/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client-lib/desk/desk_store.h"
#include "client-lib/feeds/feed.h"
#include "client-lib/importer/pace.h"
#include "client-lib/net/http.h"
#include "client-lib/publish/deliver.h"
#include "client-lib/publish/sign.h"

namespace tamizdat::importer {

inline constexpr ErrorCode kSourceUnavailable{"source-unavailable"};  // the server answers with another status

struct Source {
  std::string place;  // a path or a web address
  Bytes feed;         // empty if unchanged
  std::string content_type;
  std::string url;  // after redirects; empty for a file
  bool unchanged = false;  // the server says that nothing is new since `before`
  int status = 0;          // of the server's answer; 0 for a file
  std::optional<Error> refusal;  // the server answers, and not with a feed: kSourceUnavailable
  desk::SourceState state;  // for the next time
  Pace pace;
};

// Reads the file, or asks the server for what is newer than `before`. Errors: those of files::read_file, of Http::send.
Result<Source> read_source(const std::string& place, const std::optional<desk::SourceState>& before, net::Reach reach,
                           net::Http& http, Timestamp now);

struct Settings {
  std::string language;  // where an item names none or a wrong one; empty: such items are skipped
  std::vector<std::string> regions;
  std::string licence;  // reprint terms
  std::string credit;
};

struct Skipped {
  std::string item;  // title, guid or place in the feed
  std::string reason;
};

// What a draft's pictures are made of (pictures.h).
struct PicturesOfItem {
  std::string raw_html, base_url;       // of the text
  std::vector<std::string> pictures;    // enclosures
  std::vector<std::string> enclosures;  // all of them
};

// An unchanged item that came by another name than before (importer/identity.h).
struct Renamed {
  std::string name;
  desk::ImportedItem item;
};

struct Plan {
  std::vector<publish::Draft> drafts;  // in the order they were published; pictures are links
  std::vector<PicturesOfItem> pictures;  // of each draft
  std::uint64_t articles = 0;
  std::uint64_t corrections = 0;
  std::uint64_t unchanged = 0;
  std::vector<Skipped> skipped;
  std::vector<std::string> notes;  // what was odd and is imported all the same
  std::vector<Renamed> renamed;    // to remember after the run
  // What the feed says of itself; of the first page.
  std::string next_page;
  seconds ttl{0};
  std::bitset<24> skip_hours;
};

// The text, and behind it a link to each enclosure that it does not name.
std::string with_links(const std::string& text, const std::vector<std::string>& enclosures);

// Of one document. Errors: those of feeds::parse_feed, of the desk's file.
Result<Plan> plan_import(const Source& source, const Settings& settings, desk::DeskStore& store);

struct FeedPlan {
  Plan plan;                // without anything if the source is unchanged and no page was left
  std::string unread_page;  // to remember after the run: where the next one goes on; empty if nothing is left
};

// What the reading of pages needs besides the first; all of it outlives the call.
struct PageTools {
  desk::DeskStore& store;
  net::Http& http;
  const publish::Progress& progress;
  Timestamp now;
};

// The source with its further pages (RFC 5005, next_url of JSON Feed): as long as they bring something new, and what
// earlier runs had to leave. A page that cannot be read costs nothing but itself.
// Errors: those of plan_import for the first page, of the desk's file.
Result<FeedPlan> plan_feed(const Source& first, const Settings& settings, const PageTools& tools);

}  // namespace tamizdat::importer
