#include "relay/daemon/installation.h"

#include <utility>

#include "relay/daemon/config_file.h"

namespace tamizdat::daemon {

Result<Installation> load_installation(const std::filesystem::path& place) {
  auto config = load_config(place);
  if (!config) return pass(config);
  auto keys = load_keys(config->folder);
  if (!keys) return pass(keys);
  auto tls = os::read_identity(config->at(config->tls_key), config->at(config->tls_certificate));
  if (!tls) return pass(tls);
  if (const auto pin = os::key_pin(tls->certificate_pem); !pin) return pass(pin);
  return Installation{std::move(*config), std::move(*keys), std::move(*tls)};
}

}  // namespace tamizdat::daemon
