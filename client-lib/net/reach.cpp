#include "client-lib/net/reach.h"

#include "client-lib/net/public_address.h"

namespace tamizdat::net {

std::string_view host_name(std::string_view url) {
  const auto scheme = url.find("://");
  url.remove_prefix(scheme == std::string_view::npos ? url.size() : scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.find('@') != std::string_view::npos) return {};
  const auto port = url.rfind(':');
  return port == std::string_view::npos || url.find(']', port) != std::string_view::npos ? url : url.substr(0, port);
}

Reach reach_of(std::string_view url, std::string_view source) {
  const auto host = host_name(url);
  return host == host_name(source) && is_written_as_private(host) ? Reach::kAnywhere : Reach::kPublicOnly;
}

Reach reach_after(Reach reach, std::string_view from, std::string_view to) {
  const auto host = host_name(to);
  return !host.empty() && host == host_name(from) ? reach : Reach::kPublicOnly;
}

}  // namespace tamizdat::net
