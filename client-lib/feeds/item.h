// One <item> or <entry> of a feed as a value. Private to client-lib/feeds.
#pragma once

#include <string>
#include <string_view>

#include <pugixml.hpp>

#include "client-lib/feeds/feed.h"
#include "client-lib/feeds/xml.h"

namespace tamizdat::feeds {

struct FeedContext {
  bool is_atom = false;
  std::string_view base_url;  // the feed's link or where it was fetched; for relative links of items
  std::string_view language;
};

// Errors: kFeedMalformed if the item holds nothing to publish; those of html::sanitise(). The text is fit for
// SkippedItem::reason.
Result<FeedItem> read_item(pugi::xml_node element, const FeedContext& context);

// The name with Atom's own elements as core in an Atom feed.
Name core_name_of(pugi::xml_node element, bool is_atom);
// A title or another label: plain text, one line, also where markup was escaped once too often. Empty if too broken.
std::string label_of(pugi::xml_node element, std::size_t bytes_max);
// The URL that the element holds or links to, resolved; empty if it is not safe.
std::string link_of(pugi::xml_node element, std::string_view base_url);
// Without white space at its ends.
std::string trimmed(std::string_view html);
// `tag` as BCP 47 ("ru_RU" -> "ru-RU"); empty if it is none.
std::string language_tag(std::string_view tag);

}  // namespace tamizdat::feeds
