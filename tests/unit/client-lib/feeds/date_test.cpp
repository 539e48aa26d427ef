#include "client-lib/feeds/date.h"

#include <gtest/gtest.h>

namespace tamizdat::feeds {
namespace {

std::string read(std::string_view text) {
  const auto time = parse_date(text);
  return time ? to_rfc3339(*time) : "none";
}

TEST(ParseDate, ReadsWhatFeedsWrite) {
  for (const std::string_view text :
       {"Tue, 24 Nov 2026 07:00:00 GMT", "Tue, 24 Nov 2026 10:00:00 +0300", "24 Nov 2026 10:00:00 MSK",
        "Tue,24 Nov 26 10:00 MSK", "tuesday, 24 november 2026 07:00:00 z", "Вт, 24 ноя 2026 10:00:00 +0300",
        "вторник, 24 ноября 2026 в 10:00 МСК", "24 Нояб. 2026 10:00 +03:00", "24-Nov-2026 07:00:00 UTC",
        "Tue, 24 Nov 2026 10:00:00 +0300 (MSK)", "Tue, 24 Nov 2026 10:00:00 GMT+3", "Nov 24, 2026 07:00",
        "24.11.2026 07:00", "24.11.2026, 07:00:00", "2026-11-24T07:00:00Z", "2026-11-24T10:00:00.123+03:00",
        "2026-11-24T10:00+0300", "2026-11-24 07:00:00", " 2026-11-24T02:00:00-05:00 ", "Tue, 24 Nov 2026 02:00:00 EST"})
    EXPECT_EQ(read(text), "2026-11-24T07:00:00Z") << text;
  EXPECT_EQ(read("2026-11-24"), "2026-11-24T00:00:00Z");
  EXPECT_EQ(read("1 мая 1999"), "1999-05-01T00:00:00Z");
  EXPECT_EQ(read("1 Jan 91 00:00 GMT"), "1991-01-01T00:00:00Z");
}

TEST(ParseDate, GivesNothingForWhatNoArticleCanHave) {
  for (const std::string_view text :
       {"", "-1", "0", "вчера", "2024-02-30T10:00:00Z", "2026-11-24T25:00:00Z", "2026-11-24T10:61:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 29 Feb 2023 00:00:00 +9999",
        "24 Nov 2026 10:00 +9900", "24 Foo 2026", "24.13.2026", "2026-11-24T10:00:00Zx", "99999999999999999999 Nov 2026",
        "Tue, 24 Nov 2026 10:00 NOWHERE", "24 Nov 2026 10", "1732431600", "\xFF\xFE"})
    EXPECT_EQ(read(text), "none") << text;
  EXPECT_EQ(read(std::string(1'000'000, '1')), "none");
}

}  // namespace
}  // namespace tamizdat::feeds
