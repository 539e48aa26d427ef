#include "relay/daemon/settings.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "proto/base/check.h"
#include "proto/base/edit_distance.h"
#include "relay/daemon/country.h"
#include "relay/daemon/duration.h"
#include "relay/os/tls_identity.h"

namespace tamizdat::daemon {
namespace {

using policy::Admission;
constexpr TakenUp kAtReload = TakenUp::kAtReload;

// The columns that every row has.
struct Row {
  std::string_view key;
  SettingValue fallback;
  std::string range;
  std::string_view sentence;
  TakenUp taken_up = TakenUp::kAtRestart;
};

Setting setting(Row row, SettingKind kind, std::function<Result<void>(const SettingValue&, Config&)> read,
                std::function<SettingValue(const Config&)> write) {
  return {row.key,      kind,         std::move(row.fallback), std::move(row.range),
          row.sentence, row.taken_up, std::move(read),         std::move(write)};
}

// One text that `parse` turns into the field and `print` back.
template <typename T>
Setting parsed(Row row, T Config::*field, std::function<Result<T>(const std::string&)> parse,
               std::function<std::string(const T&)> print) {
  auto read = [field, parse = std::move(parse)](const SettingValue& value, Config& config) -> Result<void> {
    auto result = parse(std::get<std::string>(value));
    if (!result) return pass(result);
    config.*field = std::move(*result);
    return {};
  };
  auto write = [field, print = std::move(print)](const Config& config) -> SettingValue { return print(config.*field); };
  return setting(std::move(row), SettingKind::kText, std::move(read), std::move(write));
}

// The same for a list; `each` is where the texts stand: in one list, or one in each [[table]].
template <typename T>
Setting parsed_list(Row row, SettingKind each, std::vector<T> Config::*field, Result<T> (*parse)(const std::string&),
                    std::string (*print)(const T&)) {
  auto append = [field, parse](const std::string& text, Config& config) -> Result<void> {
    auto result = parse(text);
    if (!result) return pass(result);
    (config.*field).push_back(std::move(*result));
    return {};
  };
  auto read = [field, append](const SettingValue& value, Config& config) -> Result<void> {
    if (const auto* text = std::get_if<std::string>(&value)) return append(*text, config);
    (config.*field).clear();
    for (const auto& text : std::get<std::vector<std::string>>(value)) {
      if (auto appended = append(text, config); !appended) return appended;
    }
    return {};
  };
  auto write = [field, print](const Config& config) -> SettingValue {
    std::vector<std::string> texts;
    for (const T& item : config.*field) texts.push_back(print(item));
    return texts;
  };
  return setting(std::move(row), each, std::move(read), std::move(write));
}

template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

template <typename T, std::size_t N>
Setting choice(Row row, T Config::*field, const std::array<Choice<T>, N>& choices) {
  for (const auto& each : choices) row.range += (row.range.empty() ? "" : ", ") + std::string(each.name);
  auto parse = [&choices, range = row.range](const std::string& text) -> Result<T> {
    for (const auto& each : choices) {
      if (each.name == text) return each.value;
    }
    return fail(kConfigInvalid, "'" + text + "' is none of: " + range);
  };
  auto print = [&choices](const T& value) {
    const auto found = std::find_if(choices.begin(), choices.end(), [&](const auto& each) { return each.value == value; });
    TMZ_CHECK(found != choices.end());
    return std::string(found->name);
  };
  return parsed<T>(std::move(row), field, std::move(parse), std::move(print));
}

struct Range {
  std::int64_t low;
  std::int64_t high;
};

Setting integer(Row row, std::int64_t Config::*field, Range range) {
  row.range = std::to_string(range.low) + " to " + std::to_string(range.high);
  auto read = [field, range, words = row.range](const SettingValue& value, Config& config) -> Result<void> {
    const std::int64_t number = std::get<std::int64_t>(value);
    if (number < range.low || number > range.high)
      return fail(kConfigInvalid, std::to_string(number) + " is out of range: " + words);
    config.*field = number;
    return {};
  };
  auto write = [field](const Config& config) -> SettingValue { return config.*field; };
  return setting(std::move(row), SettingKind::kInteger, std::move(read), std::move(write));
}

Setting duration(Row row, std::chrono::seconds Config::*field, std::pair<std::chrono::seconds, std::chrono::seconds> range) {
  row.range = print_duration(range.first) + " to " + print_duration(range.second);
  auto parse = [range, words = row.range](const std::string& text) -> Result<std::chrono::seconds> {
    auto value = parse_duration(text);
    if (value && (*value < range.first || *value > range.second))
      return fail(kConfigInvalid, text + " is out of range: " + words);
    return value;
  };
  return parsed<std::chrono::seconds>(std::move(row), field, parse,
                                      [](const std::chrono::seconds& value) { return print_duration(value); });
}

// Names stand on pages and in descriptors, each on one line.
constexpr std::size_t kNameBytesMax = 200;

Setting name(Row row, std::string Config::*field) {
  row.range = "at most " + std::to_string(kNameBytesMax) + " bytes on one line";
  auto parse = [](const std::string& text) -> Result<std::string> {
    const bool one_line = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 32; });
    if (text.size() > kNameBytesMax || !one_line) return fail(kConfigInvalid, "is longer than 200 bytes or one line");
    return text;
  };
  return parsed<std::string>(std::move(row), field, parse, [](const std::string& text) { return text; });
}

