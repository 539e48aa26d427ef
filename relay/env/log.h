// The operator's log: an event in plain words and key=value pairs. relay/os writes it to stderr. Rule of privacy: no
// reader's address, referrer or user agent is ever a value here, at any level; peers are named by relay id.
//
//   log.info("peer connected", {{"peer", id.text()}, {"logs", frontier.size()}});
#pragma once

#include <concepts>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "proto/base/result.h"

namespace tamizdat::env {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  LogField(std::string_view key_, std::string_view value_) : key(key_), value(value_) {}
  LogField(std::string_view key_, const char* value_) : key(key_), value(value_) {}
  LogField(std::string_view key_, std::string value_) : key(key_), value(std::move(value_)) {}
  LogField(std::string_view key_, std::integral auto value_) : key(key_), value(std::to_string(value_)) {}
  LogField(std::string_view key_, const Error& error)
      : key(key_), value(std::string(error.code.name()) + ": " + error.text) {}

  std::string_view key;
  std::string value;
};

class Log {
 public:
  virtual ~Log() = default;

  virtual void write(LogLevel level, std::string_view event, std::span<const LogField> fields) = 0;

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view event, Fields fields = {}) { write(LogLevel::kDebug, event, fields); }
  void info(std::string_view event, Fields fields = {}) { write(LogLevel::kInfo, event, fields); }
  void warning(std::string_view event, Fields fields = {}) { write(LogLevel::kWarning, event, fields); }
  void error(std::string_view event, Fields fields = {}) { write(LogLevel::kError, event, fields); }
};

}  // namespace tamizdat::env
