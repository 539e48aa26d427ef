// A program that is fed from memory and bounded in time and output; it shares nothing with this process but three
// descriptors.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::pictures {

struct ToolRun {
  Bytes output;
  std::string complaint;  // its first line on standard error, cleaned for a terminal
  int exit_code = -1;     // -1: a signal ended it
};

// Runs `tool` without arguments and environment, with `input` as its standard input. Blocks at most `time_max`, then kills
// it, as it does when more than `output_bytes_max` come. Errors: kImageToolMissing, kImageTimeout, kImageToolFailed.
Result<ToolRun> run_tool(const std::filesystem::path& tool, BytesView input, std::uint64_t output_bytes_max,
                         std::chrono::milliseconds time_max);

}  // namespace tamizdat::pictures
