#include "client-lib/client/edges.h"

namespace tamizdat::client {

Edges& system_edges() {
  static Edges edges{edges::system_clock(), edges::system_random(), &net::make_curl_http, keys::KeyCost{}};
  return edges;
}

}  // namespace tamizdat::client
