#include "client-lib/cli/commands.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "client-lib/cli/charter_verbs.h"
#include "client-lib/cli/embargo_verbs.h"
#include "client-lib/cli/charter_warnings.h"
#include "client-lib/cli/letter_verbs.h"
#include "client-lib/cli/print.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;
using client::Desk;
using client::Problem;
using client::ProblemKind;
using client::RelayState;

// An address line has spaces, and not everybody quotes it.
std::string relay_line(const Arguments& arguments) {
  std::string out;
  for (const auto& word : arguments.relay_words) out += (out.empty() ? "" : " ") + word;
  return out;
}

auto is(RelayState state) {
  return [state](const client::RelayReport& relay) { return relay.state == state; };
}

}  // namespace

int exit_code(ProblemKind kind) { return static_cast<int>(kind); }

client::Outcome<Desk> open_desk(const Context& context, bool make_home) {
  return Desk::open(context.arguments.desk_options(context.console), make_home, context.edges);
}

int code_of_delivery(const Context& context, const client::PublishReport& report) {
  // After a delivery without trouble a relay lacks only what another command of this desk has signed since.
  const auto is_taken = [](const auto& relay) {
    return relay.state == RelayState::kHoldsAll ||
           (relay.state == RelayState::kLacks && relay.attachments_missing == 0);
  };
  const bool is_lie = std::ranges::any_of(report.relays, is(RelayState::kWrongKey));
  const bool is_done = report.relays.empty() || std::ranges::any_of(report.relays, is_taken);
  if (!is_lie && (is_done || context.arguments.offline)) return 0;
  if (!is_done) context.console.say("Nothing is lost: what was signed waits in the outbox. Send it with: tamizdat send");
  if (is_lie) return exit_code(ProblemKind::kNotVerified);
  return exit_code(std::ranges::all_of(report.relays, is(RelayState::kUnreachable)) ? ProblemKind::kUnreachable
                                                                                     : ProblemKind::kRefused);
}

namespace {

void warn_about_keys(const Context& context, const client::ProjectInfo& project) {
  Console& console = context.console;
  console.say("Root keys are in these files, and are not needed for publishing:");
  for (const auto& file : project.root_key_files) console.say("  " + file);
  console.say("Move each to another place, with another person (a stick in a safe), and keep none on this machine: "
              "whoever has " + std::to_string(project.threshold) + " of them and the passphrase rules the project.");
  if (project.root_keys.size() < 3 || project.threshold < 2)
    console.say("Warning: with " + std::to_string(project.root_keys.size()) + " root key(s) and a threshold of " +
                std::to_string(project.threshold) + ", one theft takes the project over, or one loss freezes it for ever. "
                "The default is 3 keys with a threshold of 2.");
}

// Before it is signed: afterwards it is everywhere.
void warn_as_is(const Context& context, const std::string& path) {
  context.console.say("Warning: " + path + " goes out as it is, with its name and all that is written inside: often who made "
                      "it, where, when, and on which device. Voices and faces stay what they are.");
}

}  // namespace

int print_delivery(const Context& context, const client::PublishReport& report) {
  if (context.arguments.json)
    print_json(context.console, to_json(report));
  else
    print(context.console, report);
  return code_of_delivery(context, report);
}

int report_problem(const Context& context, const Problem& problem) {
  context.console.complain(problem.text);
  if (context.arguments.json)
    print_json(context.console,
               {{"error", problem.code}, {"text", problem.text}, {"exit", exit_code(problem.kind)}});
  return exit_code(problem.kind);
}

int project_create(const Context& context) {
  const Arguments& arguments = context.arguments;
  const bool apart = !arguments.root_passphrase_file.empty() ||
                     (arguments.passphrase_file.empty() && !arguments.passphrase_stdin);
  std::optional<client::Outcome<client::Passphrase>> root;
  if (apart) {
    root = ask_new_passphrase(context, arguments.root_passphrase_file, "New passphrase for the root keys");
    if (!*root) return report_problem(context, root->error());
  }
  const auto desk = ask_new_passphrase(context, arguments.passphrase_file, "New passphrase for the desk key");
  if (!desk) return report_problem(context, desk.error());
  const auto project = Desk::create_project(arguments.desk_options(context.console), arguments.draft,
                                            root ? **root : *desk, *desk, context.edges);
  if (!project) return report_problem(context, project.error());
  if (arguments.json)
    print_json(context.console, to_json(*project));
  else
    print(context.console, *project);
  warn_about_keys(context, *project);
  return 0;
}

