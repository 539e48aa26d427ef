// The form of a country in the format: two capital letters, as ISO 3166-1 alpha-2 has them. Which of them exist, a
// list decides that changes; the format does not.
#pragma once

#include <algorithm>
#include <string_view>

namespace tamizdat::format {

inline bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace tamizdat::format
