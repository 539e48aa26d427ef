#include "relay/daemon/commands.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "proto/keys/passphrase_line.h"
#include "relay/daemon/config_file.h"
#include "relay/daemon/config_text.h"
#include "relay/daemon/init.h"
#include "relay/daemon/installation.h"
#include "relay/daemon/own_address.h"
#include "relay/daemon/passphrase_command.h"
#include "relay/daemon/run.h"
#include "relay/daemon/store_commands.h"
#include "relay/daemon/withholding_commands.h"
#include "relay/os/control_socket.h"
#include "relay/os/sodium_random.h"

namespace tamizdat::daemon {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kKeysShut = 3;  // the passphrase is missing, exposed or wrong: no start without a person mends it
constexpr std::chrono::days kRenewalTime{14};  // authorities that renew by themselves do it 30 days before the end
constexpr env::milliseconds kReloadMax{60'000};  // it reads a few small files

bool is_about_passphrase(const Error& error) {
  constexpr std::array kCodes{kPassphraseMissing, kPassphraseUnsafe, keys::kPassphraseEmpty, keys::kPassphraseTooLong, keys::kPassphraseWrong};
  return std::ranges::find(kCodes, error.code) != kCodes.end();
}

struct Help {
  const char* sentence;
  const char* example;
};

constexpr Help kHelp{"A relay of Tamizdat: it takes signed articles, exchanges them with other relays and serves readers.",
                     "  tamizdat-relay init /srv/relay --set relay.country=GE "
                     "--set relay.public_addresses=relay.example:443\n"
                     "  tamizdat-relay address /srv/relay"};
constexpr Help kInitHelp{"Make a folder with relay.toml, three keys, a TLS certificate and a secret link path, and beside it a file with "
                         "the passphrase of the keys.",
                         "  tamizdat-relay init /srv/relay --set relay.operator=\"Press Fund\" --set relay.country=GE"};
constexpr Help kCheckHelp{"Read relay.toml, the keys and the certificate, and say what is wrong with them.",
                          "  tamizdat-relay check-config /srv/relay"};
constexpr Help kRunHelp{"Serve readers, newsrooms and peers until SIGTERM or SIGINT; log to stderr.",
                        "  tamizdat-relay run /srv/relay"};
constexpr Help kReloadHelp{"Have the running relay take up a changed relay.toml or a renewed certificate: all of it, or, if "
                           "anything is wrong, nothing. SIGHUP does the same.",
                           "  tamizdat-relay reload /srv/relay"};
constexpr Help kVerifyHelp{"Read a store back and check every checksum, hash and signature in it. It changes nothing. The "
                           "relay must not run; a backup can be verified beside it.",
                           "  tamizdat-relay verify-store /srv/relay\n  tamizdat-relay verify-store /mnt/backup"};
constexpr Help kReindexHelp{"Make the index anew from the articles. The relay must not run.",
                            "  tamizdat-relay reindex /srv/relay"};
constexpr Help kCompactHelp{"Give the space of erased articles back to the disk, now and all of it. The relay must not run; a running one "
                            "does it by itself where it is worth the work.",
                            "  tamizdat-relay compact /srv/relay"};
constexpr Help kBackupHelp{"Copy the articles into the folder TARGET, also while the relay runs; what an earlier backup left "
                           "there is kept. Keys, certificate and relay.toml are not in it: keep them elsewhere.",
                           "  tamizdat-relay backup /srv/relay /mnt/backup"};
constexpr Help kWithholdHelp{"Do not serve ENTRY any more: a signed public notice in its place says which country's law it is, why, and "
                             "where else the text lies. ENTRY is an id, or the address of a page: /a/... is the article with all its "
                             "versions, /v/... that version. Peers are still given it, the text stays on disk, and --lift serves it "
                             "again. The relay may run or not.",
                             "  tamizdat-relay withhold /srv/relay https://relay.example/a/tzentry1... --country GE --reason \"Tbilisi City "
                             "Court, 20 November 2026\"\n  tamizdat-relay withhold /srv/relay tzentry1... --lift"};
constexpr Help kWithholdingsHelp{"List what is withheld here: since when, in which country's name, and why.",
                                 "  tamizdat-relay withholdings /srv/relay"};
constexpr Help kPassphraseHelp{"Seal the keys anew, under another passphrase. The relay may run or not. What was cut short is finished by the "
                               "same command again.",
                               "  tamizdat-relay passphrase /srv/relay --new-passphrase-file /srv/relay.passphrase.new"};
constexpr Help kAddressHelp{"Print the one line by which other relays and newsrooms reach this relay.",
                            "  tamizdat-relay address /srv/relay"};

// CLI11's help with the example, which is kept as the footer, in front.
class ExampleFirst final : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    return "Example:\n" + app->get_footer() + "\n\n" + app->get_description() + "\n";
  }
  std::string make_footer(const CLI::App*) const override { return ""; }
};

