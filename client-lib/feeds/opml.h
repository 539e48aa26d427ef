// Lists of feeds (OPML, http://opml.org/spec2.opml), as feed readers export them. The importer is the user. Pure; safe
// on hostile input.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client-lib/feeds/feed.h"

namespace tamizdat::feeds {

struct ListedFeed {
  std::string title;  // plain text; may be empty
  std::string url;    // safe, http or https
};

struct FeedList {
  std::string title;
  std::vector<ListedFeed> feeds;   // in the order of the list, each address once
  std::vector<std::string> notes;  // what was left out, a sentence each
};

// Nothing if the octets are no OPML. Lists that this one includes are named in a note and not opened. Errors: those of
// parse_feed; kFeedMalformed if the list names no feed.
Result<std::optional<FeedList>> parse_opml(BytesView bytes, const FeedHints& hints = {});

}  // namespace tamizdat::feeds
