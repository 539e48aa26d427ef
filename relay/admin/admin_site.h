// What the operator's monitoring asks, served on an address of its own and without TLS: /metrics, /healthz/live and
// /healthz/ready. Nothing here changes anything. Loop thread only.
#pragma once

#include "relay/admin/health.h"
#include "relay/admin/prometheus_metrics.h"
#include "relay/http/message.h"

namespace tamizdat::admin {

class AdminSite final : public http::Handler {
 public:
  // Both outlive the site.
  AdminSite(const PrometheusMetrics& metrics, const Health& health) : metrics_(metrics), health_(health) {}

  env::awaitable<http::Response> handle(const http::Request& request) override;
  // The logic of handle(). Other paths give 404, other methods than GET and HEAD 405; a relay that is not ready gives
  // 503 and names the parts that are missing, one a line.
  http::Response answer(const http::Request& request) const;

 private:
  const PrometheusMetrics& metrics_;
  const Health& health_;
};

}  // namespace tamizdat::admin
