#include "relay/os/stderr_log.h"

#include <algorithm>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "proto/base/bytes.h"

namespace tamizdat::os {

namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._:/+@%").find(c) != std::string_view::npos;
}

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet == 0x7F) {
      out += "\\x" + to_hex(BytesView(&c, 1));
    } else {
      out += c;
    }
  }
  out += '"';
}

spdlog::level::level_enum spdlog_level(env::LogLevel level) {
  switch (level) {
    case env::LogLevel::kDebug: return spdlog::level::debug;
    case env::LogLevel::kInfo: return spdlog::level::info;
    case env::LogLevel::kWarning: return spdlog::level::warn;
    case env::LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

std::string log_line(std::string_view event, std::span<const env::LogField> fields) {
  std::string line(event);
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    if (!field.value.empty() && std::all_of(field.value.begin(), field.value.end(), is_plain)) {
      line += field.value;
    } else {
      append_quoted(line, field.value);
    }
  }
  return line;
}

struct StderrLog::Sink {
  spdlog::logger logger{"tamizdat", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

StderrLog::StderrLog(env::LogLevel lowest) : sink_(std::make_unique<Sink>()) {
  drop_below(lowest);
  sink_->logger.set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%SZ %l %v", spdlog::pattern_time_type::utc));
  sink_->logger.flush_on(spdlog::level::debug);
}

StderrLog::~StderrLog() = default;

void StderrLog::drop_below(env::LogLevel lowest) { sink_->logger.set_level(spdlog_level(lowest)); }

void StderrLog::write(env::LogLevel level, std::string_view event, std::span<const env::LogField> fields) {
  if (!sink_->logger.should_log(spdlog_level(level))) return;
  sink_->logger.log(spdlog_level(level), spdlog::string_view_t(log_line(event, fields)));
}

}  // namespace tamizdat::os
