// What the layers count for the operator, without knowing how the figures leave the process. A layer declares each
// metric as a constant beside the code that updates it (as error codes are), asks for the instrument once and keeps the
// reference. relay/admin implements this on Prometheus; instruments live as long as their Metrics and take any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace tamizdat::env {

// `name` follows Prometheus: tamizdat_<what>_<unit>, counters end in _total. `help` is one sentence for the operator.
struct MetricName {
  std::string_view name;
  std::string_view help;
};

// A label's value comes from a fixed set or from the operator's own file (a reason, an error code, a peer's id), never
// from what a stranger sent: each new value is a new time series, and readers leave no trace in any of them.
struct MetricLabel {
  std::string_view name;
  std::string_view value;
};
using MetricLabels = std::initializer_list<MetricLabel>;

// Only ever grows.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(std::uint64_t amount = 1) = 0;
};

// A value that goes both ways: connections open, entries held.
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double difference) = 0;
};

class Metrics {
 public:
  virtual ~Metrics() = default;
  // The same name and labels give the same instrument. One name is either a counter or a gauge, with one set of label
  // names: anything else is a broken program.
  virtual Counter& counter(MetricName name, MetricLabels labels = {}) = 0;
  virtual Gauge& gauge(MetricName name, MetricLabels labels = {}) = 0;
};

}  // namespace tamizdat::env
