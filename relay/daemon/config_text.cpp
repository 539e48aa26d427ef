#include "relay/daemon/config_text.h"

#include <string_view>

#include "relay/daemon/settings.h"

namespace tamizdat::daemon {
namespace {

// A basic string of TOML: quotes, backslashes and control characters escaped.
std::string toml_string(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (octet < 32 || octet == 127) {
      out.append("\\u00").append(1, kHexDigits[octet >> 4U]).append(1, kHexDigits[octet & 15U]);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string text_of(const SettingValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return toml_string(*text);
  std::string out;
  for (const auto& text : std::get<std::vector<std::string>>(value)) out += (out.empty() ? "" : ", ") + toml_string(text);
  return "[" + out + "]";
}

std::string comment_of(const Setting& setting) {
  std::string out("# ");
  out.append(setting.sentence).append("\n# ").append(setting.range);
  if (setting.kind != SettingKind::kTextOfEachTable) out.append("; default: ").append(text_of(setting.fallback));
  if (setting.taken_up == TakenUp::kAtRestart) out.append("; a change needs a restart");
  return out + "\n";
}

std::string tables_of(const Setting& setting, const Config& config) {
  const std::string section(section_of(setting.key));
  const SettingValue value = setting.write(config);
  std::string out;
  for (const auto& text : std::get<std::vector<std::string>>(value)) {
    out.append("\n[[").append(section).append("]]\n").append(name_of(setting.key)).append(" = ").append(toml_string(text));
    out += '\n';
  }
  return out;
}

}  // namespace

std::string print_config(const Config& config) {
  std::string out = "# The configuration of one Tamizdat relay. Every key may be left out; then its default holds.\n";
  std::string_view section;
  for (const Setting& setting : settings()) {
    if (setting.kind == SettingKind::kTextOfEachTable) {
      out.append("\n").append(comment_of(setting)).append(tables_of(setting, config));
      continue;
    }
    if (section_of(setting.key) != section) {
      section = section_of(setting.key);
      out.append("\n[").append(section).append("]\n");
    }
    out.append(comment_of(setting));
    out.append(name_of(setting.key)).append(" = ").append(text_of(setting.write(config))).append("\n");
  }
  return out;
}

std::string print_manual() {
  std::string out = "| key | meaning | may be | default | a change needs |\n|---|---|---|---|---|\n";
  for (const Setting& setting : settings()) {
    out.append("| `").append(setting.key).append("` | ").append(setting.sentence).append(" | ").append(setting.range);
    const bool has_default = setting.kind != SettingKind::kTextOfEachTable;
    out.append(" | ").append(has_default ? "`" + text_of(setting.fallback) + "`" : "none");
    out.append(setting.taken_up == TakenUp::kAtReload ? " | a reload |\n" : " | a restart |\n");
  }
  return out;
}

}  // namespace tamizdat::daemon
