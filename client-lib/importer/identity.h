// Which article of the desk's log an item of a feed is. A guid that is an address is unique by itself. One such as "1752"
// is unique within its feed only, so the name in the guid map is the feed's place and the guid. The place changes (a
// mirror domain, http to https, a file instead of an address), and desks of earlier versions called such items by the
// host of their link: an item that its own name does not find is the same as one with that guid whose link is the same,
// or whose title and path of the link are.
#pragma once

#include <optional>
#include <string>

#include "client-lib/desk/desk_store.h"
#include "client-lib/feeds/feed.h"

namespace tamizdat::importer {

struct Identity {
  std::string name;                          // in the guid map
  std::optional<desk::ImportedItem> known;   // none: a new article
  bool known_by_another_name = false;        // remember `known` under `name` as well
  bool guid_is_shared = false;               // a new article, and another one has this guid
};

// `place`: of the feed, as it was given. Errors: those of the desk's file.
Result<Identity> identify(const feeds::FeedItem& item, const std::string& place, desk::DeskStore& store);

}  // namespace tamizdat::importer
