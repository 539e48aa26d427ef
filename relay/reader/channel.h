// Where things are: the addresses of channels, pages and feeds. Ids and tags hold no character that a URL or an
// attribute would escape.
#pragma once

#include <string>

#include "relay/reader/catalog.h"

namespace tamizdat::reader {

// "/", "/p/<project>", "/p/<project>/l/<language>", "/r/<region>", "/l/<language>".
std::string page_path(const Channel& channel);
// The same with "/feed.atom" or "/feed.rss" behind it.
enum class FeedKind { kAtom, kRss };
std::string feed_path(const Channel& channel, FeedKind kind);

// The `before` of a list's next page: 16 hex digits.
std::string key_text(StoryKey key);
std::optional<StoryKey> parse_key(std::string_view text);

}  // namespace tamizdat::reader
