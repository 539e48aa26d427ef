#include "relay/federation/sources.h"

#include <gtest/gtest.h>

namespace tamizdat::federation {
namespace {

using namespace std::chrono_literals;

class SourcesTest : public testing::Test {
 protected:
  static format::LogName log(std::uint8_t fill) {
    Hash32 key;
    key.octets.fill(fill);
    return {ProjectId(key), DeskId(key)};
  }
  static LogId id(std::uint8_t fill) { return format::log_id(log(fill).project, log(fill).desk); }
  env::MonotonicTime at(env::milliseconds time) { return env::MonotonicTime(time); }
  Sources sources;
};

TEST_F(SourcesTest, TheFirstLinkWithMoreBecomesTheSource) {
  EXPECT_FALSE(sources.offer(1, log(1), 5, 5, at(0ms)));
  const auto move = sources.offer(2, log(1), 6, 5, at(0ms));
  ASSERT_TRUE(move);
  EXPECT_EQ(move->to, 2U);
  EXPECT_FALSE(move->from);
  EXPECT_FALSE(sources.offer(3, log(1), 9, 5, at(0ms)));
  EXPECT_EQ(sources.source(id(1)), 2U);
}

TEST_F(SourcesTest, ASilentSourceIsReplacedByALinkThatHasMore) {
  sources.offer(1, log(1), 6, 5, at(0ms));
  sources.offer(2, log(1), 8, 5, at(0ms));
  EXPECT_TRUE(sources.watch(at(4999ms)).empty());
  const auto moves = sources.watch(at(5000ms));
  ASSERT_EQ(moves.size(), 1U);
  EXPECT_EQ(moves[0].from, 1U);
  EXPECT_EQ(moves[0].to, 2U);
  EXPECT_TRUE(sources.watch(at(5001ms)).empty());
}

TEST_F(SourcesTest, AnIdleSourceIsKeptWhenNobodyHasMore) {
  sources.offer(1, log(1), 6, 5, at(0ms));
  sources.offer(2, log(1), 6, 5, at(0ms));
  sources.progress(id(1), 6, at(10ms));
  EXPECT_TRUE(sources.watch(at(1h)).empty());
}

TEST_F(SourcesTest, ALostLinkHandsItsLogsOn) {
  sources.offer(1, log(1), 6, 5, at(0ms));
  sources.offer(2, log(1), 7, 5, at(0ms));
  const auto moves = sources.forget(1, at(1ms));
  ASSERT_EQ(moves.size(), 1U);
  EXPECT_FALSE(moves[0].from);
  EXPECT_EQ(moves[0].to, 2U);
  EXPECT_TRUE(sources.forget(2, at(2ms)).empty());
  EXPECT_FALSE(sources.source(id(1)));
  EXPECT_TRUE(sources.offer(3, log(1), 6, 5, at(3ms)));
}

TEST_F(SourcesTest, ALinkThatIsGivenUpIsNotChosenAgainUnasked) {
  sources.offer(1, log(1), 6, 5, at(0ms));
  EXPECT_FALSE(sources.give_up(1, id(1), at(1ms)));
  EXPECT_FALSE(sources.source(id(1)));
  EXPECT_TRUE(sources.watch(at(1h)).empty());
}

}  // namespace
}  // namespace tamizdat::federation
