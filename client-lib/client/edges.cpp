#include "client-lib/client/edges.h"

namespace tamizdat::client {

Edges& system_edges() {
  static Edges edges{edges::system_clock(), edges::system_random(), &net::make_curl_http, keys::KeyCost{},
                     [](BytesView file) { return pictures::reencode(file, {}); }};
  return edges;
}

std::unique_ptr<net::Http> make_http(Edges& edges, const std::string& proxy, const Progress& progress) {
  auto http = edges.make_http(proxy);
  http->report_to(progress);
  return http;
}

}  // namespace tamizdat::client
