#include "relay/daemon/duration.h"

#include <gtest/gtest.h>

namespace tamizdat::daemon {
namespace {

using std::chrono::seconds;

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
  for (const auto* text : {"", "10", "s", "-1s", "1.5h", "1 week", "1H", " 1h", "1h ", "1  h", "1000000001s",
                           "99999999999999999999d"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace tamizdat::daemon
