// From the errors of the rooms to the problems of the public API: the code and the text stay, the kind is added.
#pragma once

#include <tamizdat/outcome.h>

#include "proto/base/result.h"

namespace tamizdat::client {

// The kind follows from the code; `otherwise` is for codes that mean different things in different calls.
Problem problem_of(const Error& error, ProblemKind otherwise = ProblemKind::kFailed);

// `if (!x) return problem(x);`
template <typename R>
tl::unexpected<Problem> problem(const R& result, ProblemKind otherwise = ProblemKind::kFailed) {
  return tl::unexpected<Problem>(problem_of(result.error(), otherwise));
}

}  // namespace tamizdat::client
