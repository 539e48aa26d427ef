#include "client-lib/cli/verbs.h"

namespace tamizdat::cli {
namespace {

class ExampleFirst : public CLI::Formatter {
 public:
  explicit ExampleFirst(std::string example) : example_(std::move(example)) { column_width(34); }
  std::string make_description(const CLI::App* app) const override {
    return "Example:\n" + example_ + "\n" + CLI::Formatter::make_description(app);
  }

 private:
  std::string example_;
};

}  // namespace

void set_example(CLI::App& app, std::string example) {
  app.formatter(std::make_shared<ExampleFirst>(std::move(example)));
}

CLI::App& Verbs::add(CLI::App& parent, const char* name, const char* description, const char* example, Command command) {
  CLI::App* const sub = parent.add_subcommand(name, description);
  set_example(*sub, example);
  sub->add_flag("--json", arguments_.json, "Print one JSON object instead of text");
  sub->callback([this, command = std::move(command)] { chosen_ = command; });
  return *sub;
}

CLI::App& Verbs::add_group(const char* name, const char* description, const char* example) {
  CLI::App& group = *app_.add_subcommand(name, description);
  set_example(group, example);
  group.require_subcommand(1);
  return group;
}

void Verbs::add_home(CLI::App& sub) {
  sub.add_option("--home", arguments_.home, "Folder of the desk (default: $XDG_DATA_HOME/tamizdat)")->type_name("DIR");
}

CLI::Option* Verbs::add_list(CLI::App& sub, const char* name, std::vector<std::string>& values, const char* description) {
  return sub.add_option(name, values, description)->allow_extra_args(false);
}

void Verbs::add_network(CLI::App& sub, const char* relays) {
  add_list(sub, "--relay", arguments_.relays, relays)->type_name("LINE");
  sub.add_option("--proxy", arguments_.proxy, "Such as socks5h://127.0.0.1:9050 for Tor")->type_name("URL");
}

void Verbs::add_passphrase(CLI::App& sub) {
  auto* const file = sub.add_option("--passphrase-file", arguments_.passphrase_file,
                                    "First line of this file instead of asking")
                         ->type_name("FILE");
  sub.add_flag("--passphrase-stdin", arguments_.passphrase_stdin, "First line of standard input instead of asking")
      ->excludes(file);
}

void Verbs::add_no_wait(CLI::App& sub) {
  sub.add_flag("--no-wait", arguments_.no_wait, "Do not wait until the project's relays have signed for enough copies");
}

void Verbs::add_offline(CLI::App& sub) {
  sub.add_flag("--offline", arguments_.offline,
               "Sign even if no relay can be asked: only if this home is surely the newest copy of the desk");
}

}  // namespace tamizdat::cli
