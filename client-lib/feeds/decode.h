// From the octets of a feed to UTF-8. What a feed says about its encoding is often wrong (a server adds its default, a
// template outlives a migration), so a declaration is a hint that the octets must bear out. Pure; ICU does the tables.
#pragma once

#include <string>
#include <string_view>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::feeds {

inline constexpr ErrorCode kFeedTooLarge{"feed-too-large"};
inline constexpr ErrorCode kFeedEmpty{"feed-empty"};

struct DecodedText {
  std::string text;     // valid UTF-8 without byte order mark; what could not be decoded is U+FFFD
  std::string charset;  // what the octets were, lower case: "utf-8", "windows-1251", "koi8-r", ...
  std::string note;     // if a declaration was not followed: what it said and what was found; else empty
};

// The order: byte order mark; valid UTF-8 is UTF-8 whatever is declared; the charset of the HTTP header, then of the
// XML declaration, if it is one that we decode and Russian text makes at least as much sense in it as in the other
// Cyrillic encodings; then the encoding in which it makes most sense; UTF-8 with a few broken characters; windows-1252.
// UTF-7 and encodings with shift states are never honoured: they smuggle markup past every check of the octets.
// `content_type` is the value of the HTTP header, or empty. Errors: kFeedTooLarge, kFeedEmpty.
Result<DecodedText> decode(BytesView bytes, std::string_view content_type);

}  // namespace tamizdat::feeds
