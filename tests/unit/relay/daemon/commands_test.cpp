#include "relay/daemon/commands.h"

#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "proto/sync/relay_address.h"
#include "relay/daemon/config_file.h"
#include "relay/daemon/config_text.h"
#include "relay/daemon/installation.h"
#include "relay/os/files.h"
#include "relay/os/tls_identity.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::daemon {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;
};

Outcome run(std::vector<std::string> words) {
  words.insert(words.begin(), "tamizdat-relay");
  std::vector<const char*> argv;
  for (const auto& word : words) argv.push_back(word.c_str());
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_command_line(static_cast<int>(argv.size()), argv.data(), out, err);
  return {code, out.str(), err.str()};
}

class CommandsTest : public testing::Test {
 protected:
  std::string relay() const { return (folder_.path() / "relay").string(); }
  std::string file(const std::string& name) const { return relay() + "/" + name; }
  void init(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"init", relay()};
    words.insert(words.end(), more.begin(), more.end());
    const auto done = run(words);
    ASSERT_EQ(done.exit_code, 0) << done.err;
  }
  static std::string content(const fs::path& path) { return *os::read_file(path, 1 << 20); }

  tests::TemporaryFolder folder_;
};

TEST_F(CommandsTest, InitMakesARelayThatCheckConfigFindsInOrder) {
  init({"--set", "relay.country=GE", "--set", "relay.operator=Press \"Fund\"", "--set", "limits.connections=50", "--set",
        "relay.public_addresses=ge.example:443,192.0.2.1:7001"});
  const auto config = load_config(relay());
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->country, "GE");
  EXPECT_EQ(config->operator_name, "Press \"Fund\"");
  EXPECT_EQ(config->connections_max, 50);
  EXPECT_EQ(config->public_addresses.size(), 2U);
  EXPECT_EQ(config->folder, relay());
  const auto checked = run({"check-config", relay()});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_EQ(checked.out, "in order: " + load_public_keys(relay())->relay_id().text() + "\n");
  EXPECT_EQ(checked.err, "warning: there is no [[peer]]: this relay exchanges with nobody\n");
}

TEST_F(CommandsTest, SecretsOfANewRelayAreReadableByTheirOwnerOnly) {
  init();
  const auto owner_only = fs::perms::owner_read | fs::perms::owner_write;
  for (const auto* secret : {"relay.toml", "keys/identity.key", "keys/witness.key", "keys/mirror.key", "tls/key.pem"})
    EXPECT_EQ(fs::status(file(secret)).permissions(), owner_only) << secret;
}

