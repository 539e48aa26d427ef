// Headers that no parser may take; a bundle that carries one is refused for the same reason.
#pragma once

#include <string>
#include <vector>

#include "tests/vectors/newsroom.h"

namespace tamizdat::format {

struct BadHeader {
  std::string name, expect, comment;
  Bytes bytes;
};

// Made from the log's next header for this body.
std::vector<BadHeader> bad_headers(const DeskLog& log, BytesView body);

}  // namespace tamizdat::format
