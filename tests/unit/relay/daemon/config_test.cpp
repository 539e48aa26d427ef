#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "relay/daemon/config_file.h"
#include "relay/daemon/config_text.h"
#include "relay/daemon/country.h"
#include "relay/daemon/settings.h"

namespace tamizdat::daemon {
namespace {

std::string relay_id(std::uint8_t first) {
  RelayId id;
  id.value.octets[0] = first;
  return id.text();
}

std::string peer_line(std::uint8_t first) {
  return "tamizdat-relay:v1 " + relay_id(first) + " rs.example:443 pin=" + std::string(43, 'A') + " path=/x";
}

std::string project_id() { return ProjectId().text(); }

Config parsed(const std::string& toml) {
  auto config = parse_config(toml, "relay.toml");
  EXPECT_TRUE(config) << config.error().text;
  return config ? std::move(*config) : Config();
}

std::string faults_of(const std::string& toml) {
  const auto config = parse_config(toml, "relay.toml");
  if (config) return "accepted";
  EXPECT_EQ(config.error().code, kConfigInvalid);
  return config.error().text;
}

TEST(Config, AnEmptyFileGivesTheDefaults) {
  const Config config = parsed("");
  EXPECT_EQ(config.listen, env::Address("0.0.0.0", 8443));
  EXPECT_EQ(config.admin_listen, env::Address("127.0.0.1", 9464));
  EXPECT_EQ(config.admission, policy::Admission::kOpen);
  EXPECT_EQ(config.store_backend, StoreBackend::kSegments);
  EXPECT_EQ(config.stop_time_max, std::chrono::seconds(10));
  EXPECT_EQ(config.log_level, env::LogLevel::kInfo);
  EXPECT_TRUE(config.peers.empty());
}

TEST(Config, TakesEveryKey) {
  const Config config = parsed(R"([relay]
operator = "Редакция «Там»"
country = "GE"
label = "GE"
listen = "[::1]:7001"
public_addresses = ["ge.example:443", "192.0.2.1:7001"]
[link]
path = "/about/contact.html"
[projects]
admission = "listed"
list = [")" + project_id() + R"("]
[store]
folder = "/srv/data"
backend = "memory"
[tls]
certificate = "own.pem"
key = "own.key"
[limits]
connections = 50
stop_time = "1m"
[admin]
listen = ""
[log]
level = "debug"
[[peer]]
address = ")" + peer_line(1) + R"("
[[peer]]
address = ")" + peer_line(2) + "\"\n");
  EXPECT_EQ(config.operator_name, "Редакция «Там»");
  EXPECT_EQ(config.country, "GE");
  EXPECT_EQ(config.label, "GE");
  EXPECT_EQ(config.listen, env::Address("::1", 7001));
  ASSERT_EQ(config.public_addresses.size(), 2U);
  EXPECT_EQ(config.public_addresses[1], env::Address("192.0.2.1", 7001));
  EXPECT_EQ(config.link_path, "/about/contact.html");
  EXPECT_EQ(config.admission, policy::Admission::kListed);
  ASSERT_EQ(config.projects.size(), 1U);
  EXPECT_EQ(config.data_folder, "/srv/data");
  EXPECT_EQ(config.store_backend, StoreBackend::kMemory);
  EXPECT_EQ(config.tls_certificate, "own.pem");
  EXPECT_EQ(config.tls_key, "own.key");
  EXPECT_EQ(config.connections_max, 50);
  EXPECT_EQ(config.stop_time_max, std::chrono::seconds(60));
  EXPECT_EQ(config.admin_listen, std::nullopt);
  EXPECT_EQ(config.log_level, env::LogLevel::kDebug);
  ASSERT_EQ(config.peers.size(), 2U);
  EXPECT_EQ(config.peers[1].text(), peer_line(2));
}

struct WrongConfig {
  std::string toml;
  std::string message;
};

TEST(Config, SaysLineKeyAndRemedyOfEachFault) {
  const std::vector<WrongConfig> cases{
      {"[limits]\nconections = 5", "relay.toml:2: limits.conections: unknown key; did you mean limits.connections?"},
      {"listen = \"0.0.0.0:1\"", "relay.toml:1: listen: unknown key; did you mean relay.listen?"},
      {"[relay]\nlog_level = \"debug\"", "relay.toml:2: relay.log_level: unknown key; did you mean log.level?"},
      {"[telemetry]\nendpoint = \"x\"",
       "relay.toml:2: telemetry.endpoint: unknown key; `tamizdat-relay --print-config` shows all keys"},
      {"[relay]\n\ncountry = \"UK\"",
       "relay.toml:3: relay.country: 'UK' is no country code of ISO 3166-1: write two capital letters, as in \"GE\""},
      {"[relay]\nlisten = \"0.0.0.0\"", "relay.toml:2: relay.listen: '0.0.0.0' is not an address: write host:port"},
      {"[relay]\npublic_addresses = [\"GE.example:443\"]",
       "relay.toml:2: relay.public_addresses: 'GE.example' is neither a host name in lower case nor an IP address"},
      {"[relay]\npublic_addresses = \"ge.example:443\"",
       "relay.toml:2: relay.public_addresses: must be a list of texts"},
      {"[relay]\noperator = \"two\\nlines\"",
       "relay.toml:2: relay.operator: is longer than 200 bytes or one line"},
      {"[link]\npath = \"secret\"",
       "relay.toml:2: link.path: 'secret' is no path: begin with '/' and use letters, digits and -._~/ only"},
      {"[link]\npath = \"/v1\"",
       "relay.toml:2: link.path: '/v1' belongs to newsrooms and mirrors: take a path that does not begin with /v1"},
      {"[link]\npath = \"/v1/link\"",
       "relay.toml:2: link.path: '/v1/link' belongs to newsrooms and mirrors: take a path that does not begin with /v1"},
      {"[projects]\nadmission = \"closed\"", "relay.toml:2: projects.admission: 'closed' is none of: open, listed"},
      {"[projects]\nadmission = \"listed\"",
       "relay.toml:2: projects.list: is empty while admission is \"listed\": no project would be taken"},
      {"[projects]\nlist = [\"" + project_id() + "\"]",
       "relay.toml:2: projects.list: has no effect while admission is \"open\": write admission = \"listed\""},
      {"[projects]\nlist = [\"" + relay_id(1) + "\"]",
       "relay.toml:2: projects.list: this is an id of kind 'relay', where the id of a project (tzproject1...) belongs"},
      {"[store]\nfolder = \"\"", "relay.toml:2: store.folder: is empty: name a path"},
      {"[limits]\nconnections = 5", "relay.toml:2: limits.connections: 5 is out of range: 16 to 100000"},
      {"[limits]\nconnections = \"50\"", "relay.toml:2: limits.connections: must be a whole number"},
      {"[limits]\nstop_time = 10", "relay.toml:2: limits.stop_time: must be a text in quotes"},
      {"[limits]\nstop_time = \"1 week\"",
       "relay.toml:2: limits.stop_time: '1 week' is no time span: write a whole number and s, m, h or d, as in \"72h\""},
      {"[limits]\nstop_time = \"1h\"", "relay.toml:2: limits.stop_time: 1h is out of range: 1s to 10m"},
      {"[admin]\nlisten = \"0.0.0.0:8443\"",
       "relay.toml:2: admin.listen: is the same as relay.listen: take another port"},
      {"[peer]\naddress = \"" + peer_line(1) + "\"",
       "relay.toml:2: peer.address: belongs below [[peer]], with two brackets"},
      {"[[peer]]\nadress = \"" + peer_line(1) + "\"",
       "relay.toml:1: peer: has no address\nrelay.toml:2: peer.adress: unknown key; did you mean peer.address?"},
      {"[[peer]]\naddress = \"" + peer_line(1) + " \"",
       "relay.toml:2: peer.address: this is no relay address of version 1: copy the whole line that "
       "`tamizdat-relay address` prints"},
      {"[[peer]]\naddress = \"" + peer_line(1) + "\"\n[[peer]]\naddress = \"" + peer_line(1) + "\"",
       "relay.toml:4: peer.address: the relay " + relay_id(1) + " is named twice"},
      {"peer = [\"" + peer_line(1) + "\"]",
       "relay.toml:1: peer: write each peer as [[peer]] with a line address = \"...\" below it"},
      {"[relay]\nlabel = \"a\"\nlabel = \"b\"",
       "relay.toml:3: this is not TOML: Error while parsing key-value pair: cannot redefine existing string 'label'"},
  };
  for (const auto& wrong : cases) EXPECT_EQ(faults_of(wrong.toml), wrong.message) << wrong.toml;
}

TEST(Config, TellsAllFaultsAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(faults_of("[log]\nlevel = \"loud\"\n[admin]\nport = 1\n[relay]\ncountry = 7\n"),
            "relay.toml:2: log.level: 'loud' is none of: debug, info, warning, error\n"
            "relay.toml:4: admin.port: unknown key; `tamizdat-relay --print-config` shows all keys\n"
            "relay.toml:6: relay.country: must be a text in quotes");
}

TEST(Config, SurvivesBeingPrintedAndReadAgain) {
  Config config = default_config();
  config.operator_name = "quote \" backslash \\ tab\x7f";
  config.public_addresses = {env::Address("ge.example", 443)};
  config.peers = {*sync::RelayAddress::parse(peer_line(1)), *sync::RelayAddress::parse(peer_line(2))};
  config.admin_listen = std::nullopt;
  config.connections_max = 77;
  const std::string printed = print_config(config);
  const Config again = parsed(printed);
  EXPECT_EQ(again.operator_name, config.operator_name);
  EXPECT_EQ(again.peers, config.peers);
  EXPECT_EQ(again.connections_max, 77);
  EXPECT_EQ(again.admin_listen, std::nullopt);
  EXPECT_EQ(print_config(again), printed);
}

TEST(Config, EveryDefaultIsWhatThePrintedDefaultsSay) {
  const Config config = default_config();
  for (const Setting& setting : settings()) EXPECT_EQ(setting.write(config), setting.fallback) << setting.key;
  EXPECT_EQ(print_config(parsed(print_config(config))), print_config(config));
}

// tamizdat-relay --print-manual writes the table anew.
TEST(Config, TheOperatorsGuideEndsWithTheTableOfAllKeys) {
  std::ifstream in(TAMIZDAT_TEST_DATA "/../../deploy/README.md");
  const std::string guide{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_TRUE(guide.ends_with("\n\n" + print_manual())) << print_manual();
}

TEST(Config, EveryKeyHasARangeAndASentence) {
  for (const Setting& setting : settings()) {
    EXPECT_FALSE(setting.range.empty()) << setting.key;
    EXPECT_TRUE(setting.sentence.ends_with('.')) << setting.key;
    EXPECT_EQ(find_setting(setting.key), &setting);
  }
}

TEST(Config, APathIsSeenFromTheFolderOfTheFile) {
  Config config = default_config();
  config.folder = "/srv/relay";
  EXPECT_EQ(config.at(config.data_folder), "/srv/relay/data");
  EXPECT_EQ(config.at("/elsewhere"), "/elsewhere");
}

TEST(Config, AMissingFileNamesItself) {
  const auto config = load_config("/nowhere/relay.toml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, kConfigMissing);
  EXPECT_EQ(config.error().text,
            "cannot read /nowhere/relay.toml: No such file or directory: give the folder that `tamizdat-relay init` made");
}

TEST(Countries, KnowsTheCodesAndNotTheSlips) {
  for (const auto* code : {"AD", "GE", "RS", "DE", "RU", "GB", "ZW"}) EXPECT_TRUE(is_country_code(code)) << code;
  for (const auto* code : {"", "UK", "ge", "GEO", "D ", " D", "XX", "E "}) EXPECT_FALSE(is_country_code(code)) << code;
}

}  // namespace
}  // namespace tamizdat::daemon
