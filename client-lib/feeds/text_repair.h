// What feeds do to texts, undone: markup escaped once too often, plain text where HTML is expected. Private to
// client-lib/feeds.
#pragma once

#include <string>
#include <string_view>

namespace tamizdat::feeds {

// Plain text of a label that may be plain, HTML, or HTML escaped twice ("AT&amp;amp;T"); empty if it exceeds the limits.
std::string plain_label(std::string_view label);
// The same for a label declared as plain text (Atom type="text"): tags in it are words, references still are decoded.
std::string plain_text_label(std::string_view label);

// HTML of a text that may be HTML, HTML escaped twice ("&lt;p&gt;" where no tag is), or plain lines, which become
// paragraphs; a line that goes on with a small letter belongs to the one before.
std::string as_html(std::string text);
// HTML of a text declared as plain: tags in it are words; a paragraph for each line if there are several.
std::string plain_as_html(std::string_view text);

}  // namespace tamizdat::feeds