// What is allowed but seldom meant, and what will need a hand soon.
std::vector<std::string> warnings_of(const Installation& installation, Timestamp now) {
  const Config& config = installation.config;
  std::vector<std::string> warnings;
  const auto end = os::certificate_end(installation.tls.certificate_pem);
  if (end && *end < now + kRenewalTime)
    warnings.push_back("tls.certificate " + std::string(*end < now ? "ended" : "ends") + " on " + to_rfc3339(*end).substr(0, 10) +
                       ": renew it with the same key, then `tamizdat-relay reload`; until then browsers warn their readers");
  if (config.country.empty()) warnings.emplace_back("relay.country is empty: no newsroom counts this relay as a copy");
  if (config.peers.empty()) warnings.emplace_back("there is no [[peer]]: this relay exchanges with nobody");
  if (config.store_backend == StoreBackend::kMemory)
    warnings.emplace_back("store.backend is \"memory\": everything is forgotten when the relay stops");
  return warnings;
}

class Commands {
 public:
  Commands(std::ostream& out, std::ostream& err) : out_(out), err_(err) {}

  int init(const InitOrder& order) const {
    os::SodiumRandom random;
    const auto made = init_relay(order, random, now());
    if (!made) return failed(made.error());
    const Config& config = made->config;
    err_ << "The passphrase of its keys " << (made->is_passphrase_drawn ? "was drawn just now and lies" : "is the one") << " in "
         << config.at(config.passphrase_file).string() << ". Keep a copy of that file and one of "
         << keys_folder(order.folder).string() << ", each in another place: without both nobody starts this relay again, and whoever has both is this relay.\n";
    err_ << "A new relay lies in " << order.folder.string() << ". Read " << (order.folder / kConfigFileName).string()
         << ", then: tamizdat-relay check-config " << order.folder.string() << '\n';
    return 0;
  }

  int check_config(const RelayPlace& relay, bool print) const {
    const auto installation = load_installation(relay.place);
    if (!installation) return failed(installation.error());
    if (const auto keys = open_keys(installation->config, relay.passphrase_file); !keys) return failed(keys.error());
    warn_of(*installation);
    if (print) {
      out_ << print_config(installation->config);
    } else {
      out_ << "in order: " << installation->keys.relay_id().text() << '\n';
    }
    return 0;
  }

  int run(const RelayPlace& relay) const {
    auto installation = load_installation(relay.place);
    if (!installation) return failed(installation.error());
    auto keys = open_keys(installation->config, relay.passphrase_file);
    if (!keys) {
      failed(keys.error());
      return is_about_passphrase(keys.error()) ? kKeysShut : kFailed;
    }
    warn_of(*installation);
    const auto served = run_relay(*std::move(installation), *std::move(keys));
    return served ? 0 : failed(served.error());
  }

  int reload(const std::filesystem::path& place) const {
    const auto config = load_config(place);
    const auto done = config ? os::ask_running_relay(config->at(config->data_folder), "reload", kReloadMax)
                             : Result<std::string>(tl::unexpected(config.error()));
    if (!done) {
      err_ << done.error().text << "\nThe relay was not changed.\n";
      return kFailed;
    }
    out_ << "reloaded: " << *done << '\n';
    return 0;
  }

  int address(const std::filesystem::path& place) const {
    const auto installation = load_installation(place);
    if (!installation) return failed(installation.error());
    const auto line =
        own_address(installation->config, installation->keys.relay_id(), installation->tls.certificate_pem);
    if (!line) return failed(line.error());
    out_ << line->text() << '\n';
    return 0;
  }

 private:
  static Timestamp now() { return std::chrono::floor<seconds>(std::chrono::system_clock::now()); }

  void warn_of(const Installation& installation) const {
    for (const auto& warning : warnings_of(installation, now())) err_ << "warning: " << warning << '\n';
  }

  int failed(const Error& error) const {
    err_ << error.text << '\n';
    return kFailed;
  }

  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace

int run_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  const Commands commands(out, err);
  std::function<int()> chosen;  // what the parsed command line asks for

  CLI::App app(kHelp.sentence, "tamizdat-relay");
  app.footer(kHelp.example);
  app.formatter(std::make_shared<ExampleFirst>());
  const auto add_command = [&](const char* name, const Help& help) {
    auto* command = app.add_subcommand(name, help.sentence);
    command->footer(help.example);
    return command;
  };
  bool print_defaults = false;
  bool print_keys = false;
  app.add_flag("--print-config", print_defaults, "Print a relay.toml with every key, its meaning and default");
  app.add_flag("--print-manual", print_keys, "Print the table of all keys in Markdown");

