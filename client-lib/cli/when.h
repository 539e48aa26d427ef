// A moment on the command line: a time with its zone, or how long from now.
#pragma once

#include <chrono>
#include <string>

#include <tamizdat/outcome.h>

namespace tamizdat::cli {

// "2026-12-01T06:30:00Z", "2026-12-01 06:30+03:00", "2026-12-01T06:30Z"; "90m", "36h", "3d", "2w". Errors: time-invalid.
client::Outcome<std::chrono::sys_seconds> parse_when(const std::string& text, std::chrono::sys_seconds now);

}  // namespace tamizdat::cli
