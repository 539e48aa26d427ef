// `tamizdat embargo`, and the embargo of `tamizdat publish`.
#include <boost/json.hpp>

#include "client-lib/cli/embargo_verbs.h"
#include "client-lib/cli/print.h"
#include "client-lib/cli/when.h"
#include "client-lib/client/edges.h"
#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;
using client::EmbargoForm;

std::string state_of(const client::EmbargoInfo& embargo) {
  if (!embargo.opened_by.empty()) return "released";
  return embargo.is_due ? "due" : "waits";
}

json::object to_json(const client::EmbargoInfo& embargo) {
  return {{"entry", embargo.entry},
          {"until", to_rfc3339(embargo.until)},
          {"state", state_of(embargo)},
          {"opened_by", embargo.opened_by}};
}

int list(const Context& context) {
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  const auto embargoes = desk->embargoes();
  if (!embargoes) return report_problem(context, embargoes.error());
  json::array all;
  for (const auto& embargo : *embargoes) {
    all.push_back(to_json(embargo));
    if (!context.arguments.json)
      context.console.data(to_rfc3339(embargo.until) + "  " + state_of(embargo) + "  " + embargo.entry);
  }
  if (context.arguments.json) print_json(context.console, {{"embargoes", std::move(all)}});
  if (embargoes->empty()) context.console.say("No article of this desk was sealed.");
  return 0;
}

int release(const Context& context, const std::vector<std::string>& entries) {
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  auto report = desk->release_embargoes(entries, *passphrase, context.arguments.send_options());
  if (!report) return report_problem(context, report.error());
  if (report->entries.empty())
    context.console.say("No embargo has ended: nothing was released.");
  else
    wait_for_copies(context, *desk, *report);
  return print_delivery(context, *report);
}

}  // namespace

void add_embargo(Verbs& verbs) {
  CLI::App& embargo = verbs.add_group("embargo", "Sealed articles of this desk: which there are, and the end of their embargo",
                                      "  tamizdat publish report.md --embargo 2026-12-01T06:30Z\n"
                                      "  tamizdat embargo release\n");
  verbs.add_home(verbs.add(embargo, "list", "Show which articles are sealed, and until when", "  tamizdat embargo list\n", &list));
  auto& entries = verbs.keep<std::vector<std::string>>();
  CLI::App& sub = verbs.add(embargo, "release", "Publish the keys of all articles whose embargo has ended",
                            "  tamizdat embargo release\n"
                            "  tamizdat embargo release tzentry1...   (this one now, also before its time)\n",
                            [&entries](const Context& context) { return release(context, entries); });
  sub.add_option("ENTRY", entries, "Release this one too, whatever its time; nobody can close it again")->type_name("");
  verbs.add_home(sub);
  verbs.add_passphrase(sub);
  verbs.add_network(sub);
  verbs.add_offline(sub);
  verbs.add_no_wait(sub);
}

void add_embargo_options(Verbs& verbs, CLI::App& publish) {
  auto& arguments = verbs.arguments();
  auto* const sealed = publish.add_option("--embargo", arguments.embargo,
                                          "Seal it until then: 2026-12-01T06:30Z, or 36h from now. Relays get ciphertext; the "
                                          "key stays here until tamizdat embargo release")
                           ->type_name("TIME");
  publish.add_option("--plain-embargo", arguments.plain_embargo,
                     "Relays get the readable text and show it to no reader before then. Trusts every one of them")
      ->type_name("TIME")
      ->excludes(sealed);
}

client::Outcome<std::optional<client::EmbargoTerms>> embargo_terms(const Context& context) {
  const auto& arguments = context.arguments;
  const bool is_plain = !arguments.plain_embargo.empty();
  if (!is_plain && arguments.embargo.empty()) return std::optional<client::EmbargoTerms>();
  const auto until = parse_when(is_plain ? arguments.plain_embargo : arguments.embargo, context.edges.clock.now());
  if (!until) return tl::unexpected(until.error());
  return std::optional(client::EmbargoTerms{*until, is_plain ? EmbargoForm::kPlain : EmbargoForm::kSealed});
}

void warn_about_plain_embargo(const Context& context, const client::EmbargoTerms& terms) {
  context.console.say("Warning: a plain embargo trusts every relay and every peer of every relay: each of them holds the readable "
                      "text from now on, and readers are kept from it until " + to_rfc3339(terms.until) +
                      " by their good will and their clocks alone. --embargo trusts nobody.");
}

void say_sealed(const Context& context, const client::EmbargoTerms& terms) {
  context.console.say("Sealed until " + to_rfc3339(terms.until) +
                      ". Its key lies in this home only: run tamizdat embargo release then (publish, and import --watch, do it by "
                      "themselves), and keep a backup of the home, or nobody will ever read it.");
}

}  // namespace tamizdat::cli
