#include "relay/federation/link_handler.h"

namespace tamizdat::federation {
namespace {

constexpr env::MetricName kRefusedMetric{"tamizdat_link_upgrades_refused_total",
                                         "Upgrade requests on the link path that were answered with 404, by reason."};

}  // namespace

env::awaitable<http::Response> LinkHandler::handle(const http::Request& request) {
  const auto hello = request.headers.find(sync::kLinkHeader);
  if (request.method == http::Method::kGet && hello) {
    auto response = upgrade(request);
    if (response) co_return *std::move(response);
    env_.metrics.counter(kRefusedMetric, {{"reason", response.error().code.name()}}).add();
    env_.log.warning("link refused", {{"error", response.error()}});
  }
  auto ordinary = co_await otherwise_.handle(request);
  co_return ordinary;
}

Result<http::Response> LinkHandler::upgrade(const http::Request& request) {
  const auto exporter = request.connection->exporter();
  if (!exporter) return tl::unexpected(exporter.error());
  const auto welcome = federation_.welcome(*request.headers.find(sync::kLinkHeader), *exporter);
  if (!welcome) return tl::unexpected(welcome.error());
  http::Response response;
  response.status = 101;
  response.headers.add("Upgrade", std::string(sync::kLinkProtocol));
  response.headers.add(std::string(sync::kLinkHeader), welcome->hello);
  response.take_over = [this, ends = welcome->ends](env::Stream& stream, Bytes already_read, std::stop_token stop) {
    return federation_.serve_link(ends, stream, std::move(already_read), stop);
  };
  return response;
}

}  // namespace tamizdat::federation
