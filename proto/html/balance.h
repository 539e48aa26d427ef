// The pass in front of gumbo: hostile HTML in, balanced markup of allowed elements out. Gumbo then has nothing to
// repair, and repairing is where its time grows with the square of the input: in nesting depth, in the list of active
// formatting elements, in attributes of one tag. The serialiser behind gumbo checks everything again, so that a
// mistake here costs layout or time, never safety. Private to proto/html.
#pragma once

#include <string>
#include <string_view>

#include "proto/base/result.h"

namespace tamizdat::html {

inline constexpr ErrorCode kHtmlTooLarge{"html-too-large"};
inline constexpr ErrorCode kHtmlNotUtf8{"html-not-utf8"};
inline constexpr ErrorCode kHtmlTooManyElements{"html-too-many-elements"};

// Every start tag of the output has its end tag, in order, at most kDepthMax deep; deeper elements are unwrapped.
// Linear in `html`. Errors: kHtmlTooLarge, kHtmlNotUtf8, kHtmlTooManyElements.
Result<std::string> balance(std::string_view html);

}  // namespace tamizdat::html
