// The verbs of a charter's life: project update, sign, submit.
#include <tamizdat/charter.h>
#include <tamizdat/freeze.h>

#include <boost/json.hpp>

#include "client-lib/cli/charter_verbs.h"
#include "client-lib/cli/print.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;
using client::CharterEdit;
using client::ProblemKind;
using client::RequestInfo;

struct UpdateWords {
  CharterEdit edit;
  std::vector<std::string> languages, regions;
  std::vector<std::string> mirrors, relays, relays_to_ask;  // with their further words
};

// "https://example.org GE": the second word is the country.
client::MirrorDraft mirror_of(const std::string& words) {
  const auto space = words.find(' ');
  if (space == std::string::npos) return {words, {}};
  return {words.substr(0, space), words.substr(space + 1)};
}

// "tzrelay1... GE witness key, mirror key".
client::Outcome<client::PolicyRelayDraft> policy_relay_of(const std::string& words) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    if (end > at) parts.push_back(words.substr(at, end - at));
    at = end + 1;
  }
  if (parts.size() != 4)
    return tl::unexpected(client::Problem{ProblemKind::kUsage, "charter-edit-invalid",
                                          "--policy-relay takes four words in quotes: relay id, country, witness key, mirror key"});
  return client::PolicyRelayDraft{parts[0], parts[1], parts[2], parts[3]};
}

// "tamizdat-relay:v1 ... GE": a word of two letters behind the line is the country.
client::RelayToList relay_to_list_of(const std::string& words) {
  if (words.size() > 3 && words[words.size() - 3] == ' ') return {words.substr(0, words.size() - 3), words.substr(words.size() - 2)};
  return {words, {}};
}

int update(const Context& context, const UpdateWords& words) {
  CharterEdit edit = words.edit;
  if (!words.languages.empty()) edit.languages = words.languages;
  if (!words.regions.empty()) edit.regions = words.regions;
  for (const auto& mirror : words.mirrors) edit.add_mirrors.push_back(mirror_of(mirror));
  for (const auto& relay : words.relays) {
    auto draft = policy_relay_of(relay);
    if (!draft) return report_problem(context, draft.error());
    edit.add_relays.push_back(*std::move(draft));
  }
  for (const auto& relay : words.relays_to_ask) edit.list_relays.push_back(relay_to_list_of(relay));
  return request(context, edit);
}

struct SignWords {
  std::string root_key;
  client::SigningConsent consent;
};

int sign(const Context& context, const SignWords& words) {
  const auto before = client::read_request(context.arguments.place);
  if (!before) return report_problem(context, before.error());
  // Before the passphrase: it is the consent.
  if (!context.arguments.json) print_changes(context, *before);
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the root key, to sign this");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto signed_request = client::sign_request(context.arguments.place, words.root_key, *passphrase, words.consent);
  if (!signed_request) return report_problem(context, signed_request.error());
  if (context.arguments.json) {
    print_json(context.console, to_json(*signed_request));
    return 0;
  }
  for (const auto& key : signed_request->signed_by) context.console.data("signed by " + key);
  context.console.say(next_step(*signed_request));
  return 0;
}

// One line a relay; the exit code. `done`: "took charter version 2".
int told_relays(const Context& context, const std::vector<client::CharterTaken>& relays, const std::string& done, json::array& out) {
  bool is_taken = false;
  ProblemKind trouble = ProblemKind::kUnreachable;
  for (const auto& relay : relays) {
    json::object object{{"relay", relay.relay}, {"taken", !relay.problem}};
    if (relay.problem) {
      object["error"] = relay.problem->code;
      object["text"] = relay.problem->text;
      if (relay.problem->kind != ProblemKind::kUnreachable) trouble = relay.problem->kind;
    }
    is_taken |= !relay.problem;
    out.push_back(std::move(object));
    if (!context.arguments.json)
      context.console.data(relay.relay + "  " + (relay.problem ? one_line(relay.problem->text) : done));
  }
  return is_taken ? 0 : static_cast<int>(trouble);
}

