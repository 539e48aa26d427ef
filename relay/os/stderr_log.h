// The operator's log on stderr, one line an event, through spdlog:
//
//   2026-11-24T07:23:50Z warning peer refused peer=tzrelay1... reason="unknown-project: project is not on the list"
#pragma once

#include <memory>
#include <string>

#include "relay/env/log.h"

namespace tamizdat::os {

// "event key=value key=value". Values with anything but letters, digits and -._:/+@%, are quoted, control characters
// escaped: one event is one line, whatever a peer sent.
std::string log_line(std::string_view event, std::span<const env::LogField> fields);

// Any thread may write.
class StderrLog final : public env::Log {
 public:
  // Events below `lowest` are dropped.
  explicit StderrLog(env::LogLevel lowest = env::LogLevel::kInfo);
  ~StderrLog() override;

  void drop_below(env::LogLevel lowest);

  void write(env::LogLevel level, std::string_view event, std::span<const env::LogField> fields) override;

 private:
  struct Sink;
  std::unique_ptr<Sink> sink_;
};

}  // namespace tamizdat::os
