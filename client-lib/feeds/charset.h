// Encodings by name and by what the octets look like. Private to client-lib/feeds; decode() is the story.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/base/bytes.h"

namespace tamizdat::feeds {

// Our name for a charset label (case and surrounding space ignored, aliases of the WHATWG Encoding Standard and of
// Russian servers known); nothing for those that we do not decode. "utf-8" and "utf-16" are names too.
std::optional<std::string_view> charset_named(std::string_view label);
bool is_cyrillic(std::string_view charset);

// `bytes` of `charset` (one of our names) as UTF-8, U+FFFD for what has no meaning in it.
std::string to_utf8(BytesView bytes, std::string_view charset);

// How much sense the octets make as Russian (or a related language) in a Cyrillic charset: about 1 for each letter of
// a text in the right one, below 0 for a wrong one. Looks at the first 64 KiB that are not ASCII.
double cyrillic_score(BytesView bytes, std::string_view charset);
// The Cyrillic charset with the best score; nothing if none makes sense.
std::optional<std::string_view> best_cyrillic(BytesView bytes);

}  // namespace tamizdat::feeds
