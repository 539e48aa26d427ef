// Steps of a benchmark that cannot go on when one of them fails.
#pragma once

#include <cstdio>

#include "proto/base/check.h"
#include "proto/base/result.h"

namespace tamizdat::bench {

inline void require(const Result<void>& done) {
  if (!done) std::fprintf(stderr, "%s\n", done.error().text.c_str());
  TMZ_CHECK(done.has_value());
}

}  // namespace tamizdat::bench