int project_show(const Context& context) {
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  const auto project = desk->project();
  if (!project) return report_problem(context, project.error());
  std::optional<client::CharterView> view;
  if (context.arguments.ask_relays) {
    auto asked = client::view_charter(charter_source(context), context.edges);
    if (!asked) return report_problem(context, asked.error());
    view = *std::move(asked);
  }
  if (context.arguments.json) {
    auto object = to_json(*project);
    if (view) object["asked"] = to_json(*view);
    print_json(context.console, object);
  } else {
    print(context.console, *project);
    if (view) print(context.console, *view);
  }
  const bool stands_still = view && std::ranges::any_of(view->disputes, [](const auto& dispute) { return !dispute.decided; });
  return stands_still ? exit_code(ProblemKind::kNotVerified) : 0;
}

int relay_add(const Context& context) {
  auto desk = open_desk(context, true);
  if (!desk) return report_problem(context, desk.error());
  const auto relay = desk->add_relay(relay_line(context.arguments));
  if (!relay) return report_problem(context, relay.error());
  if (context.arguments.json)
    print_json(context.console, to_json(*relay));
  else
    context.console.data((relay->is_new ? "added  " : "updated  ") + relay->host_and_port + "  " + relay->id);
  return 0;
}

int relay_list(const Context& context) {
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  const auto relays = desk->relays();
  if (!relays) return report_problem(context, relays.error());
  json::array list;
  for (const auto& relay : *relays) {
    list.push_back(to_json(relay));
    if (!context.arguments.json) context.console.data(relay.address);
  }
  if (context.arguments.json) print_json(context.console, {{"relays", std::move(list)}});
  return 0;
}

int relay_remove(const Context& context) {
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  const auto relay = desk->remove_relay(relay_line(context.arguments));
  if (!relay) return report_problem(context, relay.error());
  if (context.arguments.json)
    print_json(context.console, to_json(*relay));
  else
    context.console.data("removed  " + relay->host_and_port + "  " + relay->id);
  return 0;
}

std::string line_of(const client::AttachedFile& file) {
  const bool is_as_is = file.treatment == client::AttachmentTreatment::kAsIs;
  return "attached  " + one_line(file.path) + "  " + (is_as_is ? "as it is" : "encoded anew") +
         (file.shown_by_text ? ", shown by the text" : ", by option");
}

int publish(const Context& context) {
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  const auto embargo = embargo_terms(context);
  if (!embargo) return report_problem(context, embargo.error());
  if (*embargo && (*embargo)->form == client::EmbargoForm::kPlain) warn_about_plain_embargo(context, **embargo);
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  for (const auto& file : context.arguments.attachments)
    if (file.treatment == client::AttachmentTreatment::kAsIs) warn_as_is(context, file.path);
  const auto say_file = [&](const client::AttachedFile& file) { context.console.say(line_of(file)); };
  auto report = desk->publish({context.arguments.place, context.arguments.fields, context.arguments.attachments, say_file,
                                     *embargo},
                                    *passphrase, context.arguments.send_options());
  if (!report) return report_problem(context, report.error());
  if (*embargo && (*embargo)->form == client::EmbargoForm::kSealed) say_sealed(context, **embargo);
  wait_for_copies(context, *desk, *report);
  return print_delivery(context, *report);
}

int import_source(const Context& context) {
  const Arguments& arguments = context.arguments;
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  client::ImportOptions options = arguments.import;
  options.send = arguments.send_options();
  std::optional<client::Outcome<client::ImportReport>> report;
  if (arguments.dry_run) {
    report = desk->preview_import(options);
  } else {
    const auto passphrase = ask_passphrase(context, arguments.passphrase_file, "Passphrase of the desk key");
    if (!passphrase) return report_problem(context, passphrase.error());
    if (arguments.watch) return watch(context, options, *passphrase, *desk);
    report = desk->import_source(options, *passphrase);
  }
  if (!*report) return report_problem(context, report->error());
  if (!arguments.dry_run) wait_for_copies(context, *desk, (*report)->published);
  if (arguments.json)
    print_json(context.console, to_json(**report));
  else
    print(context.console, **report, arguments.dry_run);
  for (const auto& failed : (*report)->failed) context.console.complain(failed.problem.text);
  const int code = arguments.dry_run ? 0 : code_of_delivery(context, (*report)->published);
  // A feed that is silent is one trouble of many in a list; a list without any feed that answers is an error.
  const auto& all_failed = (*report)->failed;
  return code == 0 && !all_failed.empty() && all_failed.size() == (*report)->feeds ? exit_code(all_failed.front().problem.kind)
                                                                                   : code;
}

