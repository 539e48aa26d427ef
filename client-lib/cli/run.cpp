#include "client-lib/cli/run.h"

#include <algorithm>
#include <deque>
#include <map>

#include "client-lib/cli/charter_verbs.h"
#include "client-lib/cli/embargo_verbs.h"
#include "client-lib/cli/charter_warnings.h"
#include "client-lib/cli/letter_verbs.h"
#include "proto/base/edit_distance.h"

namespace tamizdat::cli {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 failed; 2 asked for in a way that cannot be meant; 3 something is not what it claims to\n"
    "be; 4 no relay or server answers; 5 refused by every relay that answers; 6 this home is an old copy of its desk.\n";

// Builds the commands and remembers which one the arguments chose.
class CommandLine : private Verbs {
 public:
  explicit CommandLine(Arguments& arguments) : Verbs(app_, arguments), arguments_(arguments) {
    set_example(app_,
                "  tamizdat project create --title \"Ural Notes\" --language ru --region RU-SVE\n"
                "  tamizdat relay add \"tamizdat-relay:v1 tzrelay1... relay.example:443 pin=... path=/...\"\n"
                "  tamizdat publish snow.md\n"
                "  tamizdat verify snow.tamizdat --project tzproject1...\n");
    app_.footer(kExitCodes);
    app_.set_version_flag("--version", "tamizdat " TAMIZDAT_VERSION);
    app_.require_subcommand(1);
    add_project();
    add_desk_verbs(*this);
    add_relay();
    add_publish();
    add_correct();
    add_retract(*this);
    add_embargo(*this);
    add_import();
    add_send_and_status();
    add_letters(*this);
    add_fetch();
    add_verify();
  }

  using Verbs::app;
  using Verbs::chosen;

 private:
  void add_project() {
    CLI::App& project = add_group("project", "The project and its charter: make, show, change, freeze; its root keys",
                                  "  tamizdat project create --title \"Ural Notes\" --language ru --region RU-SVE\n");
    auto& draft = arguments_.draft;
    CLI::App& create = add(project, "create", "Make a project with its root keys, and a desk with its key",
                           "  tamizdat project create --title \"Ural Notes\" --language ru --region RU-SVE --desk newsroom\n",
                           &project_create);
    add_home(create);
    create.add_option("--title", draft.title, "Name of the publication")->required()->type_name("TEXT");
    add_list(create, "--language", draft.languages, "BCP 47; the first is the default of articles")->type_name("TAG");
    add_list(create, "--region", draft.regions, "ISO 3166-2, such as RU-SVE; the default of articles")->type_name("CODE");
    create.add_option("--contact", draft.contact, "How readers reach the newsroom")->type_name("TEXT");
    draft.desk_label = "newsroom";
    create.add_option("--desk", draft.desk_label, "Label of the desk: a newsroom, never a person")->type_name("TEXT");
    create.add_option("--roots", draft.root_keys, "Number of root keys (default 3)")->type_name("N");
    create.add_option("--threshold", draft.threshold, "How many of them must sign a later charter (default 2)")->type_name("N");
    create.add_option("--root-keys", draft.root_key_folder, "Where to write them (default: root-keys in the home)")
        ->type_name("DIR");
    add_passphrase(create);
    create.add_option("--root-passphrase-file", arguments_.root_passphrase_file,
                      "Another passphrase for the root keys; without it, --passphrase-* serves both")
        ->type_name("FILE");
    CLI::App& show = add(project, "show", "Show ids, charter, desks and relays", "  tamizdat project show\n  tamizdat project show --ask\n", &project_show);
    add_home(show);
    show.add_flag("--ask", arguments_.ask_relays, "Ask relays too how they stand to this charter, and whether there are two of one version");
    add_network(show);
    add_project_update(*this, project);
    add_project_sign(*this, project);
    add_project_submit(*this, project);
    add_project_freeze(*this, project);
    add_key_verbs(*this, project);
  }

