// Characters of a text that people will read: what is taken out of it, and how it is written into markup. Pure
// functions; used by the sanitiser, by the feed reader for titles and by the pages.
#pragma once

#include <string>
#include <string_view>

namespace tamizdat::html {

// `text` without the characters that hide or reorder what a reader sees or that XML 1.0 forbids: controls other than
// tab and newline, bidi embeddings, overrides and isolates (U+202A to 202E, U+2066 to 2069), zero-width space, word
// joiner and byte order mark inside a text, interlinear annotation, noncharacters. The joiners U+200C and U+200D, the
// marks U+200E and U+200F and the soft hyphen stay: scripts need them. Line and paragraph separators become a space.
// Each octet that is not UTF-8 becomes U+FFFD. The decision looks at one character at a time, so that cleaning two
// texts and joining them is the same as joining and cleaning.
std::string clean_text(std::string_view text);

// `text` with & < > " ' written as references: fit for element content and for quoted attribute values.
std::string escape(std::string_view text);

// The first characters of valid UTF-8 `text` that fit into `bytes_max` octets.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max);

// The first characters of valid UTF-8 `text` that fit into `bytes_max` octets once they are escaped.
std::string_view cut_escaped(std::string_view text, std::size_t bytes_max);

// `text` with every run of white space (the no-break space too) as one space, and none at its ends.
std::string collapse_space(std::string_view text);

}  // namespace tamizdat::html
