#include "relay/admin/prometheus_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tamizdat::admin {
namespace {

class PrometheusCounter final : public env::Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void add(std::uint64_t amount) override { counter_.Increment(static_cast<double>(amount)); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public env::Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) override { gauge_.Set(value); }
  void add(double difference) override { gauge_.Increment(difference); }

 private:
  prometheus::Gauge& gauge_;
};

std::map<std::string, std::string> label_map(env::MetricLabels labels) {
  std::map<std::string, std::string> out;
  for (const auto& label : labels) out.emplace(label.name, label.value);
  return out;
}

// The adapter that stands before `instrument`; the library returns the same instrument for the same name and labels.
template <typename Adapter, typename Adapters, typename Instrument>
auto& adapter_of(Adapters& adapters, Instrument& instrument) {
  auto& adapter = adapters[&instrument];
  if (!adapter) adapter = std::make_unique<Adapter>(instrument);
  return *adapter;
}

}  // namespace

PrometheusMetrics::PrometheusMetrics() : registry_(std::make_unique<prometheus::Registry>()) {}
PrometheusMetrics::~PrometheusMetrics() = default;

env::Counter& PrometheusMetrics::counter(env::MetricName name, env::MetricLabels labels) {
  const std::lock_guard lock(mutex_);
  auto& family = prometheus::BuildCounter().Name(std::string(name.name)).Help(std::string(name.help)).Register(*registry_);
  return adapter_of<PrometheusCounter>(counters_, family.Add(label_map(labels)));
}

env::Gauge& PrometheusMetrics::gauge(env::MetricName name, env::MetricLabels labels) {
  const std::lock_guard lock(mutex_);
  auto& family = prometheus::BuildGauge().Name(std::string(name.name)).Help(std::string(name.help)).Register(*registry_);
  return adapter_of<PrometheusGauge>(gauges_, family.Add(label_map(labels)));
}

std::string PrometheusMetrics::text() const { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

}  // namespace tamizdat::admin
