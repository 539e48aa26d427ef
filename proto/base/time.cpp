#include "proto/base/time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace tamizdat {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct CivilTime {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0, weekday = 0;
};

CivilTime civil(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto rest = static_cast<unsigned>((time - day).count());
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
          rest / 3600, rest / 60 % 60, rest % 60, std::chrono::weekday(day).c_encoding()};
}

std::optional<Timestamp> within_years_0000_to_9999(Timestamp time) {
  if (time < kTimestampMin || time > kTimestampMax) return std::nullopt;
  return time;
}

std::optional<Timestamp> from_civil(const CivilTime& time) {
  const std::chrono::year_month_day date(std::chrono::year(time.year), std::chrono::month(time.month),
                                         std::chrono::day(time.day));
  if (!date.ok() || time.hour > 23 || time.minute > 59 || time.second > 60) return std::nullopt;
  return within_years_0000_to_9999(Timestamp(std::chrono::sys_days(date)) +
                                   seconds(time.hour * 3600 + time.minute * 60 + time.second));
}

// Reads exactly `digits` decimal digits off the front of `text`.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view literal) {
  if (!text.starts_with(literal)) return false;
  text.remove_prefix(literal.size());
  return true;
}

void append_digits(std::string& out, unsigned value, std::size_t digits) {
  out.append(digits, '0');
  for (auto at = out.rbegin(); digits > 0; --digits, value /= 10) *at++ = static_cast<char>('0' + value % 10);
}

// Every HTTP response has one or two of these: no format string.
std::string mail_date(Timestamp time, std::string_view zone) {
  const CivilTime t = civil(time);
  std::string out;
  out.reserve(32);
  out += kWeekdays[t.weekday];
  out += ", ";
  append_digits(out, t.day, 2);
  out += ' ';
  out += kMonths[t.month - 1];
  out += ' ';
  append_digits(out, static_cast<unsigned>(t.year), 4);
  out += ' ';
  append_digits(out, t.hour, 2);
  out += ':';
  append_digits(out, t.minute, 2);
  out += ':';
  append_digits(out, t.second, 2);
  out += ' ';
  out += zone;
  return out;
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
  const CivilTime t = civil(time);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02u:%02u:%02uZ", t.year, t.month, t.day, t.hour, t.minute,
                t.second);
  return out.data();
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  CivilTime t;
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !(take(text, "T") || take(text, "t") || take(text, " "))) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second) return std::nullopt;
  if (take(text, ".")) {
    if (!take_digits(text, 1)) return std::nullopt;
    while (take_digits(text, 1)) continue;
  }
  t = {static_cast<int>(*year), *month, *day, *hour, *minute, *second, 0};
  const auto local = from_civil(t);
  if (!local) return std::nullopt;
  if (text == "Z" || text == "z") return local;
  const bool east = text.starts_with('+');
  if (!east && !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  const auto offset_hours = take_digits(text, 2);
  if (!offset_hours || *offset_hours > 23 || !take(text, ":")) return std::nullopt;
  const auto offset_minutes = take_digits(text, 2);
  if (!offset_minutes || *offset_minutes > 59 || !text.empty()) return std::nullopt;
  const seconds offset(*offset_hours * 3600 + *offset_minutes * 60);
  return within_years_0000_to_9999(east ? *local - offset : *local + offset);
}

std::string to_http_date(Timestamp time) { return mail_date(time, "GMT"); }

std::optional<Timestamp> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", ") return std::nullopt;
  if (std::ranges::find(kWeekdays, text.substr(0, 3)) == kWeekdays.end()) return std::nullopt;
  text.remove_prefix(5);
  const auto day = take_digits(text, 2);
  if (!day || !take(text, " ")) return std::nullopt;
  unsigned month = 0;
  for (unsigned i = 0; i < kMonths.size(); ++i)
    if (text.starts_with(kMonths[i])) month = i + 1;
  text.remove_prefix(3);
  if (month == 0 || !take(text, " ")) return std::nullopt;
  const auto year = take_digits(text, 4);
  if (!year || !take(text, " ")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || text != " GMT") return std::nullopt;
  return from_civil({static_cast<int>(*year), month, *day, *hour, *minute, *second, 0});
}

std::string to_rfc5322(Timestamp time) { return mail_date(time, "+0000"); }

}  // namespace tamizdat