Setting path(Row row, std::filesystem::path Config::*field) {
  row.range = "a path, from the folder of relay.toml";
  auto parse = [](const std::string& text) -> Result<std::filesystem::path> {
    if (text.empty()) return fail(kConfigInvalid, "is empty: name a path");
    return std::filesystem::path(text);
  };
  return parsed<std::filesystem::path>(std::move(row), field, parse,
                                       [](const std::filesystem::path& value) { return value.string(); });
}

Result<std::string> parse_country(const std::string& text) {
  if (text.empty() || is_country_code(text)) return text;
  return fail(kConfigInvalid, "'" + text + "' is no country code of ISO 3166-1: write two capital letters, as in \"GE\"");
}

Result<std::string> parse_link_path(const std::string& text) {
  if (!sync::is_link_path(text))
    return fail(kConfigInvalid, "'" + text + "' is no path: begin with '/' and use letters, digits and -._~/ only");
  for (const std::string taken : {"/v1", "/b"}) {  // see daemon/relay.cpp: what is mounted
    if (text == taken || text.starts_with(taken + "/"))
      return fail(kConfigInvalid, "'" + text + "' belongs to newsrooms and mirrors: take a path that does not begin with " + taken);
  }
  return text;
}

Result<env::Address> parse_listen_address(const std::string& text) {
  auto address = env::Address::parse(text);
  if (address && !os::is_ip_address(address->host))
    return fail(kConfigInvalid, "'" + address->host + "' is no IP address: write one of this machine's, or 0.0.0.0 for all");
  return address;
}
std::string print_address(const env::Address& address) { return address.text(); }

Result<env::Address> parse_public_address(const std::string& text) {
  auto address = env::Address::parse(text);
  if (address && !sync::is_relay_host(address->host))
    return fail(kConfigInvalid, "'" + address->host + "' is neither a host name in lower case nor an IP address");
  return address;
}

Result<std::optional<env::Address>> parse_optional_address(const std::string& text) {
  if (text.empty()) return std::optional<env::Address>();
  auto address = parse_listen_address(text);
  if (!address) return pass(address);
  return std::optional(std::move(*address));
}
std::string print_optional_address(const std::optional<env::Address>& address) { return address ? address->text() : ""; }

Result<ProjectId> parse_project(const std::string& text) { return ProjectId::parse(text); }
std::string print_project(const ProjectId& id) { return id.text(); }
Result<sync::RelayAddress> parse_peer(const std::string& text) { return sync::RelayAddress::parse(text); }
std::string print_peer(const sync::RelayAddress& peer) { return peer.text(); }

constexpr std::array<Choice<Admission>, 2> kAdmissions{{{"open", Admission::kOpen}, {"listed", Admission::kListed}}};
constexpr std::array<Choice<StoreBackend>, 2> kBackends{
    {{"segments", StoreBackend::kSegments}, {"memory", StoreBackend::kMemory}}};
constexpr std::array<Choice<env::LogLevel>, 4> kLogLevels{{{"debug", env::LogLevel::kDebug},
                                                          {"info", env::LogLevel::kInfo},
                                                          {"warning", env::LogLevel::kWarning},
                                                          {"error", env::LogLevel::kError}}};

using Texts = std::vector<std::string>;

