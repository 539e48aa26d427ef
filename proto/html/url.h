// Links: which may stand in a published text, and how a relative one is resolved (RFC 3986 section 5.2). Pure
// functions; used by the sanitiser and by the feed reader for links and xml:base.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tamizdat::html {

// An absolute http, https, mailto or tel URL, or nothing if `reference` cannot safely be one. White space around it is
// cut off; inner spaces and the characters that no URL may hold are percent-encoded; a control character (also tab and
// newline, which browsers skip, so that "java\nscript:" runs), an invisible character, a user name before the host
// (which poses as the host), or more than kUrlBytesMax octets make it nothing. A relative reference is resolved against
// `base`, and is nothing if that is empty or no http or https URL. Letters outside ASCII stay as they are (RFC 3987).
// The result, given again with any base, gives itself.
std::optional<std::string> safe_url(std::string_view reference, std::string_view base);

// "data:image/png;base64,...": what it names lies in itself.
bool is_data_url(std::string_view url);

}  // namespace tamizdat::html