  std::string place, passphrase_file;
  const auto add_place = [&](CLI::App* command) {
    command->add_option("DIR", place, "The folder that `init` made, or its relay.toml")->required();
  };
  const auto add_passphrase_file = [&](CLI::App* command) {
    command->add_option("--passphrase-file", passphrase_file, "The file with the passphrase of the keys, in the place of the one that relay.toml names");
  };
  const auto relay = [&] { return RelayPlace{place, passphrase_file}; };

  InitOrder order;
  std::string init_folder;
  auto* init = add_command("init", kInitHelp);
  init->add_option("DIR", init_folder, "The folder to make")->required();
  init->add_option("--set", order.settings, "KEY=VALUE of relay.toml; may be given many times")
      ->allow_extra_args(false)
      ->take_all();
  init->add_option("--passphrase-file", passphrase_file,
                   "The file with the passphrase of the keys, which is drawn if it is not there; otherwise DIR.passphrase");
  init->callback([&] {
    order.folder = init_folder;
    order.passphrase_file = passphrase_file;
    chosen = [&] { return commands.init(order); };
  });

  bool print_effective = false;
  auto* check = add_command("check-config", kCheckHelp);
  add_place(check);
  add_passphrase_file(check);
  check->add_flag("--print-config", print_effective, "Print the configuration in force, defaults filled in");
  check->callback([&] { chosen = [&] { return commands.check_config(relay(), print_effective); }; });

  auto* run = add_command("run", kRunHelp);
  add_place(run);
  add_passphrase_file(run);
  run->callback([&] { chosen = [&] { return commands.run(relay()); }; });

  auto* reload = add_command("reload", kReloadHelp);
  add_place(reload);
  reload->callback([&] { chosen = [&] { return commands.reload(place); }; });

  auto* address = add_command("address", kAddressHelp);
  add_place(address);
  address->callback([&] { chosen = [&] { return commands.address(place); }; });

  std::string new_passphrase_file;
  auto* passphrase = add_command("passphrase", kPassphraseHelp);
  add_place(passphrase);
  add_passphrase_file(passphrase);
  passphrase->add_option("--new-passphrase-file", new_passphrase_file, "The file with the new passphrase, which is drawn if it is not there")->required();
  passphrase->callback([&] { chosen = [&] { return give_another_passphrase(relay(), new_passphrase_file, out, err); }; });

  auto* verify = add_command("verify-store", kVerifyHelp);
  verify->add_option("DIR", place, "The relay's folder, its relay.toml, or a backup")->required();
  verify->callback([&] { chosen = [&] { return verify_store(place, out, err); }; });

  auto* reindex = add_command("reindex", kReindexHelp);
  add_place(reindex);
  reindex->callback([&] { chosen = [&] { return reindex_store(place, out, err); }; });

  auto* compact = add_command("compact", kCompactHelp);
  add_place(compact);
  compact->callback([&] { chosen = [&] { return compact_store(place, out, err); }; });

  std::string target;
  auto* backup = add_command("backup", kBackupHelp);
  add_place(backup);
  backup->add_option("TARGET", target, "The folder to copy to; it is made if it is missing")->required();
  backup->callback([&] { chosen = [&] { return back_up_store(place, target, out, err); }; });

  WithholdOrder withholding;
  auto* withhold_entry = add_command("withhold", kWithholdHelp);
  add_place(withhold_entry);
  add_passphrase_file(withhold_entry);
  withhold_entry->add_option("ENTRY", withholding.entry, "What is not to be served: an id, or the address of its page")->required();
  withhold_entry->add_option("--country", withholding.country, "Whose law it is, as two letters: GE");
  withhold_entry->add_option("--reason", withholding.reason, "Why, for readers: one line");
  withhold_entry->add_flag("--keep-from-peers", withholding.keep_from_peers, "Do not give the text to other relays either");
  withhold_entry->add_flag("--lift", withholding.lift, "Serve it again");
  withhold_entry->callback([&] { chosen = [&] { return withhold(relay(), withholding, out, err); }; });

  auto* withholdings = add_command("withholdings", kWithholdingsHelp);
  add_place(withholdings);
  add_passphrase_file(withholdings);
  withholdings->callback([&] { chosen = [&] { return list_withholdings(relay(), out, err); }; });

  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? 0 : kWrongUsage;
  }
  if (print_defaults) out << print_config(default_config());
  if (print_keys) out << print_manual();
  if (chosen) return chosen();
  if (print_defaults || print_keys) return 0;
  err << app.help();
  return kWrongUsage;
}

}  // namespace tamizdat::daemon
