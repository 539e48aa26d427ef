// A Metrics for tests that keeps plain numbers: `metrics.value("tamizdat_frames_refused_total{reason=\"too-long\"}")`.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "relay/env/metrics.h"

namespace tamizdat::tests {

class RecordedMetrics final : public env::Metrics {
 public:
  env::Counter& counter(env::MetricName name, env::MetricLabels labels = {}) override { return find(name, labels); }
  env::Gauge& gauge(env::MetricName name, env::MetricLabels labels = {}) override { return gauge_of(find(name, labels)); }

  // `series` as Prometheus prints it, labels in the order they were given; 0 for one that nobody asked for.
  double value(std::string_view series) const {
    const auto found = instruments_.find(series);
    return found == instruments_.end() ? 0 : found->second.value;
  }

 private:
  struct Instrument final : env::Counter {
    struct AsGauge final : env::Gauge {
      explicit AsGauge(double& target) : value(target) {}
      void set(double next) override { value = next; }
      void add(double difference) override { value += difference; }
      double& value;
    };
    void add(std::uint64_t amount) override { value += static_cast<double>(amount); }
    double value = 0;
    AsGauge gauge{value};
  };

  static env::Gauge& gauge_of(Instrument& instrument) { return instrument.gauge; }

  Instrument& find(env::MetricName name, env::MetricLabels labels) {
    std::string series(name.name);
    char before = '{';
    for (const auto& label : labels) {
      series += before;
      series.append(label.name).append("=\"").append(label.value).append("\"");
      before = ',';
    }
    if (before == ',') series += '}';
    return instruments_[series];
  }

  std::map<std::string, Instrument, std::less<>> instruments_;  // nodes of a map do not move
};

}  // namespace tamizdat::tests
