// The one table of what an operator can set. The parser (config_file.h), the sample file, --print-config and the manual
// (config_text.h) come out of it; a new key is one row here and one field of Config. Immutable, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/base/result.h"
#include "relay/daemon/config.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kConfigInvalid{"config-invalid"};

// What stands right of the '=' in TOML.
using SettingValue = std::variant<std::int64_t, std::string, std::vector<std::string>>;

enum class SettingKind {
  kInteger,
  kText,
  kTextList,
  kTextOfEachTable,  // "peer.address": one text in each [[peer]]
};

// When a change in relay.toml is taken up: see reload.h.
enum class TakenUp { kAtReload, kAtRestart };

struct Setting {
  std::string_view key;  // "limits.connections"
  SettingKind kind;
  SettingValue fallback;   // what holds if the file is silent
  std::string range;       // what may stand there, in words
  std::string_view sentence;
  TakenUp taken_up;
  // Checks the value (of the right alternative for `kind`; a single text for kTextOfEachTable, which appends) and stores
  // it. Errors: kConfigInvalid, or the code of the value's own parser; the text does not name the key.
  std::function<Result<void>(const SettingValue&, Config&)> read;
  // The opposite of read: what the file must say to get this configuration.
  std::function<SettingValue(const Config&)> write;
};

const std::vector<Setting>& settings();
const Setting* find_setting(std::string_view key);

// The key that an operator most likely meant by the unknown `key`; empty if none is near.
std::string_view nearest_setting(std::string_view key);
// "unknown key; did you mean limits.connections?"
std::string unknown_key_fault(std::string_view key);

std::string_view section_of(std::string_view key);  // "limits" of "limits.connections"
std::string_view name_of(std::string_view key);     // "connections"
std::string_view text_of(SettingKind kind);         // "a list of texts"

// Nobody set anything: every default in force.
Config default_config();

}  // namespace tamizdat::daemon
