// `tamizdat send --to`, `tamizdat inbox`, `tamizdat sealing-key`.
#include <boost/json.hpp>

#include "client-lib/cli/letter_verbs.h"
#include "client-lib/cli/print.h"
#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;
using client::ProblemKind;

client::DeskOptions options_of(const Context& context) { return context.arguments.desk_options(context.console); }

json::array strings(const std::vector<std::string>& values) { return json::array(values.begin(), values.end()); }

json::object to_json(const client::SentLetter& sent) {
  json::array recipients;
  for (const auto& recipient : sent.recipients)
    recipients.push_back(json::object{{"project", recipient.project}, {"title", recipient.title}});
  return {{"letter", sent.letter}, {"recipients", std::move(recipients)}, {"slots", sent.slots}, {"handed_in", sent.handed_in},
          {"waiting", sent.waiting}, {"ended", sent.ended}, {"ends", to_rfc3339(sent.ends)}, {"troubles", strings(sent.troubles)}};
}

json::array problems(const std::vector<client::Problem>& values) {
  json::array out;
  for (const auto& problem : values) out.push_back(json::object{{"error", problem.code}, {"text", problem.text}});
  return out;
}

json::object to_json(const client::InboxReport& report) {
  json::array letters;
  for (const auto& letter : report.letters) {
    json::object out{{"project", letter.project}, {"project_title", letter.project_title}, {"label", letter.desk_label},
                     {"desk_is_closed", letter.desk_is_closed}, {"time", to_rfc3339(letter.time)}, {"file", letter.file}};
    if (letter.frozen_since) out["frozen_since"] = to_rfc3339(*letter.frozen_since);
    letters.push_back(std::move(out));
  }
  return {{"letters", std::move(letters)}, {"refused", problems(report.refused)}, {"waiting", strings(report.waiting)},
          {"not_written", problems(report.not_written)}, {"slots_fetched", report.slots_fetched},
          {"letters_not_whole", report.letters_not_whole}, {"keys_unusable", problems(report.keys_unusable)}, {"keys_missing", strings(report.keys_missing)},
          {"keys_destroyed", strings(report.keys_destroyed)}, {"troubles", strings(report.troubles)}};
}

void say_troubles(const Context& context, const std::vector<std::string>& troubles) {
  for (const auto& trouble : troubles) context.console.complain(trouble);
}

void say_ended(const Context& context, const client::SentLetter& sent) {
  if (sent.ended > 0)
    context.console.complain(std::to_string(sent.ended) + " sealed slots ended before a relay took them: send these letters again");
}

int code_of_waiting(const client::SentLetter& sent) {
  return exit_code(sent.all_refused ? ProblemKind::kRefused : ProblemKind::kUnreachable);
}

