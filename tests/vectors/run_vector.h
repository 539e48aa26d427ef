// Gives a vector to the function that it is about.
#pragma once

#include <map>
#include <string>

#include "tests/vectors/vector_file.h"

namespace tamizdat::format {

struct Outcome {
  std::string code;  // "ok", "refused" or the name of an ErrorCode
  std::map<std::string, std::string> facts;  // of what is ok: ids, sizes, hashes in hex
};

// Aborts on a `what` that it does not know.
Outcome run_vector(const Vector& vector);

}  // namespace tamizdat::format
