#include "relay/daemon/installation.h"

#include <utility>

#include "relay/daemon/config_file.h"

namespace tamizdat::daemon {

Result<os::TlsIdentity> load_tls(const Config& config) {
  const auto complain = [&](std::string_view key, const Error& error) {
    return fail(error.code, config.about(key, error.text));
  };
  os::TlsIdentity identity;
  auto key = os::read_key(config.at(config.tls_key));
  if (!key) return complain("tls.key", key.error());
  auto certificate = os::read_certificate(config.at(config.tls_certificate));
  if (!certificate) return complain("tls.certificate", certificate.error());
  identity.key_pem = std::move(*key);
  identity.certificate_pem = std::move(*certificate);
  if (const auto checked = os::check_identity(identity); !checked)
    return complain(checked.error().code == os::kTlsKeyInvalid ? "tls.key" : "tls.certificate", checked.error());
  return identity;
}

Result<Installation> load_installation(const std::filesystem::path& place) {
  auto config = load_config(place);
  if (!config) return pass(config);
  auto keys = load_public_keys(config->folder);
  auto tls = load_tls(*config);
  if (!keys && !tls) return fail(keys.error().code, keys.error().text + "\n" + tls.error().text);
  if (!keys) return pass(keys);
  if (!tls) return pass(tls);
  for (const auto& peer : config->peers) {
    if (peer.relay == keys->relay_id())
      return fail(kConfigInvalid, config->about("peer.address", "one of them is this relay itself: remove it"));
  }
  return Installation{std::move(*config), *keys, std::move(*tls)};
}

Result<RelayKeys> open_keys(const Config& config, const std::filesystem::path& named) {
  const auto file = passphrase_file_of(config, named);
  if (!file) return pass(file);
  const auto passphrase = read_passphrase(*file);
  if (!passphrase) return pass(passphrase);
  return open_keys(config.folder, *passphrase);
}

std::vector<format::PolicyRelay> relays_that_count(const Config& config, const RelayKeys& keys) {
  std::vector<format::PolicyRelay> out;
  out.push_back({keys.relay_id(), config.country, keys.witness.public_key(), keys.mirror.public_key()});
  for (const auto& peer : config.peers) out.push_back({peer.relay, {}, {}, {}});
  return out;
}

}  // namespace tamizdat::daemon
