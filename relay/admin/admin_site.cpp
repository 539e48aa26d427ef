#include "relay/admin/admin_site.h"

#include <utility>

namespace tamizdat::admin {
namespace {

constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";  // Prometheus' text exposition format

http::Response text(int status, const char* content_type, std::string body) {
  auto response = http::make_response(status, content_type, std::move(body));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

std::string missing_parts(const Health& health) {
  std::string out;
  for (const auto& part : health.missing()) out += "waiting for " + part + "\n";
  return out;
}

}  // namespace

http::Response AdminSite::answer(const http::Request& request) const {
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    auto refusal = http::make_error(405);
    refusal.headers.set("Allow", "GET, HEAD");
    return refusal;
  }
  if (request.path == "/metrics") return text(200, kMetricsText, metrics_.text());
  if (request.path == "/healthz/live") return text(200, kPlainText, "live\n");
  if (request.path == "/healthz/ready" && health_.is_ready()) return text(200, kPlainText, "ready\n");
  if (request.path == "/healthz/ready") return text(503, kPlainText, missing_parts(health_));
  return http::make_error(404);
}

env::awaitable<http::Response> AdminSite::handle(const http::Request& request) { co_return answer(request); }

}  // namespace tamizdat::admin
