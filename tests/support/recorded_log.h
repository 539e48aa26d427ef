// A Log for tests that keeps its lines: "warning: cannot accept connections now reason=Too many open files".
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/env/log.h"

namespace tamizdat::tests {

class RecordedLog final : public env::Log {
 public:
  void write(env::LogLevel level, std::string_view event, std::span<const env::LogField> fields) override {
    static constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
    std::string line(kNames[static_cast<std::size_t>(level)]);
    line.append(": ").append(event);
    for (const auto& field : fields) line.append(" ").append(field.key).append("=").append(field.value);
    lines.push_back(std::move(line));
    if (on_line) on_line(lines.back());
  }

  bool has_line_with(std::string_view text) const {
    return std::any_of(lines.begin(), lines.end(),
                       [text](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  std::vector<std::string> lines;
  std::function<void(const std::string& line)> on_line;
};

}  // namespace tamizdat::tests
