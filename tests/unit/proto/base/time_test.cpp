#include "proto/base/time.h"

#include <gtest/gtest.h>

namespace tamizdat {
namespace {

constexpr std::int64_t kNovember2026 = 1795505030;  // 2026-11-24T07:23:50Z

std::int64_t rfc3339(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? unix_seconds(*time) : -1;
}

TEST(Rfc3339, PrintsAndParsesUtc) {
  EXPECT_EQ(to_rfc3339(timestamp_from_unix(kNovember2026)), "2026-11-24T07:23:50Z");
  EXPECT_EQ(rfc3339("2026-11-24T07:23:50Z"), kNovember2026);
  EXPECT_EQ(to_rfc3339(timestamp_from_unix(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(timestamp_from_unix(-1)), "1969-12-31T23:59:59Z");
}

TEST(Rfc3339, TakesTheExamplesOfItsSection58) {
  EXPECT_EQ(rfc3339("1985-04-12T23:20:50.52Z"), 482196050);
  EXPECT_EQ(rfc3339("1996-12-19T16:39:57-08:00"), 851042397);
  EXPECT_EQ(rfc3339("1990-12-31T23:59:60Z"), 662688000);
  EXPECT_EQ(rfc3339("1990-12-31T15:59:60-08:00"), 662688000);
  EXPECT_EQ(rfc3339("1937-01-01T12:00:27.87+00:20"), -1041337173);
}

TEST(Rfc3339, RefusesWhatIsNoDateTime) {
  for (const std::string_view text :
       {"", "2026", "2026-11-24", "2026-11-24T07:23Z", "2026-11-24T07:23:50", "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60", "2026-01-01T00:00:00+0000", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00Z ",
        "+026-01-01T00:00:00Z", "2026-1-01T00:00:00Z", "12026-01-01T00:00:00Z", "2026-01-01X00:00:00Z"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Rfc3339, CoversTheYears0000To9999AndNothingBeyond) {
  EXPECT_EQ(to_rfc3339(kTimestampMin), "0000-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(kTimestampMax), "9999-12-31T23:59:59Z");
  EXPECT_EQ(parse_rfc3339("0000-01-01T00:00:00Z"), kTimestampMin);
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59Z"), kTimestampMax);
  EXPECT_FALSE(parse_rfc3339("0000-01-01T00:00:00+00:01"));
  EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59-00:01"));
  EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:60Z"));
}

TEST(HttpDate, PrintsAndParsesTheFixedForm) {
  EXPECT_EQ(to_http_date(timestamp_from_unix(kNovember2026)), "Tue, 24 Nov 2026 07:23:50 GMT");
  EXPECT_EQ(parse_http_date("Tue, 24 Nov 2026 07:23:50 GMT"), timestamp_from_unix(kNovember2026));
  // RFC 9110 section 5.6.7.
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), timestamp_from_unix(784111777));
}

TEST(HttpDate, RefusesObsoleteAndDamagedForms) {
  for (const std::string_view text :
       {"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt", "Sxn, 06 Nov 1994 08:49:37 GMT", "Sun: 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 08:49:37 GMT ", ""})
    EXPECT_FALSE(parse_http_date(text)) << text;
}

TEST(Rfc5322, PrintsTheDateOfMailAndRss) {
  EXPECT_EQ(to_rfc5322(timestamp_from_unix(kNovember2026)), "Tue, 24 Nov 2026 07:23:50 +0000");
}

TEST(Time, PrintsEveryDayOfFourCenturiesAndItsWeekday) {
  const Timestamp start = *parse_rfc3339("1900-01-01T00:00:00Z");  // a Monday
  const char* const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  for (int day = 0; day < 146097; ++day) {
    const Timestamp time = start + std::chrono::days(day);
    ASSERT_EQ(parse_rfc3339(to_rfc3339(time)), time);
    ASSERT_EQ(to_http_date(time).substr(0, 3), weekdays[day % 7]);
    ASSERT_EQ(parse_http_date(to_http_date(time)), time);
  }
}

}  // namespace
}  // namespace tamizdat
