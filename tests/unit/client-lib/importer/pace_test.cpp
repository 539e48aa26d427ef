#include "client-lib/importer/pace.h"

#include <gtest/gtest.h>

#include "tests/unit/client-lib/support/test_edges.h"

namespace tamizdat::importer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Timestamp kNow = *parse_rfc3339("2026-03-01T12:34:56Z");

Pace pace_with(const std::string& header, const std::string& value) {
  net::HttpAnswer answer;
  answer.headers[header] = value;
  return pace_of(answer, kNow);
}

// The shortest and the longest wait of many draws.
struct Waits {
  seconds least{kPollMax * 10}, most{0};
};
Waits waits(const Pace& pace, unsigned failures = 0) {
  tests::SeededRandom random;
  Waits out;
  for (int i = 0; i < 500; ++i) {
    const seconds wait = next_poll(pace, failures, kNow, random) - kNow;
    out.least = std::min(out.least, wait);
    out.most = std::max(out.most, wait);
  }
  return out;
}

TEST(Pace, ReadsWhatServersSay) {
  EXPECT_EQ(pace_with("cache-control", "public, max-age=3600").fresh_for, hours(1));
  EXPECT_EQ(pace_with("cache-control", "max-age=99999999999999999999").fresh_for, kPollMax);
  EXPECT_EQ(pace_with("cache-control", "s-maxage=3600, max-age=60").fresh_for, minutes(1));
  for (const char* nothing : {"", "no-cache", "max-age=", "max-age=-5", "max-age=soon", "x-max-age=3600"})
    EXPECT_EQ(pace_with("cache-control", nothing).fresh_for, seconds(0)) << nothing;
  EXPECT_EQ(pace_with("retry-after", "120").retry_after, minutes(2));
  EXPECT_EQ(pace_with("retry-after", "Sun, 01 Mar 2026 13:34:56 GMT").retry_after, hours(1));
  EXPECT_EQ(pace_with("retry-after", "Sun, 01 Mar 2026 10:00:00 GMT").retry_after, seconds(0));
  EXPECT_EQ(pace_with("retry-after", "Mon, 01 Mar 2027 10:00:00 GMT").retry_after, kPollMax);
  EXPECT_EQ(pace_with("retry-after", "soon").retry_after, seconds(0));
}

TEST(NextPoll, WaitsAsLongAsServerAndFeedWant) {
  EXPECT_GE(waits({}).least, kPollMin);
  EXPECT_LE(waits({}).most, kPollMin * 5 / 4);
  EXPECT_LT(waits({}).least, waits({}).most);  // not all desks at once
  Pace pace;
  pace.fresh_for = hours(1);
  EXPECT_GE(waits(pace).least, hours(1));
  pace.ttl = hours(2);
  EXPECT_GE(waits(pace).least, hours(2));
  pace.ttl = hours(24 * 7);
  EXPECT_LE(waits(pace).most, kPollMax + kPollMin);
}

TEST(NextPoll, LeavesTheFeedAloneWhenItWantsTo) {
  tests::SeededRandom random;
  Pace pace;
  for (const std::size_t hour : {12U, 13U, 14U}) pace.skip_hours.set(hour);
  EXPECT_EQ(to_rfc3339(next_poll(pace, 0, kNow, random)), "2026-03-01T15:00:00Z");
  pace.skip_hours.set();  // nobody can mean that
  EXPECT_LE(next_poll(pace, 0, kNow, random) - kNow, kPollMin * 5 / 4);
}

TEST(NextPoll, BacksOffAfterFailures) {
  EXPECT_GE(waits({}, 1).least, kRetryMin);
  EXPECT_LE(waits({}, 1).most, kRetryMin * 5 / 4);
  EXPECT_LT(waits({}, 1).least, waits({}, 1).most);
  EXPECT_GE(waits({}, 2).least, kRetryMin * 2);
  EXPECT_GE(waits({}, 4).least, kRetryMin * 8);
  for (const unsigned many : {7U, 100U, 4'000'000'000U}) {
    EXPECT_GE(waits({}, many).least, kRetryMax);
    EXPECT_LE(waits({}, many).most, kRetryMax * 5 / 4);
  }
  Pace pace;
  pace.retry_after = hours(10);
  EXPECT_GE(waits(pace, 1).least, hours(10));
}

}  // namespace
}  // namespace tamizdat::importer
