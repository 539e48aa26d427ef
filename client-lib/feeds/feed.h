// Feeds of newsrooms as values: RSS (0.9x, 1.0, 2.0), Atom (0.3, 1.0) and JSON Feed (1.0, 1.1) in, items with clean text
// out. The importer is the user. Pure: no network, no clock; safe on hostile input, linear in its size.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client-lib/feeds/decode.h"
#include "proto/base/bytes.h"
#include "proto/base/result.h"
#include "proto/base/time.h"

namespace tamizdat::feeds {

inline constexpr ErrorCode kFeedIsHtml{"feed-is-html"};
inline constexpr ErrorCode kFeedIsJson{"feed-is-json"};  // and no JSON Feed
inline constexpr ErrorCode kFeedIsList{"feed-is-list"};  // OPML: see opml.h
inline constexpr ErrorCode kFeedUnknown{"feed-unknown"};
inline constexpr ErrorCode kFeedMalformed{"feed-malformed"};
// and those of decode.h (kFeedTooLarge, kFeedEmpty) and xml.h (kFeedTooDeep, kFeedTooManyNodes)

struct FeedHints {
  std::string_view content_type;  // value of the HTTP header, if there was one
  std::string_view source_url;    // where the feed was fetched, for relative links
};

// Texts are valid UTF-8 and cleaned by html::clean_text(); `html` is output of html::sanitise().
struct FeedItem {
  std::string guid;   // the producer's own; else the link; else "sha256:" and the hash of title and date
  std::string title;  // plain text, one line; the beginning of the text if the producer gave none
  std::string lede;   // plain text; empty if the feed has no summary besides the text
  std::string html;   // may be empty if there is a title
  std::string link;   // safe URL or empty
  std::optional<Timestamp> published, updated;
  std::vector<std::string> authors;
  std::vector<std::string> categories;
  std::string language;  // BCP 47; the feed's if the item has none; may be empty
  std::vector<std::string> enclosures;  // safe URLs, http or https, of pictures, sound and video
  std::vector<std::string> pictures;    // those of them that are pictures, by type or, without one, by name
  // What `html` was made of, for whoever puts attachments in the place of its images.
  std::string raw_html, base_url;
  std::vector<std::string> notes;  // what was wrong with it and what was made of that, a sentence each
};

struct SkippedItem {
  std::size_t position = 0;  // in the feed, from 1
  std::string title;         // or guid or link, what there is
  std::string reason;        // one sentence for the newsroom
};

struct Feed {
  std::string format;  // "RSS 2.0", "Atom 1.0", ...
  std::string title, link, language;
  std::string charset;           // of the octets
  // Where older items are, as a safe URL: an archive (RFC 5005 section 4) before a further page (section 3, or next_url
  // of JSON Feed); empty if the feed names neither.
  std::string next_page;
  seconds ttl{0};                // what the feed (RSS) asks readers to wait at least; 0: it does not say
  std::bitset<24> skip_hours;    // hours, UTC, at which the feed (RSS) asks to be left alone
  std::vector<FeedItem> items;   // in the order of the feed
  std::vector<SkippedItem> skipped;
  std::vector<std::string> notes;
};

// Skips an item rather than fail: one that is cut off, has neither title nor text, repeats a guid of this feed, or holds
// HTML beyond the limits. Errors: kFeedEmpty, kFeedTooLarge, kFeedTooDeep, kFeedTooManyNodes; kFeedIsHtml (a web page;
// the text names its feed if it links one), kFeedIsJson, kFeedIsList, kFeedUnknown (other XML), kFeedMalformed (no item
// could be read).
Result<Feed> parse_feed(BytesView bytes, const FeedHints& hints = {});

}  // namespace tamizdat::feeds
