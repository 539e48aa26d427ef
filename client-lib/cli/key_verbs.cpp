// The verbs of key files: project paper, recover, root-key; passphrase.
#include <tamizdat/root_keys.h>

#include <boost/json.hpp>

#include "client-lib/cli/charter_verbs.h"
#include "client-lib/cli/print.h"

namespace tamizdat::cli {
namespace {

int made(const Context& context, const client::Outcome<client::RootKeyInfo>& key) {
  if (!key) return report_problem(context, key.error());
  if (context.arguments.json)
    print_json(context.console, {{"root_key", key->id}, {"file", key->file}});
  else
    context.console.data("root key  " + key->id + "  " + key->file);
  return 0;
}

// What the home says of the project, if there is one: the paper names it.
std::string project_line(const Context& context) {
  auto desk = client::Desk::open(context.arguments.desk_options(context.console), false, context.edges);
  if (!desk) return {};
  const auto project = desk->project();
  return project ? one_line(project->title) + ", " + project->id : std::string();
}

int paper(const Context& context, const std::string& root_key) {
  const auto done = client::print_root_key(root_key, project_line(context), context.arguments.out);
  if (!done) return report_problem(context, done.error());
  if (context.arguments.json)
    print_json(context.console, {{"paper", context.arguments.out}});
  else
    context.console.data("paper  " + context.arguments.out);
  context.console.say("Print it on a printer of your own and delete the file. The key on it stays sealed under its passphrase, "
                      "which is not on it: keep the two apart, and keep both.");
  return 0;
}

int recover(const Context& context) {
  return made(context, client::recover_root_key(context.arguments.place, context.arguments.out));
}

int root_key(const Context& context) {
  const auto passphrase = ask_new_passphrase(context, context.arguments.passphrase_file, "New passphrase for the root key");
  if (!passphrase) return report_problem(context, passphrase.error());
  const int code = made(context, client::make_root_key(context.arguments.out, *passphrase, context.edges));
  if (code == 0) context.console.say("It counts when a charter lists it: tamizdat project update --add-root-key ID --out FILE");
  return code;
}

int change(const Context& context, const std::string& new_passphrase_file) {
  const auto& arguments = context.arguments;
  const std::string file = arguments.place.empty() ? client::desk_key_file(arguments.desk_options(context.console)) : arguments.place;
  const auto before = ask_passphrase(context, context.arguments.passphrase_file, "Passphrase of now");
  if (!before) return report_problem(context, before.error());
  const auto after = ask_new_passphrase(context, new_passphrase_file, "New passphrase");
  if (!after) return report_problem(context, after.error());
  const auto done = client::change_passphrase(file, *before, *after, context.edges);
  if (!done) return report_problem(context, done.error());
  if (context.arguments.json)
    print_json(context.console, {{"changed", file}});
  else
    context.console.data("changed  " + file);
  context.console.say("Copies of the file, on paper and in backups, still open with the old passphrase.");
  return 0;
}

}  // namespace

void add_key_verbs(Verbs& verbs, CLI::App& project) {
  auto& key = verbs.keep<std::string>();
  auto& new_file = verbs.keep<std::string>();
  CLI::App& paper_sub = verbs.add(project, "paper", "Make a page to print of a root key, with a QR code",
                                  "  tamizdat project paper --root-key root-1.key --out root-1.html\n",
                                  [&key](const Context& context) { return paper(context, key); });
  verbs.add_home(paper_sub);
  paper_sub.add_option("--root-key", key, "Key file")->required()->type_name("FILE");
  paper_sub.add_option("--out", verbs.arguments().out, "The page (HTML)")->required()->type_name("FILE");

  CLI::App& recover_sub = verbs.add(project, "recover", "Make a root key's file again from its paper, typed or scanned",
                                    "  tamizdat project recover typed.txt --out root-1.key\n", &recover);
  recover_sub.add_option("TEXT", verbs.arguments().place, "File with the eight lines")->required()->type_name("");
  recover_sub.add_option("--out", verbs.arguments().out, "The key file")->required()->type_name("FILE");

  CLI::App& new_sub = verbs.add(project, "root-key", "Make a new root key, in the place of one that was lost",
                                "  tamizdat project root-key --out root-4.key\n", &root_key);
  new_sub.add_option("--out", verbs.arguments().out, "The key file")->required()->type_name("FILE");
  verbs.add_passphrase(new_sub);

  CLI::App& change_sub = verbs.add(verbs.app(), "passphrase", "Give a key file another passphrase",
                                   "  tamizdat passphrase\n"
                                   "  tamizdat passphrase /media/stick/root-1.key\n",
                                   [&new_file](const Context& context) { return change(context, new_file); });
  verbs.add_home(change_sub);
  change_sub.add_option("FILE", verbs.arguments().place, "Key file; default: the desk's")->type_name("");
  verbs.add_passphrase(change_sub);
  change_sub.add_option("--new-passphrase-file", new_file, "First line of this file instead of asking")->type_name("FILE");
}

}  // namespace tamizdat::cli