  void add_relay() {
    CLI::App& relay = add_group("relay", "The relays that the desk sends to",
                                "  tamizdat relay add \"tamizdat-relay:v1 tzrelay1... relay.example:443 pin=... path=/...\"\n");
    CLI::App& add_sub = add(relay, "add", "Add a relay by the line that its operator gave",
                            "  tamizdat relay add \"tamizdat-relay:v1 tzrelay1... relay.example:443 pin=... path=/...\"\n",
                            &cli::relay_add);
    add_home(add_sub);
    add_sub.add_option("LINE", arguments_.relay_words, "What tamizdat-relay address printed")->required()->type_name("");
    add_home(add(relay, "list", "Show their address lines", "  tamizdat relay list\n", &relay_list));
    CLI::App& remove = add(relay, "remove", "Take a relay off the list",
                           "  tamizdat relay remove relay.example:443\n", &relay_remove);
    add_home(remove);
    remove.add_option("RELAY", arguments_.relay_words, "Its id, its host:port or its line")->required()->type_name("");
  }

  void add_publish() {
    CLI::App& sub = add(app_, "publish", "Sign an article and send it to every relay that answers",
                        "  tamizdat publish snow.md --regions RU-SVE\n"
                        "  tamizdat publish snow.md --attach roof.jpg --alt \"A roof under snow\" --photo-credit Anna\n\n"
                        "  where snow.md begins with\n"
                        "    ---\n"
                        "    title: How the snow melts\n"
                        "    language: en\n"
                        "    licence: CC-BY-4.0\n"
                        "    ---\n",
                        &cli::publish);
    add_article(sub);
    add_field(sub, "corrects", "The entry of this desk that it replaces: what tamizdat correct does");
  }

  void add_correct() {
    CLI::App& sub = add(app_, "correct", "Put another text in the place of one that was published; readers see the new one, when it "
                        "came, and a link to the old one",
                        "  tamizdat correct tzentry1... snow.md\n", &cli::publish);
    sub.add_option_function<std::string>(
           "ENTRY", [this](const std::string& entry) { arguments_.fields.emplace_back("corrects", entry); },
           "The article, or a correction of it")
        ->required()
        ->type_name("");
    add_article(sub);
  }

  void add_article(CLI::App& sub) {
    add_home(sub);
    sub.add_option("FILE", arguments_.place, "Markdown (*.md) or HTML (*.html)")->required()->type_name("");
    add_field(sub, "title", "The title; without one, a heading # that opens the Markdown");
    add_field(sub, "lede", "What it is about, in a sentence or two");
    add_field(sub, "language", "BCP 47, such as ru; default: the project's first");
    add_field(sub, "regions", "ISO 3166-2, such as RU-SVE,RU-CHE; default: the project's");
    add_field(sub, "topics", "IPTC Media Topics or words, with commas between them");
    add_field(sub, "licence", "SPDX id for reprints, such as CC-BY-4.0; default: ask");
    add_field(sub, "credit", "The line that a reprint must carry");
    add_attachments(sub);
    add_embargo_options(*this, sub);
    add_field(sub, "byline", "As the newsroom wants to name its author");
    add_field(sub, "published", "When it was published; default: this hour");
    add_field(sub, "url", "Where it stands on the newsroom's site");
    add_passphrase(sub);
    add_network(sub);
    add_offline(sub);
    add_no_wait(sub);
  }

  // Words of an attachment follow it, so the order of the arguments counts; CLI11 keeps it apart from the values.
  void add_attachments(CLI::App& sub) {
    const auto add_words = [&](const char* name, const char* type, const char* description) {
      attachment_words_.emplace_back();
      sub.add_option(name, attachment_words_.back(), description)->type_name(type)->allow_extra_args(false);
    };
    add_words("--attach", "FILE", "A picture besides those that the text shows; encoded anew, so that it tells nothing of place, "
              "device and person");
    add_words("--as-is", "FILE", "Sound, film or PDF, unchanged: with its name and all that it tells of who made it, where and when");
    add_words("--alt", "TEXT", "What the picture before it shows, for those who do not see it");
    add_words("--caption", "TEXT", "Of the picture or file before it");
    add_words("--photo-credit", "TEXT", "Of the picture before it; before all of them: of every picture");
    sub.parse_complete_callback([this, &sub] { take_attachments(sub); });
  }

