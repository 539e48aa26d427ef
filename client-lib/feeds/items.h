// What the items of a feed have in common whatever format it is in: each needs a title and an id of its own, lists of
// labels stay short. Private to client-lib/feeds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "client-lib/feeds/feed.h"

namespace tamizdat::feeds {

// Unless it is empty, there already, or one too many.
void add_once(std::vector<std::string>& list, std::string value);

bool is_web_url(std::string_view url);

// Adds a URL, unless it is empty. `media_type`: "image/jpeg", or "image" as Media RSS has it; may be empty.
void add_enclosure(FeedItem& item, std::string url, std::string_view media_type);

// Makes a title of the text if there is none. Errors: kFeedMalformed if there is no text either.
Result<void> settle_title(FeedItem& item);

// Makes an id of the link, or of title and date, if there is none; a hash of one that is too long.
void settle_guid(FeedItem& item, std::string_view date_as_given);

// Gathers the items of `feed`, which outlives it.
class ItemList {
 public:
  explicit ItemList(Feed& feed) : feed_(feed) {}

  // How many of `count` items are read; the feed's notes say so if it is not all of them.
  std::size_t within_limit(std::size_t count);
  // `position` from 1; `label` names the item if it is skipped.
  void add(Result<FeedItem> item, std::size_t position, std::string_view label);
  void skip(std::size_t position, std::string_view label, std::string reason);

 private:
  Feed& feed_;
  std::unordered_map<std::string, std::size_t> position_of_guid_;
};

}  // namespace tamizdat::feeds
