#include "relay/daemon/quantities.h"

#include <gtest/gtest.h>

namespace tamizdat::daemon {
namespace {

using std::chrono::seconds;

TEST(ByteSize, ReadsEachUnitAndPrintsTheLargestThatDivides) {
  EXPECT_EQ(*parse_byte_size("512 B"), 512U);
  EXPECT_EQ(*parse_byte_size("1KiB"), 1024U);
  EXPECT_EQ(*parse_byte_size("2 MiB"), 2U << 20U);
  EXPECT_EQ(*parse_byte_size("3 GiB"), 3ULL << 30U);
  EXPECT_EQ(print_byte_size(2U << 20U), "2 MiB");
  EXPECT_EQ(print_byte_size((2U << 20U) + 1), "2097153 B");
  EXPECT_EQ(print_byte_size(0), "0 B");
}

TEST(ByteSize, RefusesWhatIsNoSize) {
  for (const auto* text : {"", "MiB", "1", "1 MB", "1  MiB", "-1 MiB", "1.5 MiB", "1 mib", "1 MiB ", " 1 MiB",
                           "99999999999999999999 B", "9999999999999 GiB"})
    EXPECT_FALSE(parse_byte_size(text)) << text;
}

TEST(Duration, ReadsEachUnitAndPrintsTheLargestThatDivides) {
  EXPECT_EQ(*parse_duration("90s"), seconds(90));
  EXPECT_EQ(*parse_duration("15m"), seconds(900));
  EXPECT_EQ(*parse_duration("72h"), seconds(259200));
  EXPECT_EQ(*parse_duration("2 d"), seconds(172800));
  EXPECT_EQ(print_duration(seconds(259200)), "3d");
  EXPECT_EQ(print_duration(seconds(90)), "90s");
  EXPECT_EQ(print_duration(seconds(0)), "0s");
}

TEST(Duration, RefusesWhatIsNoDuration) {
  for (const auto* text : {"", "10", "s", "-1s", "1.5h", "1 week", "1H"}) EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace tamizdat::daemon