  void take_attachments(const CLI::App& sub) {
    std::map<const CLI::Option*, std::size_t> taken;
    for (const CLI::Option* const option : sub.parse_order()) {
      const std::string name = option->get_name();
      if (name != "--attach" && name != "--as-is" && name != "--alt" && name != "--caption" && name != "--photo-credit") continue;
      const std::string& value = option->results().at(taken[option]++);
      auto& files = arguments_.attachments;
      if (name == "--attach") files.push_back({value, {}, {}, {}, client::AttachmentTreatment::kEncodeAnew});
      else if (name == "--as-is") files.push_back({value, {}, {}, {}, client::AttachmentTreatment::kAsIs});
      else if (files.empty() && name == "--photo-credit") arguments_.fields.emplace_back("photo-credit", value);
      else if (files.empty()) throw CLI::ValidationError(name, "it belongs to the --attach or --as-is before it, and there is none");
      else if (name == "--alt") files.back().alt = value;
      else if (name == "--caption") files.back().caption = value;
      else files.back().credit = value;
    }
  }

  void add_field(CLI::App& sub, const char* key, const char* description) {
    sub.add_option_function<std::string>(
           "--" + std::string(key),
           [this, key](const std::string& value) { arguments_.fields.emplace_back(key, value); }, description)
        ->type_name("TEXT");
  }

  void add_import() {
    CLI::App& sub = add(app_, "import", "Take articles over from a feed (RSS, Atom, JSON Feed) or a list of feeds (OPML): the new ones, and "
                        "changes as corrections",
                        "  tamizdat import https://newsroom.example/feed --dry-run\n"
                        "  tamizdat import https://newsroom.example/feed --licence CC-BY-4.0\n"
                        "  tamizdat import feeds.opml --watch --passphrase-file desk.pass\n",
                        &import_source);
    add_home(sub);
    auto& import = arguments_.import;
    sub.add_option("SOURCE", import.source, "A file or a web address, of a feed or a list")->required()->type_name("");
    auto* const dry_run =
        sub.add_flag("--dry-run", arguments_.dry_run, "Tell what would happen, and why items are skipped; sign nothing");
    sub.add_flag("--watch", arguments_.watch,
                 "Go on until Ctrl-C: each feed every 15 minutes, or as seldom as its server and the feed itself ask for")
        ->excludes(dry_run);
    sub.add_option("--language", import.language, "Where an item names none; default: the project's first")->type_name("TAG");
    add_list(sub, "--region", import.regions, "Of all items; default: the project's")->type_name("CODE");
    sub.add_option("--licence", import.licence, "SPDX id for reprints; default: ask")->type_name("TEXT");
    sub.add_option("--credit", import.credit, "The line that a reprint must carry")->type_name("TEXT");
    sub.add_flag_callback("--no-pictures", [&import] { import.pictures = false; }, "Leave pictures links, for a bad line");
    add_passphrase(sub);
    add_network(sub);
    add_offline(sub);
    add_no_wait(sub);
  }

  void add_send_and_status() {
    CLI::App& send_sub = add(app_, "send", "Send what waits in the outbox; with a passphrase, release embargoes that have ended too",
                         "  tamizdat send\n", &cli::send);
    add_home(send_sub);
    add_network(send_sub);
    add_passphrase(send_sub);
    add_letter_options(*this, send_sub);
    send_sub.add_flag("--all-attachments", arguments_.all_attachments,
                      "Ask the relays about every attachment of the log again, also those that they had once");
    add_no_wait(send_sub);
    CLI::App& status_sub = add(app_, "status", "Ask every relay what it holds, and show what waits in the outbox",
                               "  tamizdat status\n"
                               "  tamizdat status tzentry1...\n"
                               "  tamizdat status tzproject1... --relay \"tamizdat-relay:v1 ...\"\n",
                               &cli::status);
    add_home(status_sub);
    add_network(status_sub);
    status_sub.add_option("WHAT", arguments_.entry, "Only where this entry lies; or a project with all its desks, or an entry of another one: "
                          "relays are asked for it, and no home is needed")->type_name("");
    status_sub.add_flag("--audit", arguments_.audit, "Ask each relay for random entries and blocks that it has signed a receipt for");
  }