int send(const Context& context) {
  if (is_letter(context.arguments)) return send_letter(context);
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  const Arguments& arguments = context.arguments;
  const int letters = send_waiting_letters(context);
  const auto with_letters = [letters](int code) { return code == 0 ? letters : code; };
  if (!arguments.passphrase_file.empty() || arguments.passphrase_stdin) {
    const auto passphrase = ask_passphrase(context, arguments.passphrase_file, {});
    if (!passphrase) return report_problem(context, passphrase.error());
    auto report = desk->release_embargoes({}, *passphrase, arguments.send_options());
    if (!report) return report_problem(context, report.error());
    wait_for_copies(context, *desk, *report);
    return with_letters(print_delivery(context, *report));
  }
  auto report = desk->send(arguments.send_options());
  if (!report) return report_problem(context, report.error());
  if (report->embargoes_due > 0)
    context.console.say(std::to_string(report->embargoes_due) + (report->embargoes_due == 1 ? " embargo has" : " embargoes have") +
                        " ended and the key is not published: run tamizdat embargo release, which asks for the passphrase");
  wait_for_copies(context, *desk, *report);
  return with_letters(print_delivery(context, *report));
}

// Who does not get what a quorum of relays has seen has not got what he asked for.
template <typename Logs>
int code_of_freshness(const Logs& logs) {
  const bool withheld = std::ranges::any_of(logs, [](const auto& log) { return log.freshness.state == client::FreshnessState::kWithheld; });
  return withheld ? exit_code(ProblemKind::kNotVerified) : 0;
}

int code_of_reading(const std::vector<client::ProvenLog>& logs) {
  const bool hidden = std::ranges::any_of(logs, [](const auto& log) { return log.erased_without_retraction > 0; });
  return hidden ? exit_code(ProblemKind::kNotVerified) : code_of_freshness(logs);
}

int fetch(const Context& context) {
  const Arguments& arguments = context.arguments;
  const auto report = client::fetch({arguments.relays, arguments.home, arguments.project, arguments.regions,
                                     arguments.languages, arguments.out, arguments.proxy, context.console.progress(), arguments.bring_attachments},
                                    context.edges);
  if (!report) return report_problem(context, report.error());
  if (arguments.json)
    print_json(context.console, to_json(*report));
  else
    print(context.console, *report);
  std::set<std::string> warned;
  for (const auto& log : report->logs)
    if (warned.insert(log.project).second) warn_of_expiry(context, log.project_title, log.expires_at);
  int code = 0;
  for (const auto& trouble : report->troubles) {
    context.console.complain(trouble.relay + ": " + trouble.problem.text);
    // A lie is always an error; a silent relay is one only if no other one answered.
    if (trouble.problem.kind == ProblemKind::kNotVerified) code = exit_code(ProblemKind::kNotVerified);
  }
  if (code == 0 && report->troubles.size() == report->relays_asked) code = exit_code(report->troubles.front().problem.kind);
  return code == 0 ? code_of_freshness(report->logs) : code;
}

int verify(const Context& context) {
  const Arguments& arguments = context.arguments;
  json::array entries;
  const auto report = client::verify({arguments.place, arguments.project, arguments.relays, arguments.proxy,
                                      context.console.progress()},
                                     [&](const client::ProvenEntry& entry) {
                                       if (arguments.json)
                                         entries.push_back(to_json(entry));
                                       else
                                         print(context.console, entry);
                                     },
                                     context.edges);
  if (!report) return report_problem(context, report.error());
  for (const auto& project : report->projects) warn_of_expiry(context, project.title, project.expires_at);
  if (!arguments.json) {
    print(context.console, *report);
    return code_of_reading(report->logs);
  }
  json::object out = to_json(*report);
  out["entries"] = std::move(entries);
  print_json(context.console, out);
  return code_of_reading(report->logs);
}

}  // namespace tamizdat::cli
