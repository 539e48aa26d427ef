#include "relay/daemon/init.h"

#include <charconv>
#include <string_view>
#include <system_error>

#include "relay/daemon/config_file.h"
#include "relay/daemon/config_text.h"
#include "relay/daemon/folders.h"
#include "relay/daemon/installation.h"
#include "relay/daemon/keys.h"
#include "relay/daemon/own_address.h"
#include "relay/daemon/passphrase.h"
#include "relay/daemon/settings.h"
#include "relay/os/files.h"
#include "relay/os/tls_identity.h"

namespace tamizdat::daemon {
namespace {

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

tl::unexpected<Error> already_there(const std::filesystem::path& file) {
  return fail(kAlreadyInitialised, file.string() + " exists already: nothing was changed. Choose another folder, or "
                                                   "remove this file if no relay ever ran with it");
}

// "a,b" is two items, "" is none.
std::vector<std::string> items_of(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return items;
}

Result<SettingValue> value_of(const Setting& setting, std::string_view text) {
  if (setting.kind == SettingKind::kTextList) return SettingValue(items_of(text));
  if (setting.kind != SettingKind::kInteger) return SettingValue(std::string(text));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return fail(kConfigInvalid, "must be a whole number");
  return SettingValue(number);
}

// Applies "key=value".
Result<void> apply(const std::string& text, Config& config) {
  const auto complain = [&](const std::string& fault) { return fail(kConfigInvalid, "--set " + text + ": " + fault); };
  const auto equals = text.find('=');
  if (equals == std::string::npos) return complain("write KEY=VALUE, as in relay.country=GE");
  const std::string key = text.substr(0, equals);
  const Setting* setting = find_setting(key);
  if (!setting) return complain(unknown_key_fault(key));
  const auto value = value_of(*setting, std::string_view(text).substr(equals + 1));
  if (!value) return complain(value.error().text);
  if (const auto done = setting->read(*value, config); !done) return complain(done.error().text);
  return {};
}

std::string draw_link_path(env::Random& random) {
  Bytes secret(16, '\0');  // nobody guesses 128 bits
  random.fill({reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()});
  return "/" + to_base64url(secret);
}

Result<Config> new_config(const InitOrder& order, env::Random& random) {
  Config config = default_config();
  config.link_path = draw_link_path(random);
  for (const auto& text : order.settings) {
    if (auto applied = apply(text, config); !applied) return pass(applied);
  }
  if (!order.passphrase_file.empty())
    config.passphrase_file = std::filesystem::absolute(order.passphrase_file).lexically_normal();
  if (config.passphrase_file.empty()) config.passphrase_file = default_passphrase_file(order.folder);
  auto checked = parse_config(print_config(config), kConfigFileName);
  if (checked) checked->folder = order.folder;
  return checked;
}

// The operator's own files, or new ones.
Result<void> provide_certificate(const Config& config, Timestamp now) {
  const auto certificate = config.at(config.tls_certificate);
  const auto key = config.at(config.tls_key);
  const Config defaults = default_config();
  if (config.tls_certificate != defaults.tls_certificate || config.tls_key != defaults.tls_key) {
    const auto own = load_tls(config);
    if (!own) return tl::unexpected(own.error());
    return {};
  }
  if (auto made = make_folder(certificate.parent_path(), FolderReaders::kOwnerOnly); !made) return made;
  const auto identity = os::generate_certificate(own_host(config), now);
  if (!identity) return pass(identity);
  return os::write_identity(*identity, key, certificate);
}

}  // namespace

Result<NewRelay> init_relay(const InitOrder& order, env::Random& random, Timestamp now) {
  auto config = new_config(order, random);
  if (!config) return pass(config);
  const auto file = order.folder / kConfigFileName;
  const Config defaults = default_config();
  for (const auto& path : {file, keys_folder(order.folder), config->at(defaults.tls_key)}) {
    if (is_there(path)) return already_there(path);
  }
  if (auto made = make_folder(order.folder, FolderReaders::kEverybody); !made) return pass(made);
  const auto passphrase = read_or_draw_passphrase(config->at(config->passphrase_file), random);
  if (!passphrase) return pass(passphrase);
  if (auto provided = provide_certificate(*config, now); !provided) return pass(provided);
  if (auto keys = create_keys(order.folder, passphrase->passphrase, random); !keys) return pass(keys);
  // The file may name a secret path.
  if (auto written = os::write_file(file, print_config(*config), os::FileMode::kPrivate); !written) return pass(written);
  return NewRelay{*std::move(config), passphrase->is_drawn};
}

}  // namespace tamizdat::daemon
