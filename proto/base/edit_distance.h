// How far two words are from each other: for messages that ask "did you mean ...?".
#pragma once

#include <cstddef>
#include <string_view>

namespace tamizdat {

// Octets to change, add or leave out to make `b` of `a` (Levenshtein). Time and memory grow with both lengths.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace tamizdat
