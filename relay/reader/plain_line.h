// One line of what a desk wrote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tamizdat::reader {

// `text` as plain text in one line, at most `bytes_max` octets once it is escaped, with an ellipsis if there was more.
std::string plain_line(std::string_view text, std::size_t bytes_max);

}  // namespace tamizdat::reader