  void add_fetch() {
    CLI::App& sub = add(app_, "fetch", "Bring articles from relays into a folder, each proven before it is written",
                        "  tamizdat fetch --relay \"tamizdat-relay:v1 ...\" --region RU-SVE --language ru --out news\n",
                        &cli::fetch);
    add_home(sub);
    add_network(sub, "Address line of a relay to fetch from; default: those of the desk");
    sub.add_option("--project", arguments_.project, "Only this one; default: all that the relay knows")->type_name("ID");
    add_list(sub, "--region", arguments_.regions, "Pages of these only, such as RU-SVE, or RU for all of Russia")
        ->type_name("CODE");
    add_list(sub, "--language", arguments_.languages, "Pages of these only, such as ru")->type_name("TAG");
    sub.add_flag_callback("--no-attachments", [this] { arguments_.bring_attachments = false; }, "No pictures, sound and film, for a bad line");
    sub.add_option("--out", arguments_.out, "Folder for archives, attachments and pages")->required()->type_name("DIR");
  }

  void add_verify() {
    CLI::App& sub = add(app_, "verify", "Prove who signed what: of a file, a folder, or a download",
                        "  tamizdat verify news --project tzproject1...\n", &cli::verify);
    sub.add_option("PLACE", arguments_.place, "A file *.tamizdat, a folder of them, or a web address")->required()->type_name("");
    sub.add_option("--project", arguments_.project, "Everything must belong to this project")->type_name("ID");
    add_network(sub, "Address line of a relay whose key counts for web addresses of it");
  }

  Arguments& arguments_;
  std::deque<std::vector<std::string>> attachment_words_;  // of no use but to have a place
  CLI::App app_{"Publish where no single server, court or stolen key can stop, alter, hide or backdate it.", "tamizdat"};
};

// What is a number in a help text is digits: a minus sign would make a very large one of it.
void check_numbers(CLI::App& app) {
  const CLI::Validator digits(
      [](std::string& text) {
        const bool is_number = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
        return is_number ? std::string() : "\"" + text + "\" is no whole number of 0 or more";
      },
      "");
  for (CLI::Option* const option : app.get_options([](CLI::Option* each) { return each->get_type_name() == "N"; })) option->check(digits);
  for (CLI::App* const sub : app.get_subcommands([](CLI::App*) { return true; })) check_numbers(*sub);
}

// Of a command line that did not parse: the word that stands where a command should, with the nearest one that is known.
std::optional<std::string> unknown_command(const CLI::App& app) {
  const auto known = app.get_subcommands();
  const CLI::App& parent = known.empty() ? app : *known.front();
  const auto words = app.remaining(true);
  const auto commands = parent.get_subcommands([](const CLI::App*) { return true; });
  if (commands.empty() || !parent.get_subcommands().empty() || words.empty() || words.front().starts_with('-'))
    return std::nullopt;
  const std::string word = words.front().substr(0, 64);
  const auto distance = [&word](const CLI::App* command) { return edit_distance(word, command->get_name()); };
  const auto* const nearest = *std::ranges::min_element(commands, {}, distance);
  std::string text = "there is no command \"" + word + "\"";
  if (distance(nearest) <= 2) text += "; did you mean \"" + nearest->get_name() + "\"?";
  return text;
}

}  // namespace

int run(const std::vector<std::string>& arguments, Console& console, client::Edges& edges) {
  Arguments parsed;
  CommandLine command_line(parsed);
  check_numbers(command_line.app());
  try {
    command_line.app().parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    console.data(command_line.app().help());
    return 0;
  } catch (const CLI::CallForVersion& version) {
    console.data(version.what());
    return 0;
  } catch (const CLI::ParseError& error) {
    console.complain(unknown_command(command_line.app()).value_or(error.what()));
    console.say("See tamizdat --help, or the --help of each command.");
    return static_cast<int>(client::ProblemKind::kUsage);
  }
  const Context context{parsed, console, edges};
  const int code = command_line.chosen()(context);
  warn_of_charter_of_home(context);
  return code;
}

}  // namespace tamizdat::cli
