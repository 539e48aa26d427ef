// What the forms of a feed have in common. Private to the parts of Feeds.
#pragma once

#include <string>
#include <vector>

#include "relay/reader/feeds.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {

// Feeds do not depend on Accept-Language: programs fetch them, and caches in between keep one form. Most readers read
// Russian.
inline constexpr Tongue kFeedTongue = Tongue::kRussian;

struct Feeds::Item {
  Story story;
  Article article;  // what is shown
  EntryId entry;    // the original's
  std::string guid;  // the original's, empty where it had none
  std::string html;  // with pictures, and below them that it was corrected

  std::string page() const { return "/a/" + entry.text(); }
  // The first version as it was signed; empty where that is what is shown.
  std::string first_version() const { return story.shown == story.original ? std::string() : "/v/" + entry.text(); }
  std::string own_id() const { return urn_of(entry.value); }
  std::string title() const { return article.title.empty() ? word("w_untitled", kFeedTongue) : article.title; }
};

struct Feeds::Document {
  Channel channel;
  std::string base;  // "https://<host>", or empty: links are then relative to the feed itself
  StoryKey before = kNewest;
  std::vector<Item> items;
  bool more = false;  // older items exist

  // The newest are the feed itself, older ones a page of it.
  std::string self(FeedKind kind) const;
  std::string older(FeedKind kind) const;  // empty if there are none
  Timestamp updated() const;               // of the newest change among the items, 1970 without any
};

}  // namespace tamizdat::reader
