#include "client-lib/cli/when.h"

#include <charconv>

#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

// Nobody plans further, and the sum stays a time.
constexpr std::int64_t kCountMax = 100'000;

std::int64_t seconds_of(char unit) {
  switch (unit) {
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 7 * 86400;
    default: return 0;
  }
}

std::optional<seconds> parse_span(const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() - 1 || count <= 0 || count > kCountMax) return std::nullopt;
  const auto unit = seconds_of(*end);
  if (unit == 0) return std::nullopt;
  return seconds(count * unit);
}

// RFC 3339 wants a T and seconds, people do not.
std::string completed(std::string text) {
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  if (text.size() > 16 && text[13] == ':' && text[16] != ':') text.insert(16, ":00");
  return text;
}

}  // namespace

client::Outcome<std::chrono::sys_seconds> parse_when(const std::string& text, std::chrono::sys_seconds now) {
  if (const auto span = parse_span(text)) return now + *span;
  if (const auto time = parse_rfc3339(completed(text))) return *time;
  return tl::unexpected(client::Problem{client::ProblemKind::kUsage, "time-invalid",
                                        "\"" + text + "\" is no time with its zone, such as 2026-12-01T06:30Z or "
                                        "2026-12-01T09:30+03:00, and no duration such as 90m, 36h or 3d"});
}

}  // namespace tamizdat::cli
