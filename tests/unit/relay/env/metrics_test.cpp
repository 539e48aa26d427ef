#include "relay/env/metrics.h"

#include <gtest/gtest.h>

#include "tests/support/recorded_metrics.h"

namespace tamizdat {
namespace {

constexpr env::MetricName kFrames{"tamizdat_frames_total", "Frames taken from peers."};

TEST(Metrics, CountsEachCombinationOfLabelsByItself) {
  tests::RecordedMetrics metrics;
  metrics.counter(kFrames, {{"kind", "head"}}).add();
  metrics.counter(kFrames, {{"kind", "run"}}).add(3);
  metrics.counter(kFrames, {{"kind", "head"}}).add();
  EXPECT_EQ(metrics.value("tamizdat_frames_total{kind=\"head\"}"), 2);
  EXPECT_EQ(metrics.value("tamizdat_frames_total{kind=\"run\"}"), 3);
  EXPECT_EQ(metrics.value("tamizdat_frames_total"), 0);
}

TEST(Metrics, AGaugeGoesBothWays) {
  tests::RecordedMetrics metrics;
  auto& open = metrics.gauge({"tamizdat_connections", "Connections open now."});
  open.set(5);
  open.add(-2);
  EXPECT_EQ(metrics.value("tamizdat_connections"), 3);
}

}  // namespace
}  // namespace tamizdat
