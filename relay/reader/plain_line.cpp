#include "relay/reader/plain_line.h"

#include "proto/html/text.h"

namespace tamizdat::reader {

std::string plain_line(std::string_view text, std::size_t bytes_max) {
  auto clean = html::collapse_space(html::clean_text(text));
  const auto cut = html::cut_escaped(clean, bytes_max);
  if (cut.size() == clean.size()) return clean;
  return std::string(cut) + "…";
}

}  // namespace tamizdat::reader
