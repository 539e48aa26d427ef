// How a subcommand comes into being, and the options that many of them share. A file with a verb of its own has one
// function that takes a Verbs, adds its subcommands with their options, and leaves behind what runs them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "client-lib/cli/commands.h"

namespace tamizdat::cli {

// Gives the exit code.
using Command = std::function<int(const Context&)>;

class Verbs {
 public:
  Verbs(CLI::App& app, Arguments& arguments) : app_(app), arguments_(arguments) {}

  // The program itself, to which verbs are added.
  CLI::App& app() { return app_; }
  Arguments& arguments() { return arguments_; }
  // What the arguments chose; empty before they are parsed.
  const Command& chosen() const { return chosen_; }

  // A subcommand that does something; it has --json.
  CLI::App& add(CLI::App& parent, const char* name, const char* description, const char* example, Command command);
  // One that only has further subcommands, of which one must be named.
  CLI::App& add_group(const char* name, const char* description, const char* example);
  // A place for what the options of a verb say, for as long as the command line lives.
  template <typename T>
  T& keep() {
    auto kept = std::make_shared<T>();
    kept_.push_back(kept);
    return *kept;
  }

  void add_home(CLI::App& sub);
  // An option that may be given several times, each with one value: the next word is not its own.
  CLI::Option* add_list(CLI::App& sub, const char* name, std::vector<std::string>& values, const char* description);
  void add_network(CLI::App& sub, const char* relays = "Address line of a relay, besides those of the desk");
  void add_passphrase(CLI::App& sub);
  void add_offline(CLI::App& sub);
  void add_no_wait(CLI::App& sub);

 private:
  CLI::App& app_;
  Arguments& arguments_;
  Command chosen_;
  std::vector<std::shared_ptr<void>> kept_;
};

// The example comes first in a help text: most people who ask for help want to copy a line.
void set_example(CLI::App& app, std::string example);

// Verbs with a file of their own.
void add_retract(Verbs& verbs);

}  // namespace tamizdat::cli