int freeze(const Context& context, const std::string& root_key) {
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the root key, to freeze the project");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto report = client::freeze_project(charter_source(context), root_key, *passphrase, context.edges);
  if (!report) return report_problem(context, report.error());
  json::array relays;
  const int code = told_relays(context, report->relays, "took the freeze", relays);
  for (const auto& warning : report->warnings) context.console.say("Warning: " + one_line(warning) + ".");
  if (context.arguments.json)
    print_json(context.console, {{"project", report->project}, {"version", report->version}, {"kept_in_home", report->kept_in_home},
                                 {"relays", std::move(relays)}, {"standings", to_json(report->standings)}, {"warnings", strings(report->warnings)}});
  if (code == 0)
    context.console.say("Frozen: relays take nothing new of " + one_line(report->title) + " until charter version " +
                        std::to_string(report->version + 1) + " is in force: tamizdat project update, signed by enough root keys.");
  else
    context.console.say(report->kept_in_home ? "No relay has taken it yet. It waits in the outbox: tamizdat send, or name other relays with --relay LINE."
                                             : "No relay has taken it: run it again, or name other relays with --relay LINE.");
  return code;
}

int submit(const Context& context, const std::vector<std::string>& files) {
  const auto report = client::submit_request(charter_source(context), files, context.edges);
  if (!report) return report_problem(context, report.error());
  json::array relays;
  const int code = told_relays(context, report->relays, "took charter version " + std::to_string(report->version), relays);
  if (context.arguments.json)
    print_json(context.console, {{"project", report->project}, {"version", report->version}, {"charter_hash", report->charter_hash},
                                 {"kept_in_home", report->kept_in_home}, {"relays", std::move(relays)}});
  else
    context.console.data("charter  version " + std::to_string(report->version) + ", hash " + report->charter_hash);
  context.console.say(code == 0 ? "Publish the new version and hash where you publish the project's id."
                                : "No relay has taken it yet. Nothing is lost: submit the same file again later.");
  return code;
}

}  // namespace

client::CharterSource charter_source(const Context& context) {
  const Arguments& arguments = context.arguments;
  return {arguments.home, arguments.project, arguments.relays, arguments.proxy, context.console.progress(), arguments.offline, arguments.unwitnessed};
}

int request(const Context& context, const CharterEdit& edit) {
  return report_request(context, client::request_update(charter_source(context), edit, context.arguments.out, context.edges));
}

void add_charter_source(Verbs& verbs, CLI::App& sub) {
  verbs.add_home(sub);
  sub.add_option("--project", verbs.arguments().project, "Id of the project; default: that of the home")->type_name("ID");
  verbs.add_network(sub, "Address line of a relay, besides those of the home");
}

void add_unwitnessed(Verbs& verbs, CLI::App& sub) {
  sub.add_flag("--unwitnessed", verbs.arguments().unwitnessed,
               "Go on though no quorum of the charter's relays vouches for it: only if you know on another way that it is the newest");
}

void add_request_options(Verbs& verbs, CLI::App& sub) {
  add_charter_source(verbs, sub);
  add_unwitnessed(verbs, sub);
  sub.add_flag("--offline", verbs.arguments().offline, "Ask no relay for a newer charter: only if this home surely has the newest");
  sub.add_option("--out", verbs.arguments().out, "File of the request, to be signed with tamizdat project sign")->required()->type_name("FILE");
}