TEST_F(CommandsTest, InitDrawsThePassphraseBesideTheFolderAndSaysSo) {
  const auto done = run({"init", relay()});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string passphrase_file = relay() + ".passphrase";
  EXPECT_EQ(done.err, "The passphrase of its keys was drawn just now and lies in " + passphrase_file + ". Keep a copy of that file and one of " +
                          file("keys") + ", each in another place: without both nobody starts this relay again, and whoever has both is this relay.\n"
                          "A new relay lies in " + relay() + ". Read " + file("relay.toml") + ", then: tamizdat-relay check-config " + relay() + "\n");
  EXPECT_EQ(fs::status(passphrase_file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(load_config(relay())->passphrase_file, passphrase_file);
  EXPECT_EQ(done.err.find(content(passphrase_file).substr(0, 8)), std::string::npos);
}

TEST_F(CommandsTest, InitTakesAPassphraseThatIsThere) {
  const std::string passphrase_file = (folder_.path() / "passphrase").string();
  ASSERT_TRUE(os::write_file(passphrase_file, "snow falls\n", os::FileMode::kPrivate));
  const auto done = run({"init", relay(), "--passphrase-file", passphrase_file});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(done.err.starts_with("The passphrase of its keys is the one in " + passphrase_file + ".")) << done.err;
  EXPECT_EQ(content(passphrase_file), "snow falls\n");
  EXPECT_FALSE(fs::exists(relay() + ".passphrase"));
  EXPECT_TRUE(open_keys(*load_config(relay()), ""));
  // Nothing is begun with one that cannot be used.
  fs::permissions(passphrase_file, fs::perms::group_read, fs::perm_options::add);
  const std::string other = (folder_.path() / "other").string();
  EXPECT_EQ(run({"init", other, "--passphrase-file", passphrase_file}).exit_code, 1);
  EXPECT_FALSE(fs::exists(other + "/keys"));
  EXPECT_FALSE(fs::exists(other + "/relay.toml"));
}

TEST_F(CommandsTest, CommandsThatOpenTheKeysTakeAnotherPassphraseFile) {
  init();
  const std::string moved = (folder_.path() / "moved").string();
  fs::rename(relay() + ".passphrase", moved);
  const auto missing = run({"check-config", relay()});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_TRUE(missing.err.starts_with("there is no passphrase file " + relay() + ".passphrase")) << missing.err;
  EXPECT_EQ(run({"check-config", relay(), "--passphrase-file", moved}).exit_code, 0);
  EXPECT_EQ(run({"run", relay()}).exit_code, 3);
  ASSERT_TRUE(os::write_file(moved, "snow falls\n", os::FileMode::kPrivate));
  const auto wrong = run({"run", relay(), "--passphrase-file", moved});
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_EQ(wrong.err, "the passphrase in " + moved + " is wrong for the keys in " + file("keys") +
                           ": put the file back that belongs to them, or name it with --passphrase-file\n");
}

TEST_F(CommandsTest, AddressNeedsNoPassphrase) {
  init({"--set", "relay.public_addresses=ge.example:443"});
  fs::remove(relay() + ".passphrase");
  EXPECT_EQ(run({"address", relay()}).exit_code, 0);
}

TEST_F(CommandsTest, PassphraseSealsTheKeysAnew) {
  init();
  const std::string old_file = relay() + ".passphrase", new_file = relay() + ".passphrase.new";
  const auto changed = run({"passphrase", relay(), "--new-passphrase-file", new_file});
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_EQ(changed.out, "The keys open with the passphrase in " + new_file + ", drawn just now.\n");
  EXPECT_NE(content(new_file), content(old_file));
  EXPECT_EQ(run({"check-config", relay()}).exit_code, 1);
  EXPECT_EQ(run({"check-config", relay(), "--passphrase-file", new_file}).exit_code, 0);
  EXPECT_EQ(run({"passphrase", relay(), "--new-passphrase-file", new_file}).out,
            "The keys open with the passphrase in " + new_file + " already: nothing was changed.\n");
  fs::rename(new_file, old_file);
  EXPECT_EQ(run({"check-config", relay()}).exit_code, 0);
  const auto same = run({"passphrase", relay(), "--new-passphrase-file", old_file});
  EXPECT_EQ(same.exit_code, 1);
  EXPECT_NE(same.err.find("name another file for the new one"), std::string::npos) << same.err;
  EXPECT_EQ(run({"passphrase", relay()}).exit_code, 2);
}

TEST_F(CommandsTest, TwoRelaysShareNeitherKeysNorLinkPath) {
  init();
  const std::string other = (folder_.path() / "other").string();
  ASSERT_EQ(run({"init", other}).exit_code, 0);
  EXPECT_NE(load_public_keys(relay())->relay_id(), load_public_keys(other)->relay_id());
  EXPECT_NE(load_config(relay())->link_path, load_config(other)->link_path);
  EXPECT_EQ(load_config(relay())->link_path.size(), 23U);
  EXPECT_NE(content(file("tls/key.pem")), content(other + "/tls/key.pem"));
}

TEST_F(CommandsTest, ASecondInitChangesNothing) {
  init();
  const std::string before = content(file("relay.toml")) + content(file("keys/identity.key")) + content(file("tls/key.pem"));
  const auto again = run({"init", relay()});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(again.err, file("relay.toml") + " exists already: nothing was changed. Choose another folder, or remove this "
                                            "file if no relay ever ran with it\n");
  fs::rename(file("relay.toml"), file("moved.toml"));
  EXPECT_EQ(run({"init", relay()}).exit_code, 1);
  fs::rename(file("moved.toml"), file("relay.toml"));
  EXPECT_EQ(content(file("relay.toml")) + content(file("keys/identity.key")) + content(file("tls/key.pem")), before);
}

TEST_F(CommandsTest, InitRefusesASettingThatTheFileWouldRefuse) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"relay.county=GE", "--set relay.county=GE: unknown key; did you mean relay.country?\n"},
      {"relay.country", "--set relay.country: write KEY=VALUE, as in relay.country=GE\n"},
      {"limits.connections=many", "--set limits.connections=many: must be a whole number\n"},
      {"limits.connections=1", "--set limits.connections=1: 1 is out of range: 16 to 100000\n"},
      {"relay.listen=here", "--set relay.listen=here: 'here' is not an address: write host:port\n"},
  };
  for (const auto& [setting, message] : cases) {
    const auto done = run({"init", relay(), "--set", setting});
    EXPECT_EQ(done.exit_code, 1);
    EXPECT_EQ(done.err, message);
  }
  EXPECT_FALSE(fs::exists(relay()));
}

TEST_F(CommandsTest, InitTakesTheOperatorsOwnCertificate) {
  init();
  const std::string other = (folder_.path() / "other").string();
  const std::string certificate = "tls.certificate=" + file("tls/certificate.pem");
  ASSERT_EQ(run({"init", other, "--set", certificate, "--set", "tls.key=" + file("tls/key.pem")}).exit_code, 0);
  EXPECT_FALSE(fs::exists(other + "/tls"));
  const std::string third = (folder_.path() / "third").string();
  EXPECT_EQ(run({"init", third, "--set", certificate, "--set", "tls.key=/nowhere/key.pem"}).exit_code, 1);
  EXPECT_FALSE(fs::exists(third + "/relay.toml"));
}

