// Every limit of the feed reader, each with its reason. A feed comes from a web server that may be broken, taken over
// or somebody else's by now.
#pragma once

#include <cstddef>

namespace tamizdat::feeds {

// A feed as fetched. The largest real ones, with full texts of a thousand posts, have about 15 MB.
inline constexpr std::size_t kFeedBytesMax = std::size_t{32} << 20;
// Open XML elements: a feed needs 5, inline XHTML some 30 more. What walks the tree may recurse this deep.
inline constexpr std::size_t kXmlDepthMax = 256;
// Tags, comments and the like; a node costs pugixml 64 octets or more. A feed of 1,000 items has about 20,000.
inline constexpr std::size_t kXmlNodesMax = 1'000'000;
// Attributes of one element, since finding one by name looks at all; real roots declare about 20 namespaces.
inline constexpr std::size_t kXmlAttributesMax = 128;
// Open JSON values: an attachment of an item is at 5, extensions of producers go a little deeper.
inline constexpr std::size_t kJsonDepthMax = 64;
// JSON values; each costs the parser 24 octets or more. A feed of 1,000 items has about 20,000.
inline constexpr std::size_t kJsonValuesMax = 1'000'000;
// Members of one JSON object, so that names which collide in a table cost little; real items have about 20.
inline constexpr std::size_t kJsonMembersMax = 1'000;
// Feeds taken of one list (OPML): a newsroom has a few, a reader's whole list some hundred.
inline constexpr std::size_t kListedFeedsMax = 500;
// Items read of one feed; a note of the feed says so if it has more. Archives of a year have about 5,000.
inline constexpr std::size_t kItemsMax = 10'000;
// Guids and links: beyond this they are not ids, and a guid travels in every article's body.
inline constexpr std::size_t kGuidBytesMax = 1024;
// Of an RSS <ttl>: a week; more is a mistake.
inline constexpr unsigned kTtlMinutesMax = 7 * 24 * 60;
// Titles and ledes are shown in lists; longer ones are cut at a character.
inline constexpr std::size_t kTitleBytesMax = 1000;
inline constexpr std::size_t kLedeBytesMax = 2000;
// Names, categories, enclosures of one item.
inline constexpr std::size_t kLabelBytesMax = 200;
inline constexpr std::size_t kLabelsMax = 50;

}  // namespace tamizdat::feeds