void add_project_update(Verbs& verbs, CLI::App& project) {
  auto& words = verbs.keep<UpdateWords>();
  CharterEdit& edit = words.edit;
  CLI::App& sub = verbs.add(project, "update", "Ask for a new charter: a file that holders of root keys sign, and that is then submitted",
                            "  tamizdat project update --title \"Ural Notes\" --out request\n"
                            "  tamizdat project sign request --root-key /media/stick/root-1.key\n"
                            "  tamizdat project submit request\n",
                            [&words](const Context& context) { return update(context, words); });
  add_request_options(verbs, sub);
  sub.add_option("--title", edit.title, "Name of the publication")->type_name("TEXT");
  sub.add_option("--contact", edit.contact, "How readers reach the newsroom")->type_name("TEXT");
  verbs.add_list(sub, "--language", words.languages, "BCP 47, in place of those of now; the first is the default of articles")->type_name("TAG");
  verbs.add_list(sub, "--region", words.regions, "ISO 3166-2, in place of those of now")->type_name("CODE");
  sub.add_option("--expires", edit.expires, "The charter is stale from then on unless a newer one comes, such as 2028-01-31; or never")->type_name("DATE");
  verbs.add_list(sub, "--add-root-key", edit.add_root_keys, "Its id, as tamizdat project root-key prints it")->type_name("ID");
  verbs.add_list(sub, "--remove-root-key", edit.remove_root_keys, "One that was lost or stolen")->type_name("ID");
  sub.add_option("--threshold", edit.threshold, "How many root keys must sign the next charter")->type_name("N");
  verbs.add_list(sub, "--add-sealing-key", edit.add_sealing_keys, "For sealed exchange: its id (tzseal1...), or the file of its secret")->type_name("KEY");
  verbs.add_list(sub, "--remove-sealing-key", edit.remove_sealing_keys, "By its id")->type_name("KEY");
  verbs.add_list(sub, "--add-mirror", words.mirrors, "Its address, and its country behind a space")->type_name("\"URL CC\"");
  verbs.add_list(sub, "--remove-mirror", edit.remove_mirrors, "By its address")->type_name("URL");
  verbs.add_list(sub, "--add-relay", words.relays_to_ask,
                 "A relay that counts for freshness and copies, by its address line: it is asked for its keys; its country, if it is not "
                 "what the relay says, behind a space")
      ->type_name("LINE");
  verbs.add_list(sub, "--policy-relay", words.relays, "The same with keys that you know, in hexadecimal digits, without asking it")
      ->type_name("\"ID CC WITNESS-KEY MIRROR-KEY\"");
  verbs.add_list(sub, "--remove-policy-relay", edit.remove_relays, "By its id")->type_name("ID");
  sub.add_option("--quorum", edit.quorum, "Relays that must witness; default: more than half, and more than one country has")->type_name("N");
  sub.add_option("--fresh-hours", edit.fresh_hours, "How old a witness's word may be (default 24)")->type_name("N");
  sub.add_option("--copies", edit.copies, "Copies wanted of each entry")->type_name("N");
  sub.add_option("--countries", edit.countries, "In how many countries")->type_name("N");
  sub.add_option("--erase-delay-hours", edit.erase_delay_hours, "From a retraction to the erasing")->type_name("N");
}

void add_project_sign(Verbs& verbs, CLI::App& project) {
  auto& words = verbs.keep<SignWords>();
  CLI::App& sub = verbs.add(project, "sign", "Look at a request and sign it with a root key; needs no home and no line",
                            "  tamizdat project sign request --root-key /media/stick/root-1.key\n",
                            [&words](const Context& context) { return sign(context, words); });
  sub.add_option("REQUEST", verbs.arguments().place, "File of tamizdat project update")->required()->type_name("");
  sub.add_option("--root-key", words.root_key, "Key file")->required()->type_name("FILE");
  sub.add_flag("--sign-another", words.consent.another, "Though this key has signed another charter of this version, which will never reach a relay");
  sub.add_flag("--sign-unshown", words.consent.unshown, "Though it changes what this version of tamizdat cannot show");
  verbs.add_passphrase(sub);
}

void add_project_submit(Verbs& verbs, CLI::App& project) {
  auto& files = verbs.keep<std::vector<std::string>>();
  CLI::App& sub = verbs.add(project, "submit", "Put a signed request in force: send it to the relays",
                            "  tamizdat project submit request\n"
                            "  tamizdat project submit request-of-anna request-of-boris\n",
                            [&files](const Context& context) { return submit(context, files); });
  sub.add_option("REQUEST", files, "The file; or copies of it that were signed apart")->required()->type_name("");
  add_charter_source(verbs, sub);
  add_unwitnessed(verbs, sub);
}

void add_project_freeze(Verbs& verbs, CLI::App& project) {
  auto& root_key = verbs.keep<std::string>();
  CLI::App& sub = verbs.add(project, "freeze", "Stop a project with one root key: relays take nothing new until the next charter",
                            "  tamizdat project freeze --root-key /media/stick/root-1.key\n"
                            "  tamizdat project freeze --root-key root-1.key --project tzproject1... --relay \"tamizdat-relay:v1 ...\"\n",
                            [&root_key](const Context& context) { return freeze(context, root_key); });
  sub.add_option("--root-key", root_key, "Key file")->required()->type_name("FILE");
  add_charter_source(verbs, sub);
  verbs.add_passphrase(sub);
}

}  // namespace tamizdat::cli