int inbox(const Context& context) {
  const Arguments& arguments = context.arguments;
  const auto passphrase = ask_passphrase(context, arguments.passphrase_file, "Passphrase of the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto report = client::read_letters(options_of(context), {arguments.out, arguments.relays}, *passphrase, context.edges);
  if (!report) return report_problem(context, report.error());
  Console& console = context.console;
  if (arguments.json) print_json(console, to_json(*report));
  for (const auto& letter : report->letters) {
    if (!arguments.json)
      console.data(to_rfc3339(letter.time) + "  " + one_line(letter.project_title) + " / " + one_line(letter.desk_label) + "  " +
                   one_line(letter.file) + "  " + letter.project);
    if (letter.desk_is_closed)
      console.say("Warning: the newsroom has closed the desk that signed " + one_line(letter.file) +
                  ": its key may have been stolen. Ask the newsroom on another way whether the letter is its own.");
    if (letter.frozen_since)
      console.say("Warning: the project that " + one_line(letter.file) + " comes from is frozen since " + to_rfc3339(*letter.frozen_since) +
                  ": one of its root keys stopped it, perhaps because a desk was stolen. Ask the newsroom on another way.");
  }
  for (const auto& problem : report->refused) console.complain(problem.text);
  for (const auto& problem : report->not_written) console.complain(problem.text);
  for (const auto& problem : report->keys_unusable)
    console.say("Warning: a secret of this home is of no use, and letters to it cannot be opened here. " + problem.text);
  for (const auto& why : report->waiting) console.say("A letter waits: " + why + ". It is kept, and tamizdat inbox tries again.");
  for (const auto& key : report->keys_missing)
    console.say("Warning: the charter asks others to seal letters to the key " + key +
                ", and this home has no secret for it: such letters cannot be opened here. If the secret is lost, make a new key with "
                "tamizdat sealing-key new, put it into the charter in the place of this one, and ask senders to send again.");
  for (const auto& key : report->keys_destroyed)
    console.say("The secret of the sealing key " + key + " was destroyed: the charter named it no longer, and whatever was sealed to it has ended.");
  if (report->letters_not_whole > 0)
    console.say(std::to_string(report->letters_not_whole) + " letters have not come whole yet: run tamizdat inbox again later.");
  say_troubles(context, report->troubles);
  const bool is_quiet = report->letters.empty() && report->refused.empty() && report->waiting.empty() && report->not_written.empty();
  if (is_quiet && !arguments.json) console.say("No new letter.");
  if (!report->refused.empty()) return exit_code(ProblemKind::kNotVerified);
  return report->not_written.empty() ? 0 : exit_code(report->not_written.front().kind);
}

int key_new(const Context& context) {
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto key = client::new_sealing_key(options_of(context), *passphrase, context.edges);
  if (!key) return report_problem(context, key.error());
  if (context.arguments.json)
    print_json(context.console, {{"key", key->key}});
  else
    context.console.data(key->key);
  context.console.say("Its secret lies in this home only, encrypted for the desk. Others seal to it as soon as the charter names it: "
                      "tamizdat project update --add-sealing-key " + key->key + " --out request");
  return 0;
}

int key_list(const Context& context) {
  const auto keys = client::sealing_keys(options_of(context), context.edges);
  if (!keys) return report_problem(context, keys.error());
  json::array list;
  for (const auto& key : *keys) {
    list.push_back(json::object{{"key", key.key}, {"here", key.is_here}, {"listed", key.is_listed}});
    if (context.arguments.json) continue;
    context.console.data(key.key + "  " + (key.is_listed ? "in the charter" : "not in the charter") + "  " +
                         (key.is_here ? "secret here" : "SECRET NOT HERE"));
  }
  if (context.arguments.json) print_json(context.console, {{"keys", std::move(list)}});
  return 0;
}

struct KeyWords {
  bool is_destroyed_though_listed = false;
  std::string key;
  std::string file_passphrase_file;
};

int key_export(const Context& context, const KeyWords& words) {
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto of_file = ask_new_passphrase(context, words.file_passphrase_file, "New passphrase for the file");
  if (!of_file) return report_problem(context, of_file.error());
  const std::string& out = context.arguments.out;
  const auto done = client::export_sealing_key(options_of(context), words.key, *passphrase, out, *of_file, context.edges);
  if (!done) return report_problem(context, done.error());
  if (context.arguments.json)
    print_json(context.console, {{"key", words.key}, {"file", out}});
  else
    context.console.data("sealing key  " + words.key + "  " + out);
  context.console.say("Bring the file to the other home, and tell its passphrase on another way: tamizdat sealing-key import " + out +
                      ". Then destroy the file: when the key is rotated, only the secrets in homes are destroyed by themselves.");
  return 0;
}

int key_import(const Context& context, const KeyWords& words) {
  const std::string& file = context.arguments.place;
  const auto of_file = ask_passphrase(context, words.file_passphrase_file, "Passphrase of the file");
  if (!of_file) return report_problem(context, of_file.error());
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto key = client::import_sealing_key(options_of(context), file, *of_file, *passphrase, context.edges);
  if (!key) return report_problem(context, key.error());
  if (context.arguments.json)
    print_json(context.console, {{"key", key->key}, {"listed", key->is_listed}});
  else
    context.console.data(key->key + "  " + (key->is_listed ? "in the charter" : "not in the charter"));
  context.console.say("Letters that are sealed to it open here too: tamizdat inbox. Destroy the file.");
  return 0;
}

int key_destroy(const Context& context, const KeyWords& words) {
  const std::string& key = words.key;
  const auto listed = words.is_destroyed_though_listed ? client::ListedKey::kDestroy : client::ListedKey::kKeep;
  if (const auto done = client::destroy_sealing_key(options_of(context), key, listed); !done) return report_problem(context, done.error());
  if (context.arguments.json) print_json(context.console, {{"destroyed", key}});
  context.console.say("The secret is gone: what was sealed to it and not opened is lost.");
  return 0;
}

}  // namespace

