// Where things are: the addresses of channels, pages and feeds. Ids and tags hold no character that a URL or an
// attribute would escape.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "relay/reader/catalog.h"

namespace tamizdat::reader {

// "/", "/p/<project>", "/p/<project>/l/<language>", "/r/<region>", "/l/<language>", "/t/<topic>".
std::string page_path(const Channel& channel);
enum class FeedKind { kAtom, kRss, kJson };
inline constexpr std::array kFeedKinds{FeedKind::kAtom, FeedKind::kRss, FeedKind::kJson};
// "feed.atom", "feed.rss", "feed.json": what stands behind a channel's path.
std::string_view feed_file(FeedKind kind);
std::string feed_path(const Channel& channel, FeedKind kind);
std::string_view media_type(FeedKind kind);

// The `before` of a list's next page: 16 hex digits.
std::string key_text(StoryKey key);
std::optional<StoryKey> parse_key(std::string_view text);

}  // namespace tamizdat::reader