std::vector<Setting> make_settings() {
  using std::chrono::seconds;
  return {
      name({"relay.operator", "", "", "Who runs this relay, for newsrooms and other operators to read."},
           &Config::operator_name),
      parsed<std::string>({"relay.country", "", "ISO 3166-1 code, or empty",
                           "The country where the machine stands: newsrooms count copies by country."},
                          &Config::country, parse_country, [](const std::string& text) { return text; }),
      name({"relay.label", "", "", "A short name for lists and pages; empty: the country."}, &Config::label),
      parsed<env::Address>({"relay.listen", "0.0.0.0:8443", "IP address:port",
                            "Where the one TLS port for readers, newsrooms and relays is opened."},
                           &Config::listen, parse_listen_address, print_address),
      parsed_list<env::Address>(
          {"relay.public_addresses", Texts{}, "host:port, ...",
           "Under which names and ports the world reaches this relay; `address` prints the first.", kAtReload},
          SettingKind::kTextList, &Config::public_addresses, parse_public_address, print_address),
      parsed<std::string>({"link.path", "/tamizdat", "a path",
                           "Where relays link up. To everybody who does not know it there are no links here; "
                           "`init` draws one."},
                          &Config::link_path, parse_link_path, [](const std::string& text) { return text; }),
      choice<Admission>({"projects.admission", "open", "",
                         "Whose articles are taken: of every project with a valid charter, or of those listed.", kAtReload},
                        &Config::admission, kAdmissions),
      parsed_list<ProjectId>({"projects.list", Texts{}, "tzproject1..., ...",
                              "The projects taken where admission is \"listed\".", kAtReload},
                             SettingKind::kTextList, &Config::projects, parse_project, print_project),
      path({"store.folder", "data", "", "Where articles and their proofs are kept."}, &Config::data_folder),
      choice<StoreBackend>({"store.backend", "segments", "",
                            "How they are kept: durable files, or memory, which forgets everything at the end."},
                           &Config::store_backend, kBackends),
      integer({"sealed.pool_mib", std::int64_t{1280}, "",
               "How many MiB of sealed letters between newsrooms are kept until they end, of all together; 0: none."},
              &Config::sealed_pool_mib, {0, 1'000'000}),
      integer({"sealed.project_mib_per_day", std::int64_t{80}, "",
               "How many MiB of sealed letters the desks of one project may hand in here in a day."},
              &Config::sealed_project_mib_per_day, {1, 1'000'000}),
      parsed<std::filesystem::path>({"keys.passphrase_file", "", "a path, from the folder of relay.toml, or empty",
                                     "The file with the passphrase of the keys, readable by the relay's user only; read at a start, where "
                                     "`--passphrase-file` names none.", kAtReload},
                                    &Config::passphrase_file, [](const std::string& text) { return std::filesystem::path(text); },
                                    [](const std::filesystem::path& value) { return value.string(); }),
      path({"tls.certificate", "tls/certificate.pem", "", "The TLS certificate or chain (PEM).", kAtReload},
           &Config::tls_certificate),
      path({"tls.key", "tls/key.pem", "", "Its private key (PEM), readable by the relay's user only.", kAtReload},
           &Config::tls_key),
      integer({"limits.connections", std::int64_t{4096}, "", "How many connections are served at the same time.", kAtReload},
              &Config::connections_max, {16, 100000}),
      duration({"limits.stop_time", "10s", "", "How long a stop waits for what is under way; then it is cut.", kAtReload}, &Config::stop_time_max,
               {seconds(1), seconds(600)}),
      parsed<std::optional<env::Address>>({"admin.listen", "127.0.0.1:9464", "IP address:port, or empty",
                                           "Where /metrics and /healthz answer, without TLS; empty: nowhere."},
                                          &Config::admin_listen, parse_optional_address, print_optional_address),
      choice<env::LogLevel>({"log.level", "info", "", "What is written to stderr: this level and above.", kAtReload},
                            &Config::log_level, kLogLevels),
      integer({"testing.erase_delay", std::int64_t{-1}, "",
               "For tests only: seconds in the place of every charter's erase delay; -1 obeys the charters."},
              &Config::erase_delay_of_tests, {-1, 315'360'000}),
      parsed_list<sync::RelayAddress>({"peer.address", Texts{}, "a relay's address line",
                                       "One [[peer]] for each relay to exchange with: the line that its "
                                       "`tamizdat-relay address` prints.", kAtReload},
                                      SettingKind::kTextOfEachTable, &Config::peers, parse_peer, print_peer),
  };
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> table = make_settings();
  return table;
}

const Setting* find_setting(std::string_view key) {
  const auto& table = settings();
  const auto found = std::find_if(table.begin(), table.end(), [key](const Setting& each) { return each.key == key; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view nearest_setting(std::string_view key) {
  std::string_view best;
  std::size_t best_distance = 2 + key.size() / 4;  // beyond it a suggestion is a guess
  for (const Setting& each : settings()) {
    // The right name in the wrong section, and "log_level" for "log.level", count as one slip.
    const std::size_t distance =
        std::min({edit_distance(key, each.key), 1 + edit_distance(name_of(key), name_of(each.key)),
                  1 + edit_distance(name_of(key), each.key)});
    if (distance < best_distance) {
      best = each.key;
      best_distance = distance;
    }
  }
  return best;
}

std::string unknown_key_fault(std::string_view key) {
  const std::string_view nearest = nearest_setting(key);
  if (nearest.empty()) return "unknown key; `tamizdat-relay --print-config` shows all keys";
  return "unknown key; did you mean " + std::string(nearest) + "?";
}

std::string_view section_of(std::string_view key) {
  const auto dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

std::string_view name_of(std::string_view key) { return key.substr(key.rfind('.') + 1); }

std::string_view text_of(SettingKind kind) {
  switch (kind) {
    case SettingKind::kInteger: return "a whole number";
    case SettingKind::kTextList: return "a list of texts";
    case SettingKind::kText:
    case SettingKind::kTextOfEachTable: break;
  }
  return "a text in quotes";
}

Config default_config() {
  Config config;
  for (const Setting& each : settings()) TMZ_CHECK(each.read(each.fallback, config));
  return config;
}

}  // namespace tamizdat::daemon
