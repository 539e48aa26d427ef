#include "client-lib/cli/when.h"

#include <gtest/gtest.h>

#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

const auto kNow = *parse_rfc3339("2026-11-24T07:00:00Z");

std::string when(const std::string& text) {
  const auto time = parse_when(text, kNow);
  return time ? to_rfc3339(*time) : time.error().code;
}

TEST(When, TakesATimeWithItsZone) {
  EXPECT_EQ(when("2026-12-01T06:30:00Z"), "2026-12-01T06:30:00Z");
  EXPECT_EQ(when("2026-12-01 06:30Z"), "2026-12-01T06:30:00Z");
  EXPECT_EQ(when("2026-12-01T09:30+03:00"), "2026-12-01T06:30:00Z");
}

TEST(When, TakesADuration) {
  EXPECT_EQ(when("90m"), "2026-11-24T08:30:00Z");
  EXPECT_EQ(when("36h"), "2026-11-25T19:00:00Z");
  EXPECT_EQ(when("3d"), "2026-11-27T07:00:00Z");
  EXPECT_EQ(when("2w"), "2026-12-08T07:00:00Z");
}

TEST(When, RefusesWhatCannotBeMeant) {
  for (const char* text : {"", "tomorrow", "3", "d", "0h", "-1h", "1.5h", "3y", "100001w", "2026-12-01T06:30", "2026-12-01"})
    EXPECT_EQ(when(text), "time-invalid") << text;
}

}  // namespace
}  // namespace tamizdat::cli