void add_letters(Verbs& verbs) {
  CLI::App& sub = verbs.add(verbs.app(), "inbox", "Fetch what other newsrooms sealed for this project, and prove who sent it",
                            "  tamizdat inbox\n  tamizdat inbox --out letters\n", &inbox);
  verbs.add_home(sub);
  sub.add_option("--out", verbs.arguments().out, "Folder for the files; default: inbox in the home")->type_name("DIR");
  verbs.add_passphrase(sub);
  verbs.add_network(sub);

  CLI::App& group = verbs.add_group("sealing-key", "Keys that others seal letters to", "  tamizdat sealing-key new\n");
  CLI::App& make = verbs.add(group, "new", "Make one; the charter must name it", "  tamizdat sealing-key new\n", &key_new);
  verbs.add_home(make);
  verbs.add_passphrase(make);
  verbs.add_home(verbs.add(group, "list", "Show those of this home and of the charter", "  tamizdat sealing-key list\n", &key_list));
  auto& words = verbs.keep<KeyWords>();
  const auto add_file_passphrase = [&words](CLI::App& key_sub) {
    key_sub.add_option("--file-passphrase-file", words.file_passphrase_file, "Passphrase of the file, in the first line of this one; else asked for")
        ->type_name("FILE");
  };
  CLI::App& export_sub = verbs.add(group, "export", "Write a secret into a file under a passphrase, for another home of the project",
                                   "  tamizdat sealing-key export tzseal1... --out letters.key\n",
                                   [&words](const Context& context) { return key_export(context, words); });
  verbs.add_home(export_sub);
  export_sub.add_option("KEY", words.key, "Its id")->required()->type_name("");
  export_sub.add_option("--out", verbs.arguments().out, "The file")->required()->type_name("FILE");
  verbs.add_passphrase(export_sub);
  add_file_passphrase(export_sub);
  CLI::App& import_sub = verbs.add(group, "import", "Take such a secret into this home: then its letters open here too",
                                   "  tamizdat sealing-key import letters.key\n",
                                   [&words](const Context& context) { return key_import(context, words); });
  verbs.add_home(import_sub);
  import_sub.add_option("FILE", verbs.arguments().place, "Of tamizdat sealing-key export")->required()->type_name("");
  verbs.add_passphrase(import_sub);
  add_file_passphrase(import_sub);
  CLI::App& destroy = verbs.add(group, "destroy", "Destroy a secret now, and with it all letters to it that were not opened",
                                "  tamizdat sealing-key destroy tzseal1...\n",
                                [&words](const Context& context) { return key_destroy(context, words); });
  verbs.add_home(destroy);
  destroy.add_option("KEY", words.key, "Its id")->required()->type_name("");
  destroy.add_flag("--though-listed", words.is_destroyed_though_listed, "Even if the charter still names it: what others seal to it is lost");
}

void add_letter_options(Verbs& verbs, CLI::App& send) {
  auto& arguments = verbs.arguments();
  auto* const to = verbs.add_list(send, "--to", arguments.letter_recipients,
                                  "Seal FILE to this project, so that no relay sees who writes to whom; may be given several times");
  to->type_name("PROJECT");
  send.add_option("FILE", arguments.place, "With --to: what to send, at most 64 MiB")->type_name("")->needs(to);
  send.add_option("--days", arguments.letter_days, "With --to: how long relays keep it (default 14, at most 30)")->type_name("N")->needs(to);
}

bool is_letter(const Arguments& arguments) { return !arguments.letter_recipients.empty(); }

int send_letter(const Context& context) {
  const Arguments& arguments = context.arguments;
  if (arguments.place.empty())
    return report_problem(context, {ProblemKind::kUsage, "file-missing", "tamizdat send --to PROJECT needs a FILE to send"});
  const auto passphrase = ask_passphrase(context, arguments.passphrase_file, "Passphrase of the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto sent = client::send_letter(options_of(context), {arguments.letter_recipients, arguments.place, arguments.letter_days, arguments.relays},
                                        *passphrase, context.edges);
  if (!sent) return report_problem(context, sent.error());
  if (arguments.json) {
    print_json(context.console, to_json(*sent));
  } else {
    for (const auto& recipient : sent->recipients)
      context.console.data("sealed  " + one_line(arguments.place) + "  to  " + one_line(recipient.title) + "  " + recipient.project);
    context.console.data(std::to_string(sent->slots) + (sent->slots == 1 ? " slot" : " slots") + ", kept by relays until " + to_rfc3339(sent->ends));
  }
  say_troubles(context, sent->troubles);
  say_ended(context, *sent);
  if (sent->waiting == 0) return 0;
  context.console.say("Nothing is lost: " + std::to_string(sent->waiting) + " sealed slots wait. Send them with: tamizdat send");
  return code_of_waiting(*sent);
}

int send_waiting_letters(const Context& context) {
  const auto sent = client::send_waiting_letters(options_of(context), context.arguments.relays, context.edges);
  if (!sent) return report_problem(context, sent.error());
  if (sent->handed_in > 0) context.console.say(std::to_string(sent->handed_in) + " sealed slots that waited were handed in.");
  say_ended(context, *sent);
  if (sent->waiting == 0) return 0;
  say_troubles(context, sent->troubles);
  context.console.say(std::to_string(sent->waiting) + " sealed slots still wait.");
  return code_of_waiting(*sent);
}

}  // namespace tamizdat::cli
