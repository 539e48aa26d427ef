// The figures of a relay as Prometheus reads them: env::Metrics on prometheus-cpp's registry. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "relay/env/metrics.h"

namespace prometheus {
class Registry;
}

namespace tamizdat::admin {

class PrometheusMetrics final : public env::Metrics {
 public:
  PrometheusMetrics();
  ~PrometheusMetrics() override;

  env::Counter& counter(env::MetricName name, env::MetricLabels labels = {}) override;
  env::Gauge& gauge(env::MetricName name, env::MetricLabels labels = {}) override;

  // All series in the text exposition format, version 0.0.4.
  std::string text() const;

 private:
  std::mutex mutex_;  // of the two maps; the registry has its own
  std::unique_ptr<prometheus::Registry> registry_;
  std::map<const void*, std::unique_ptr<env::Counter>> counters_;  // by the library's instrument behind it
  std::map<const void*, std::unique_ptr<env::Gauge>> gauges_;
};

}  // namespace tamizdat::admin
