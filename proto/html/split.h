// Cuts a long text into parts, for pages that have to stay small. Used by the relay's reader side. Pure; linear in its
// input but for the tags that are opened again in each part.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tamizdat::html {

// Parts of `sanitised`, a result of sanitise(), in order; one if it fits. Each is well-formed by itself: what is open
// at a cut is closed there and opened again, a numbered list goes on with its numbers. The words of all parts are the
// words of the text. A cut lies behind a block if one ends in the second half of a part, else between words. A part
// has at most `bytes_max` octets, unless the tags around a single word need more.
std::vector<std::string> split(std::string_view sanitised, std::size_t bytes_max);

}  // namespace tamizdat::html
