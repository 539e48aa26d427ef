// The verbs of a desk's life: desk new, add, update, join, close, rotate, hand-over.
#include <tamizdat/desk_life.h>

#include <boost/json.hpp>

#include "client-lib/cli/charter_verbs.h"
#include "client-lib/cli/print.h"

namespace tamizdat::cli {
namespace {

using client::ClosingDraft;
using client::DeskDraft;

int made(const Context& context, const std::string& id, const std::string& home) {
  if (context.arguments.json) {
    print_json(context.console, {{"desk", id}, {"home", home}});
    return 0;
  }
  context.console.data("desk  " + id);
  context.console.say("Tell this id, on a way that nobody can alter, to those who hold the project's root keys: tamizdat desk add " + id +
                      " --label NAME --out FILE. When their charter is in force: tamizdat desk join --project ID --relay LINE");
  return 0;
}

int make(const Context& context) {
  const auto passphrase = ask_new_passphrase(context, context.arguments.passphrase_file, "New passphrase for the desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto id = client::make_desk(context.arguments.desk_options(context.console), *passphrase, context.edges);
  if (!id) return report_problem(context, id.error());
  return made(context, *id, context.arguments.home.empty() ? client::default_home() : context.arguments.home);
}

int join(const Context& context) {
  const auto project = client::join_project(charter_source(context), context.edges);
  if (!project) return report_problem(context, project.error());
  if (context.arguments.json)
    print_json(context.console, to_json(*project));
  else
    print(context.console, *project);
  return 0;
}

struct CloseWords {
  ClosingDraft draft;
  DeskDraft successor;
};

int close(const Context& context, const ClosingDraft& draft) {
  return report_request(context, client::request_closing(charter_source(context), draft, context.arguments.out, context.edges));
}

struct RotateWords {
  std::string new_home, label, old_passphrase_file;
};

// What only the old desk's key opens goes along. `passphrase`: of the new home.
client::Outcome<client::HandedOver> take_along(const Context& context, const RotateWords& words, const client::Passphrase& passphrase) {
  const auto options = context.arguments.desk_options(context.console);
  const auto what = client::to_hand_over(options);
  if (!what || what->embargoes + what->sealing_keys == 0) return what;
  const auto& file = words.old_passphrase_file.empty() ? context.arguments.passphrase_file : words.old_passphrase_file;
  const auto old_passphrase = ask_passphrase(context, file, "Passphrase of the old desk key, for the secrets that it seals");
  if (!old_passphrase) return tl::unexpected(old_passphrase.error());
  return client::hand_over(options, *old_passphrase, words.new_home, passphrase, context.edges);
}

std::string told(const client::HandedOver& what) {
  const auto counted = [](std::uint64_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
  };
  return counted(what.embargoes, "key of an article under embargo", "keys of articles under embargo") + " and " +
         counted(what.sealing_keys, "secret of a sealing key", "secrets of sealing keys");
}

int hand_over(const Context& context, const RotateWords& words) {
  const auto passphrase = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of the new home's desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto what = take_along(context, words, *passphrase);
  if (!what) return report_problem(context, what.error());
  if (context.arguments.json)
    print_json(context.console, {{"embargoes", what->embargoes}, {"sealing_keys", what->sealing_keys}, {"home", words.new_home}});
  else
    context.console.data("handed over  " + told(*what) + "  " + words.new_home);
  return 0;
}

// The new desk is made first: its key is the only thing that stays behind if the rest fails, and is used the next time.
int rotate(const Context& context, const RotateWords& words) {
  auto desk = client::Desk::open(context.arguments.desk_options(context.console), false, context.edges);
  if (!desk) return report_problem(context, desk.error());
  const auto project = desk->project();
  if (!project) return report_problem(context, project.error());
  ClosingDraft draft;
  for (const auto& listed : project->desks)
    if (listed.is_this_one) draft.desk = listed.id;
  if (draft.desk.empty())
    return report_problem(context, {client::ProblemKind::kFailed, "desk-closed", "the charter has closed this desk already"});
  const auto status = desk->status(context.arguments.send_options());
  if (!status) return report_problem(context, status.error());
  bool is_sent = status->log_size == 0;
  for (const auto& relay : status->relays) is_sent |= relay.held == status->log_size;
  if (!is_sent)
    return report_problem(context, {client::ProblemKind::kFailed, "outbox-not-empty",
                                    "no relay holds all that this desk has signed, and what none holds would be lost with the desk: "
                                    "run tamizdat send first"});
  draft.size = status->log_size;
  const auto passphrase = ask_new_passphrase(context, context.arguments.passphrase_file, "New passphrase for the new desk key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const auto id = client::make_successor(context.arguments.desk_options(context.console), words.new_home, *passphrase, context.edges);
  if (!id) return report_problem(context, id.error());
  const auto taken_along = take_along(context, words, *passphrase);
  if (!taken_along) return report_problem(context, taken_along.error());
  if (taken_along->embargoes + taken_along->sealing_keys > 0) context.console.say("The new home has now " + told(*taken_along) + ".");
  draft.heir = client::DeskHeir{*id, words.label};
  const int code = close(context, draft);
  if (code == 0)
    context.console.say("From now on publish nothing from the old home. When the charter is in force: tamizdat desk join --home " + words.new_home +
                        " --project " + project->id);
  return code;
}

void add_desk_new(Verbs& verbs, CLI::App& desk) {
  CLI::App& sub = verbs.add(desk, "new", "Make a desk's key in a home of its own; the project's root keys then list it",
                            "  tamizdat desk new\n", &make);
  verbs.add_home(sub);
  verbs.add_passphrase(sub);
}

// What desk add and desk update say of a desk; an option that is not given leaves `T`'s member as it is.
template <typename T>
void add_desk_terms(Verbs& verbs, CLI::App& sub, T& terms) {
  sub.add_option("--from", terms.from, "Articles from this date on only; or none")->type_name("DATE");
  sub.add_option("--until", terms.until, "Articles until this date only; or none")->type_name("DATE");
  sub.add_option("--entries-per-day", terms.entries_per_day, "What relays take of it at most; 0: what each relay allows")->type_name("N");
  sub.add_option("--bytes-per-day", terms.bytes_per_day, "The same in octets")->type_name("N");
  add_request_options(verbs, sub);
}

struct DeskUpdateWords {
  client::DeskEdit edit;
  std::vector<std::string> languages, regions;
};

// "all" stands for no limit: an empty list could not be typed.
int update_desk(const Context& context, const DeskUpdateWords& words) {
  client::DeskEdit edit = words.edit;
  const auto list = [](const std::vector<std::string>& values) {
    return values == std::vector<std::string>{"all"} ? std::vector<std::string>() : values;
  };
  if (!words.languages.empty()) edit.languages = list(words.languages);
  if (!words.regions.empty()) edit.regions = list(words.regions);
  client::CharterEdit whole;
  whole.change_desks.push_back(std::move(edit));
  return request(context, whole);
}

void add_desk_update(Verbs& verbs, CLI::App& desk) {
  auto& words = verbs.keep<DeskUpdateWords>();
  CLI::App& sub = verbs.add(desk, "update", "Ask for a charter in which a desk has another label, scope, time or quota",
                            "  tamizdat desk update tzdesk1... --label Perm --region RU-PER --until 2028-01-31 --out request\n"
                            "  tamizdat desk update tzdesk1... --language all --until none --out request\n",
                            [&words](const Context& context) { return update_desk(context, words); });
  sub.add_option("DESK", words.edit.id, "Its id")->required()->type_name("");
  sub.add_option("--label", words.edit.label, "A newsroom or a place, never a person")->type_name("TEXT");
  verbs.add_list(sub, "--language", words.languages, "Articles in these languages only, in place of those of now; or all")->type_name("TAG");
  verbs.add_list(sub, "--region", words.regions, "Articles for these regions only, in place of those of now; or all")->type_name("CODE");
  add_desk_terms(verbs, sub, words.edit);
}

void add_desk_add(Verbs& verbs, CLI::App& desk) {
  auto& draft = verbs.keep<DeskDraft>();
  CLI::App& sub = verbs.add(desk, "add", "Ask for a charter that lists one more desk", "  tamizdat desk add tzdesk1... --label Perm --out request\n",
                            [&draft](const Context& context) {
                              client::CharterEdit edit;
                              edit.add_desks.push_back(draft);
                              return request(context, edit);
                            });
  sub.add_option("DESK", draft.id, "Its id, as tamizdat desk new printed it there")->required()->type_name("");
  sub.add_option("--label", draft.label, "A newsroom or a place, never a person")->required()->type_name("TEXT");
  verbs.add_list(sub, "--language", draft.languages, "Articles in these languages only")->type_name("TAG");
  verbs.add_list(sub, "--region", draft.regions, "Articles for these regions only")->type_name("CODE");
  add_desk_terms(verbs, sub, draft);
}

void add_desk_join(Verbs& verbs, CLI::App& desk) {
  CLI::App& sub = verbs.add(desk, "join", "Take the charter that lists this home's desk, and begin to publish",
                            "  tamizdat desk join --project tzproject1... --relay \"tamizdat-relay:v1 ...\"\n", &join);
  add_charter_source(verbs, sub);
  add_unwitnessed(verbs, sub);
}

void add_desk_close(Verbs& verbs, CLI::App& desk) {
  auto& words = verbs.keep<CloseWords>();
  ClosingDraft& draft = words.draft;
  CLI::App& sub = verbs.add(desk, "close", "Ask for a charter that closes a lost or stolen desk at its last good entry",
                            "  tamizdat desk close tzdesk1... --before tzentry1... --out request\n",
                            [&words](const Context& context) {
                              ClosingDraft whole = words.draft;
                              if (!words.successor.id.empty()) whole.successor = words.successor;
                              return close(context, whole);
                            });
  sub.add_option("DESK", draft.desk, "Its id")->required()->type_name("");
  auto* const before = sub.add_option("--before", draft.before, "The first entry that is not the newsroom's; default: all that relays hold is good")
                           ->type_name("ENTRY");
  sub.add_option("--size", draft.size, "Or how many entries are good")->type_name("N")->excludes(before);
  sub.add_option("--as-held-by", draft.as_held_by, "Where relays hold two histories: the relay that has the good one")->type_name("RELAY");
  auto* const successor = sub.add_option("--successor", words.successor.id, "A new desk in its place, as tamizdat desk new printed it")->type_name("DESK");
  words.successor.label = "newsroom";
  sub.add_option("--label", words.successor.label, "Of the new desk (default: newsroom)")->type_name("TEXT")->needs(successor);
  add_request_options(verbs, sub);
}

void add_old_passphrase(CLI::App& sub, RotateWords& words) {
  sub.add_option("--old-passphrase-file", words.old_passphrase_file,
                 "Passphrase of the old desk key, where it seals anything; without it, --passphrase-* serves both")
      ->type_name("FILE");
}

void add_desk_rotate(Verbs& verbs, CLI::App& desk) {
  auto& words = verbs.keep<RotateWords>();
  CLI::App& sub = verbs.add(desk, "rotate", "Ask for a charter that puts a desk with a new key in the place of this one",
                            "  tamizdat desk rotate --new-home ~/newsroom-2027 --out request\n",
                            [&words](const Context& context) { return rotate(context, words); });
  sub.add_option("--new-home", words.new_home, "Folder of the new desk")->required()->type_name("DIR");
  sub.add_option("--label", words.label, "Of the new desk (default: that of the old one)")->type_name("TEXT");
  verbs.add_passphrase(sub);
  add_old_passphrase(sub, words);
  add_request_options(verbs, sub);
}

void add_desk_hand_over(Verbs& verbs, CLI::App& desk) {
  auto& words = verbs.keep<RotateWords>();
  CLI::App& sub = verbs.add(desk, "hand-over", "Copy what only this desk's key opens into another desk's home: keys of articles under embargo, "
                            "secrets of sealing keys",
                            "  tamizdat desk hand-over --home backup-of-the-old-desk --new-home ~/newsroom-2027\n",
                            [&words](const Context& context) { return hand_over(context, words); });
  verbs.add_home(sub);
  sub.add_option("--new-home", words.new_home, "Home of the other desk")->required()->type_name("DIR");
  verbs.add_passphrase(sub);
  add_old_passphrase(sub, words);
}

}  // namespace

void add_desk_verbs(Verbs& verbs) {
  CLI::App& desk = verbs.add_group("desk", "Desks of a project: make, list, change, close, replace",
                                   "  tamizdat desk close tzdesk1... --before tzentry1... --out request\n");
  add_desk_new(verbs, desk);
  add_desk_add(verbs, desk);
  add_desk_update(verbs, desk);
  add_desk_join(verbs, desk);
  add_desk_close(verbs, desk);
  add_desk_rotate(verbs, desk);
  add_desk_hand_over(verbs, desk);
}

}  // namespace tamizdat::cli
