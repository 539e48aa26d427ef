// retract: takes a text back. correct: puts another one in its place.
#include <boost/json.hpp>
#include <map>

#include "client-lib/cli/print.h"
#include "client-lib/cli/verbs.h"

namespace tamizdat::cli {
namespace {

const std::map<std::string, client::RetractionReason> kReasons{
    {"source-at-risk", client::RetractionReason::kSourceAtRisk},
    {"error", client::RetractionReason::kError},
    {"legal", client::RetractionReason::kLegal},
    {"privacy", client::RetractionReason::kPrivacy},
    {"other", client::RetractionReason::kOther},
};

client::RetractionReason reason_of(const std::string& name) {
  const auto found = kReasons.find(name);
  if (found == kReasons.end())
    throw CLI::ValidationError("--reason", "\"" + name + "\" is none of source-at-risk, error, legal, privacy and other");
  return found->second;
}

struct RetractWords {
  client::RetractionDraft draft;
  std::string cosigner;
  std::string cosigner_passphrase_file;
};

int retract(const Context& context, const RetractWords& words) {
  auto desk = open_desk(context);
  if (!desk) return report_problem(context, desk.error());
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  std::optional<client::Passphrase> second;
  std::optional<client::Cosigner> cosigner;
  if (!words.cosigner.empty()) {
    auto asked = ask_passphrase(context, words.cosigner_passphrase_file, "Passphrase of the key that cosigns");
    if (!asked) return report_problem(context, asked.error());
    second = *std::move(asked);
    cosigner = client::Cosigner{words.cosigner, &*second};
  }
  auto report = desk->retract(words.draft, *passphrase, context.arguments.send_options(), cosigner);
  if (!report) return report_problem(context, report.error());
  wait_for_copies(context, *desk, *report);
  return print_delivery(context, *report);
}

}  // namespace

void add_retract(Verbs& verbs) {
  auto& words = verbs.keep<RetractWords>();
  auto& draft = words.draft;
  CLI::App& sub = verbs.add(verbs.app(), "retract",
                            "Take a text back: every relay hides it at once, and erases it once the charter's delay is over",
                            "  tamizdat retract tzentry1... --reason source-at-risk\n"
                            "  tamizdat retract tzentry1... --reason source-at-risk --cosign /media/safe/root-1.key\n",
                            [&words](const Context& context) { return retract(context, words); });
  verbs.add_home(sub);
  sub.add_option("ENTRY", draft.entry, "An article, which goes with all its corrections, or one correction")
      ->required()
      ->type_name("");
  sub.add_option_function<std::string>(
         "--reason", [&draft](const std::string& name) { draft.reason = reason_of(name); },
         "What readers are told: source-at-risk, error, legal, privacy or other")
      ->required()
      ->type_name("REASON");
  sub.add_option("--cosign", words.cosigner,
                 "A root key's file, or the home of another desk: then relays erase at once, 20 entries a day")
      ->type_name("PLACE");
  sub.add_option("--cosign-passphrase-file", words.cosigner_passphrase_file, "Its passphrase, instead of asking")->type_name("FILE");
  verbs.add_passphrase(sub);
  verbs.add_network(sub);
  verbs.add_offline(sub);
  verbs.add_no_wait(sub);
}

}  // namespace tamizdat::cli
