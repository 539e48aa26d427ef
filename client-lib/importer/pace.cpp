#include "client-lib/importer/pace.h"

#include <algorithm>
#include <charconv>

namespace tamizdat::importer {
namespace {

// A number of seconds at the start of `text`; 0 if there is none. One too large to hold is a long time.
seconds seconds_at(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc::result_out_of_range) return kPollMax;
  return error == std::errc() ? std::clamp(seconds(count), seconds(0), kPollMax) : seconds(0);
}

seconds max_age(std::string_view cache_control) {
  constexpr std::string_view kName = "max-age=";
  for (std::size_t at = 0; (at = cache_control.find(kName, at)) != std::string_view::npos; at += kName.size()) {
    const bool is_whole = at == 0 || cache_control[at - 1] == ',' || cache_control[at - 1] == ' ';
    if (is_whole) return seconds_at(cache_control.substr(at + kName.size()));  // "s-maxage" is for shared caches
  }
  return seconds(0);
}

// Up to a quarter of `wait`: desks that failed together do not come back together.
seconds jitter(seconds wait, edges::Random& random) {
  std::uint32_t drawn = 0;
  random.fill({reinterpret_cast<std::uint8_t*>(&drawn), sizeof drawn});
  return seconds(drawn % (wait.count() / 4 + 1));
}

Timestamp after_skipped_hours(Timestamp time, const std::bitset<24>& skip_hours) {
  if (skip_hours.all()) return time;  // nobody can mean that
  const auto hour_of = [](Timestamp t) {
    return static_cast<std::size_t>(std::chrono::floor<std::chrono::hours>(t).time_since_epoch().count() % 24);
  };
  while (skip_hours.test(hour_of(time))) time = std::chrono::floor<std::chrono::hours>(time) + std::chrono::hours(1);
  return time;
}

}  // namespace

Pace pace_of(const net::HttpAnswer& answer, Timestamp now) {
  Pace pace;
  pace.fresh_for = max_age(answer.header("cache-control"));
  const std::string_view after = answer.header("retry-after");
  const auto date = parse_http_date(after);
  pace.retry_after = date ? std::clamp(*date - now, seconds(0), kPollMax) : seconds_at(after);
  return pace;
}

Timestamp next_poll(const Pace& pace, unsigned failures, Timestamp now, edges::Random& random) {
  if (failures == 0) {
    const seconds wait = std::clamp(std::max(pace.fresh_for, pace.ttl), kPollMin, kPollMax);
    return after_skipped_hours(now + wait + jitter(kPollMin, random), pace.skip_hours);
  }
  constexpr unsigned kDoublingsMax = 6;
  const seconds backoff = std::min(kRetryMin * (1U << std::min(failures - 1, kDoublingsMax)), kRetryMax);
  return now + std::max(backoff + jitter(backoff, random), pace.retry_after);
}

}  // namespace tamizdat::importer
