// JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/). Private to client-lib/feeds.
#pragma once

#include <string_view>

#include "client-lib/feeds/feed.h"

namespace tamizdat::feeds {

// `text`: valid UTF-8 that begins with a brace or a bracket. Errors: kFeedIsJson (other JSON), kFeedMalformed (it breaks
// off: no item of it counts, since nobody knows which are whole), kFeedTooDeep, kFeedTooManyNodes.
Result<Feed> parse_json_feed(std::string_view text, const FeedHints& hints);

}  // namespace tamizdat::feeds
