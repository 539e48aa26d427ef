#include "relay/daemon/config_file.h"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "relay/os/files.h"

namespace tamizdat::daemon {
namespace {

using Line = toml::source_index;

constexpr std::size_t kConfigBytesMax = 1 << 20;  // thousands of peers and projects

std::string place_in(std::string_view file, Line line, std::string_view key) {
  std::string text(file);
  if (line != 0) text.append(":").append(std::to_string(line));
  text.append(": ");
  if (!key.empty()) text.append(key).append(": ");
  return text;
}

// What the file says, key by key, and what is wrong with it.
class Reader {
 public:
  explicit Reader(std::string_view name) : config_(default_config()) { config_.file = name; }

  void read_file(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string section(key.str());
      if (const auto* table = node.as_table()) {
        read_section(section, *table);
      } else if (const auto* tables = node.as_array(); tables && section == kPeerSection) {
        read_each_table(section, *tables);
      } else {
        complain(line_of(node), section, unknown_key_fault(section));
      }
    }
  }

  Result<Config> finish() {
    if (faults_.empty()) check_keys_together();
    if (faults_.empty()) return std::move(config_);
    std::stable_sort(faults_.begin(), faults_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string text;
    for (const auto& [line, fault] : faults_) text += (text.empty() ? "" : "\n") + fault;
    return fail(kConfigInvalid, std::move(text));
  }

  void complain(Line line, std::string_view key, std::string_view fault) {
    faults_.emplace_back(line, place_in(config_.file, line, key).append(fault));
  }

 private:
  static constexpr std::string_view kPeerSection = "peer";

  static Line line_of(const toml::node& node) { return node.source().begin.line; }

  void read_section(const std::string& section, const toml::table& table) {
    for (const auto& [key, node] : table) read_key(section + "." + std::string(key.str()), node, SettingKind::kText);
  }

  void read_each_table(const std::string& section, const toml::array& tables) {
    for (const auto& each : tables) {
      const auto* table = each.as_table();
      if (!table) {
        complain(line_of(each), section, "write each peer as [[peer]] with a line address = \"...\" below it");
        continue;
      }
      for (const auto& [key, node] : *table) {
        read_key(section + "." + std::string(key.str()), node, SettingKind::kTextOfEachTable);
      }
      if (!table->contains("address")) complain(line_of(each), section, "has no address");
    }
  }

  void read_key(const std::string& key, const toml::node& node, SettingKind place) {
    const Line line = line_of(node);
    const Setting* setting = find_setting(key);
    if (!setting) return complain(line, key, unknown_key_fault(key));
    if (setting->kind == SettingKind::kTextOfEachTable && place != SettingKind::kTextOfEachTable)
      return complain(line, key, "belongs below [[peer]], with two brackets");
    const auto value = value_of(node, setting->kind);
    if (!value) return complain(line, key, "must be " + std::string(text_of(setting->kind)));
    config_.lines[key] = line;
    if (const auto done = setting->read(*value, config_); !done) return complain(line, key, done.error().text);
    if (place == SettingKind::kTextOfEachTable) check_last_peer(line);
  }

  void check_last_peer(Line line) {
    const RelayId& relay = config_.peers.back().relay;
    if (std::ranges::count(config_.peers, relay, &sync::RelayAddress::relay) > 1)
      complain(line, "peer.address", "the relay " + relay.text() + " is named twice");
  }

  static std::optional<SettingValue> value_of(const toml::node& node, SettingKind kind) {
    if (kind == SettingKind::kInteger) {
      const auto* number = node.as_integer();
      return number ? std::optional<SettingValue>(number->get()) : std::nullopt;
    }
    if (kind != SettingKind::kTextList) {
      const auto* text = node.as_string();
      return text ? std::optional<SettingValue>(text->get()) : std::nullopt;
    }
    const auto* list = node.as_array();
    if (!list) return std::nullopt;
    std::vector<std::string> texts;
    for (const auto& item : *list) {
      const auto* text = item.as_string();
      if (!text) return std::nullopt;
      texts.push_back(text->get());
    }
    return texts;
  }

  // What no key can see by itself.
  void check_keys_together() {
    if (config_.admission == policy::Admission::kListed && config_.projects.empty())
      complain(config_.lines["projects.admission"], "projects.list", "is empty while admission is \"listed\": no project would be taken");
    if (config_.admission == policy::Admission::kOpen && !config_.projects.empty())
      complain(config_.lines["projects.list"], "projects.list", "has no effect while admission is \"open\": write admission = \"listed\"");
    if (config_.admin_listen == config_.listen)
      complain(std::max(config_.lines["admin.listen"], config_.lines["relay.listen"]), "admin.listen", "is the same as relay.listen: take another port");
  }

  Config config_;
  std::vector<std::pair<Line, std::string>> faults_;
};

}  // namespace

std::string Config::about(std::string_view key, std::string_view text) const {
  const auto line = lines.find(key);
  return place_in(file, line == lines.end() ? 0 : line->second, key).append(text);
}

Result<Config> parse_config(std::string_view toml, std::string_view name) {
  Reader reader(name);
  const toml::parse_result parsed = toml::parse(toml);
  if (parsed) {
    reader.read_file(parsed.table());
  } else {
    const toml::parse_error& error = parsed.error();
    reader.complain(error.source().begin.line, "", "this is not TOML: " + std::string(error.description()));
  }
  return reader.finish();
}

Result<Config> load_config(const std::filesystem::path& place) {
  std::error_code ignored;
  const auto file = std::filesystem::is_directory(place, ignored) ? place / kConfigFileName : place;
  const auto toml = os::read_file(file, kConfigBytesMax);
  if (!toml && std::filesystem::exists(file, ignored))
    return fail(kConfigMissing, toml.error().text + ": let the relay's user read it");
  if (!toml) return fail(kConfigMissing, toml.error().text + ": give the folder that `tamizdat-relay init` made");
  auto config = parse_config(*toml, file.string());
  if (config) config->folder = file.parent_path();
  return config;
}

}  // namespace tamizdat::daemon
