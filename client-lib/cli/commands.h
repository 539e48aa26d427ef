// What each subcommand does once its arguments are parsed. Each prints its data (text or one JSON object) and gives the
// exit code.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <tamizdat/desk.h>
#include <tamizdat/reader.h>

#include "client-lib/cli/console.h"

namespace tamizdat::cli {

// What the arguments said; every command reads its own part.
struct Arguments {
  std::string home;
  std::string proxy;
  bool json = false;

  std::string passphrase_file;
  std::string root_passphrase_file;
  bool passphrase_stdin = false;

  client::ProjectDraft draft;
  std::vector<std::string> relay_words;  // an address line, perhaps not quoted
  std::vector<std::string> relays;       // --relay
  bool offline = false;
  bool unwitnessed = false;
  bool ask_relays = false;  // about the charter
  bool all_attachments = false;
  bool no_wait = false;  // for copies
  std::string entry;     // that status is asked about
  bool audit = false;

  std::string place;                                        // file, folder or address
  std::vector<std::pair<std::string, std::string>> fields;  // of the article
  std::vector<client::AttachmentSource> attachments;        // of the article
  client::ImportOptions import;
  std::string embargo;        // of the article, until when
  std::string plain_embargo;
  std::vector<std::string> letter_recipients;
  unsigned letter_days = 14;
  bool dry_run = false;
  bool watch = false;

  std::string project;
  std::vector<std::string> regions;
  std::vector<std::string> languages;
  std::string out;
  bool bring_attachments = true;

  client::DeskOptions desk_options(Console& console) const { return {home, proxy, console.progress()}; }
  client::SendOptions send_options() const { return {relays, offline, all_attachments}; }
};

struct Context {
  const Arguments& arguments;
  Console& console;
  client::Edges& edges;
};

int project_create(const Context& context);
int project_show(const Context& context);
int relay_add(const Context& context);
int relay_list(const Context& context);
int relay_remove(const Context& context);
int publish(const Context& context);
int import_source(const Context& context);
// The end of import_source for --watch: until Ctrl-C or SIGTERM.
int watch(const Context& context, const client::ImportOptions& options, const client::Passphrase& passphrase,
          client::Desk& desk);
int send(const Context& context);
int status(const Context& context);
// A relay was, and it refused nothing.
bool is_any_reached(const client::PublishReport& report);
// After a delivery: waits until relays have signed for as many copies as the project wants, and says what changes.
void wait_for_copies(const Context& context, client::Desk& desk, client::PublishReport& report);
// The same with a pause that is there already, and less time.
void wait_for_copies(const Context& context, client::Desk& desk, client::PublishReport& report, client::Pause& pause,
                     std::chrono::seconds limit);
int fetch(const Context& context);
int verify(const Context& context);

// The desk in the home that the arguments name.
client::Outcome<client::Desk> open_desk(const Context& context, bool make_home = false);
int exit_code(client::ProblemKind kind);
// 0 if what was signed lies safely on one relay at least, or was never meant to be sent now. A lie is always an error.
int code_of_delivery(const Context& context, const client::PublishReport& report);
// Prints what was signed and where it lies, and gives code_of_delivery().
int print_delivery(const Context& context, const client::PublishReport& report);

// Prints what went wrong; its kind is the exit code.
int report_problem(const Context& context, const client::Problem& problem);

// The desk's passphrase from where the arguments say, else asked for. `question`: "Passphrase of the desk key".
client::Outcome<client::Passphrase> ask_passphrase(const Context& context, const std::string& file,
                                                   std::string_view question);

// The same, typed twice where it is asked for: it is new.
client::Outcome<client::Passphrase> ask_new_passphrase(const Context& context, const std::string& file,
                                                       std::string_view question);

}  // namespace tamizdat::cli
