#include "relay/admin/prometheus_metrics.h"

#include <gtest/gtest.h>

namespace tamizdat::admin {
namespace {

constexpr env::MetricName kRefused{"tamizdat_frames_refused_total", "Frames refused, by reason."};
constexpr env::MetricName kOpen{"tamizdat_connections", "Connections open now."};

TEST(PrometheusMetrics, PrintsTheTextExpositionFormat) {
  PrometheusMetrics metrics;
  metrics.counter(kRefused, {{"reason", "too-long"}}).add(2);
  metrics.gauge(kOpen).set(3);
  EXPECT_EQ(metrics.text(),
            "# HELP tamizdat_frames_refused_total Frames refused, by reason.\n"
            "# TYPE tamizdat_frames_refused_total counter\n"
            "tamizdat_frames_refused_total{reason=\"too-long\"} 2\n"
            "# HELP tamizdat_connections Connections open now.\n"
            "# TYPE tamizdat_connections gauge\n"
            "tamizdat_connections 3\n");
}

TEST(PrometheusMetrics, TheSameNameAndLabelsAreTheSameInstrument) {
  PrometheusMetrics metrics;
  auto& first = metrics.counter(kRefused, {{"reason", "a"}, {"from", "b"}});
  EXPECT_EQ(&first, &metrics.counter(kRefused, {{"from", "b"}, {"reason", "a"}}));
  EXPECT_NE(&first, &metrics.counter(kRefused, {{"reason", "a"}, {"from", "c"}}));
  EXPECT_EQ(&metrics.gauge(kOpen), &metrics.gauge(kOpen));
}

TEST(PrometheusMetrics, EscapesALabel) {
  PrometheusMetrics metrics;
  metrics.counter(kRefused, {{"reason", "a\"b\nc"}}).add();
  EXPECT_NE(metrics.text().find("{reason=\"a\\\"b\\nc\"} 1\n"), std::string::npos) << metrics.text();
}

TEST(PrometheusMetrics, AGaugeGoesBothWays) {
  PrometheusMetrics metrics;
  auto& open = metrics.gauge(kOpen);
  open.set(5);
  open.add(-2);
  EXPECT_NE(metrics.text().find("tamizdat_connections 3\n"), std::string::npos) << metrics.text();
}

}  // namespace
}  // namespace tamizdat::admin
