// Every limit of the HTML sanitiser, each with its reason. They bound the work that one article can ask of a client at
// import and of a relay at every rendering.
#pragma once

#include <cstddef>

namespace tamizdat::html {

// Input and output alike, so that what came out may go in again. A body of the format is at most 768 KiB; pages that
// are exported whole are up to about 1 MiB with their scripts.
inline constexpr std::size_t kHtmlBytesMax = std::size_t{2} << 20;
// Open elements. Gumbo's work per tag grows with the depth (10,000 nested divs: 1.1 s); real articles stay below 40.
inline constexpr std::size_t kDepthMax = 256;
// Elements kept in one text. A node of gumbo's tree costs about 300 octets, so 100,000 elements with their texts stay
// below 64 MiB; the longest real articles have about 10,000.
inline constexpr std::size_t kElementsMax = 100'000;
// Attributes read of one tag: we keep five at most, and gumbo compares each with all before it.
inline constexpr std::size_t kAttributesMax = 32;
// Characters of a tag or attribute name that we look at: the longest that we know is "data-lazy-src".
inline constexpr std::size_t kNameBytesMax = 16;
// Formatting elements opened again after a paragraph ended inside them; real texts nest three or four.
inline constexpr std::size_t kReopenedMax = 8;
// The longest URL: what browsers and servers agree on.
inline constexpr std::size_t kUrlBytesMax = 4096;
// A tooltip or an alternative text; longer ones are cut.
inline constexpr std::size_t kAttributeTextBytesMax = 2048;

}  // namespace tamizdat::html
