// Checkpoints that no parser may take. A head and a bundle that carry one are refused for the same reason.
#pragma once

#include <string>
#include <vector>

#include "tests/vectors/newsroom.h"

namespace tamizdat::format {

struct BadCheckpoint {
  std::string name, expect, comment;
  Bytes bytes;
};

// Made from the head of the whole log, which has at least one entry.
std::vector<BadCheckpoint> bad_checkpoints(const DeskLog& log);

}  // namespace tamizdat::format
