#include "relay/daemon/own_address.h"

#include <optional>

#include "relay/os/tls_identity.h"

namespace tamizdat::daemon {
namespace {

bool is_wildcard(const env::Address& address) { return address.host == "0.0.0.0" || address.host == "::"; }

std::optional<env::Address> public_address(const Config& config) {
  if (!config.public_addresses.empty()) return config.public_addresses.front();
  if (!is_wildcard(config.listen)) return config.listen;
  return std::nullopt;
}

}  // namespace

Result<sync::RelayAddress> own_address(const Config& config, const RelayId& relay, BytesView certificate_pem) {
  const auto address = public_address(config);
  if (!address) {
    return fail(kNoPublicAddress, "the relay listens on " + config.listen.text() +
                                      ", which nobody can call: write the host and port that the world uses into "
                                      "relay.public_addresses");
  }
  const auto pin = os::key_pin(certificate_pem);
  if (!pin) return pass(pin);
  return sync::RelayAddress{relay, address->host, address->port, *pin, config.link_path};
}

std::string own_host(const Config& config) {
  const auto address = public_address(config);
  return address ? address->host : "localhost";
}

}  // namespace tamizdat::daemon