TEST_F(CommandsTest, AddressPrintsALineThatAPeerCanTake) {
  init({"--set", "relay.public_addresses=ge.example:443"});
  const auto printed = run({"address", relay()});
  ASSERT_EQ(printed.exit_code, 0) << printed.err;
  ASSERT_TRUE(printed.out.ends_with('\n'));
  const auto address = sync::RelayAddress::parse(printed.out.substr(0, printed.out.size() - 1));
  ASSERT_TRUE(address) << address.error().text;
  EXPECT_EQ(address->relay, load_public_keys(relay())->relay_id());
  EXPECT_EQ(address->host, "ge.example");
  EXPECT_EQ(address->port, 443);
  EXPECT_EQ(address->link_path, load_config(relay())->link_path);
  EXPECT_EQ(run({"address", file("relay.toml")}).out, printed.out);

  const std::string other = (folder_.path() / "other").string();
  ASSERT_EQ(run({"init", other, "--set", "peer.address=" + address->text()}).exit_code, 0);
  EXPECT_EQ(load_config(other)->peers.at(0), *address);
}

TEST_F(CommandsTest, AddressFallsBackToAListeningAddressThatCanBeCalled) {
  init({"--set", "relay.listen=127.0.0.1:7001"});
  EXPECT_NE(run({"address", relay()}).out.find(" 127.0.0.1:7001 "), std::string::npos);
  const std::string other = (folder_.path() / "other").string();
  ASSERT_EQ(run({"init", other}).exit_code, 0);
  const auto printed = run({"address", other});
  EXPECT_EQ(printed.exit_code, 1);
  EXPECT_EQ(printed.err,
            "the relay listens on 0.0.0.0:8443, which nobody can call: write the host and port that the world uses into "
            "relay.public_addresses\n");
}

TEST_F(CommandsTest, CheckConfigTellsAMissingKeyAndAnExposedOne) {
  init();
  fs::permissions(file("keys/mirror.key"), fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(run({"check-config", relay()}).exit_code, 1);
  fs::remove(file("keys/mirror.key"));
  const auto checked = run({"check-config", relay()});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.out, "");
  EXPECT_NE(checked.err.find(file("keys/mirror.key")), std::string::npos) << checked.err;
}

TEST_F(CommandsTest, CheckConfigWarnsOfACertificateThatEndsSoon) {
  init({"--set", "relay.country=GE"});
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  constexpr std::chrono::days kValidity{3650};  // of a generated one
  const std::vector<std::pair<std::chrono::days, std::string>> cases{
      {std::chrono::days(20), ""}, {std::chrono::days(13), "tls.certificate ends on "}, {std::chrono::days(-1), "tls.certificate ended on "}};
  for (const auto& [left, warning] : cases) {
    const auto identity = os::generate_certificate("ge.example", now - kValidity + left);
    ASSERT_TRUE(os::write_identity(*identity, file("tls/key.pem"), file("tls/certificate.pem")));
    const auto checked = run({"check-config", relay()});
    EXPECT_EQ(checked.exit_code, 0);
    EXPECT_EQ(checked.err.find("tls.certificate") != std::string::npos, !warning.empty()) << checked.err;
    EXPECT_NE(checked.err.find(warning), std::string::npos) << checked.err;
  }
}

TEST_F(CommandsTest, CheckConfigPrintsWhatIsInForce) {
  init({"--set", "limits.connections=50"});
  const auto printed = run({"check-config", relay(), "--print-config"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_EQ(printed.out, content(file("relay.toml")));
  EXPECT_NE(printed.out.find("\nconnections = 50\n"), std::string::npos);
}

TEST_F(CommandsTest, PrintsTheDefaultsAndTheManual) {
  EXPECT_EQ(run({"--print-config"}).out, print_config(default_config()));
  EXPECT_EQ(run({"--print-manual"}).out, print_manual());
}

TEST_F(CommandsTest, WrongUsageIsExitCodeTwo) {
  EXPECT_EQ(run({}).exit_code, 2);
  EXPECT_EQ(run({"address"}).exit_code, 2);
  EXPECT_EQ(run({"adress", relay()}).exit_code, 2);
  EXPECT_EQ(run({"init", relay(), "--force"}).exit_code, 2);
  EXPECT_EQ(run({"address", relay()}).exit_code, 1);
}

TEST_F(CommandsTest, HelpBeginsWithAnExample) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--help"}, {"init", "--help"}, {"check-config", "--help"}, {"address", "--help"}}) {
    const auto help = run(words);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_TRUE(help.out.starts_with("Example:\n  tamizdat-relay ")) << help.out;
    EXPECT_EQ(help.err, "");
  }
}

}  // namespace
}  // namespace tamizdat::daemon
