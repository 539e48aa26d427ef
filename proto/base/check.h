// TMZ_CHECK stops a broken program at the first sign; it is on in production. It never tests what a peer, a file or a
// user sent: that is a Result.
#pragma once

namespace tamizdat {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define TMZ_CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::tamizdat::check_failed(#condition, __FILE__, __LINE__))
