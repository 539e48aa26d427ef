// A newsroom's days by the C++ API, with nothing of ours but <tamizdat/...> (its include path has nothing else): what the
// verbs of the program do is done here by their calls, on real relays.
//
//   api_story FOLDER ADDRESS_LINE...      (three relays or more)
//
// prints a line for each chapter, and ends with 1 at the first thing that is not as it should be.
#include <tamizdat/charter.h>
#include <tamizdat/desk.h>
#include <tamizdat/desk_life.h>
#include <tamizdat/freeze.h>
#include <tamizdat/letters.h>
#include <tamizdat/reader.h>
#include <tamizdat/root_keys.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace tamizdat::client;
using namespace std::chrono_literals;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "api_story: %s\n", what.c_str());
  std::exit(1);
}

void expect(bool is_so, const std::string& what) {
  if (!is_so) fail("not so: " + what);
}

template <typename T>
T must(Outcome<T> outcome, const std::string& what) {
  if (!outcome) fail(what + ": " + outcome.error().code + ": " + outcome.error().text);
  if constexpr (!std::is_void_v<T>) return *std::move(outcome);
}

void chapter(const std::string& name) {
  std::printf("%s\n", name.c_str());
  std::fflush(stdout);
}

class Patience final : public Pause {
 public:
  void until(sys_seconds time) override { std::this_thread::sleep_until(time); }
  bool is_over() override { return false; }
};

class OneRound final : public Pause {
 public:
  void until(sys_seconds) override { is_over_ = true; }
  bool is_over() override { return is_over_; }

 private:
  bool is_over_ = false;
};

class Story {
 public:
  Story(std::string folder, std::vector<std::string> lines) : folder_(std::move(folder)), lines_(std::move(lines)) {}

  void tell() {
    project();
    texts();
    imports();
    embargo();
    second_desk();
    letters();
    stolen_laptop();
    coerced_root_key();
    readers();
    paper();
  }

 private:
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  DeskOptions home(const std::string& name) const { return {at(name), {}, {}}; }
  CharterSource source() const {
    CharterSource out;
    out.home = at("home");
    return out;
  }
  CharterSource to_join(const std::string& home) const {
    CharterSource out;
    out.home = at(home);
    out.project = project_;
    out.relays = lines_;
    return out;
  }
  static Passphrase passphrase(std::string text = "snow falls on both banks") { return must(Passphrase::take(text), "a passphrase"); }
  std::string root_key(int number) const { return at("home") + "/root-keys/root-" + std::to_string(number) + ".key"; }

  std::string article(const std::string& name, const std::string& text) const {
    std::ofstream(at(name)) << text;
    return at(name);
  }

  static ProjectDraft draft(const std::string& title) {
    ProjectDraft out;
    out.title = title;
    out.languages = {"ru"};
    out.regions = {"RU-SVE"};
    out.desk_label = "Екатеринбург";
    return out;
  }

  // Signed by two of three, one after the other, and put in force on every relay.
  void put_in_force(const std::string& request) const {
    must(sign_request(request, root_key(1), passphrase()), "a first signature");
    const auto signed_by_two = must(sign_request(request, root_key(2), passphrase()), "a second signature");
    expect(signed_by_two.signatures_missing == 0, "two signatures meet the threshold");
    expect(must(read_request(request), "the request").signed_by.size() == 2, "the file holds both");
    const auto submitted = must(submit_request(source(), {request}), "submitting");
    for (const auto& relay : submitted.relays) expect(!relay.problem, relay.relay + " takes the charter");
  }

  Desk desk(const std::string& name = "home") const { return must(Desk::open(home(name)), "the home"); }

  void wait_for_copies(Desk& of) const {
    Patience pause;
    const auto copies = must(of.wait_for_copies(pause, 60s, [](const CopiesReport&) {}), "waiting for copies");
    expect(copies.enough, "three copies in three countries");
  }

  void project() {
    const auto made = must(Desk::create_project(home("home"), draft("Уральские заметки"), passphrase(), passphrase()), "a project");
    expect(made.root_key_files.size() == 3 && made.threshold == 2, "three root keys, of which two sign");
    project_ = made.id;
    auto here = desk();
    for (const auto& line : lines_) must(here.add_relay(line), "a relay");
    must(here.remove_relay(lines_.back()), "a relay goes");
    expect(must(here.relays(), "the relays").size() == lines_.size() - 1, "one less");
    expect(must(here.add_relay(lines_.back()), "it comes back").is_new, "and is new again");
    CharterEdit edit;
    edit.title = "Уральские новости";
    for (const auto& line : lines_) edit.list_relays.push_back({line, {}});
    edit.quorum = 2;
    edit.copies = 3;
    edit.countries = 3;
    edit.erase_delay_hours = 72;
    const auto request = must(request_update(source(), edit, at("update")), "an update");
    expect(request.version == 2 && request.signatures_missing == 2, "a request for version 2");
    put_in_force(at("update"));
    expect(must(desk().project(), "the project").title == "Уральские новости", "the new title is in force");
    const auto view = must(view_charter(source()), "how relays stand to the charter");
    expect(view.version == 2 && view.quorum == 2 && view.disputes.empty(), "version 2, and no other one");
    for (const auto& relay : view.relays) expect(relay.standing == CharterStanding::kAgrees, relay.relay + " agrees: " + relay.text);
    chapter("project");
  }

  void texts() {
    auto here = desk();
    const auto published = must(here.publish({article("snow.md", "# Снег\n\nТает."), {}}, passphrase()), "an article");
    snow_ = published.entries.at(0).id;
    wait_for_copies(here);
    must(here.publish({article("snow2.md", "# Снег\n\nЛежит."), {{"corrects", snow_}}}, passphrase()), "a correction");
    const auto rain = must(here.publish({article("rain.md", "# Дождь\n\nИдёт."), {}}, passphrase()), "another article").entries.at(0).id;
    must(here.retract({rain, RetractionReason::kError}, passphrase()), "a retraction");
    must(here.send(), "sending");
    wait_for_copies(here);
    const auto status = must(here.status(), "the status");
    expect(status.log_size == 4 && status.relays.size() == lines_.size(), "four entries, all relays told");
    expect(must(here.entry_status(snow_), "the status of an entry").copies.enough, "the article has its copies");
    for (const auto& relay : must(here.audit(), "an audit")) expect(relay.broken.empty(), relay.name + " gives what it signed for");
    chapter("texts");
  }

  std::string feed(const std::string& second_text) const {
    const auto item = [](const std::string& guid, const std::string& text) {
      return "<item><guid isPermaLink=\"false\">" + guid + "</guid><title>" + guid + "</title><description>" + text + "</description></item>";
    };
    std::ofstream(at("feed.rss")) << "<rss version=\"2.0\"><channel><title>Лента</title><link>https://newsroom.example/</link>"
                                     "<description>Тексты</description>" + item("Лёд", "Идёт.") + item("Вода", second_text) + "</channel></rss>";
    return at("feed.rss");
  }

  void imports() {
    auto here = desk();
    ImportOptions options;
    options.source = feed("Тёплая.");
    const auto size = must(here.status(), "the status").log_size;
    expect(must(here.preview_import(options), "a preview").articles == 2, "two articles would come");
    expect(must(here.status(), "the status").log_size == size, "a preview signs nothing");
    expect(must(here.import_source(options, passphrase()), "an import").published.entries.size() == 2, "they come");
    expect(must(here.import_source(options, passphrase()), "the same again").unchanged == 2, "and only once");
    feed("Холодная.");
    OneRound pause;
    std::uint64_t corrections = 0;
    must(here.watch_source(options, passphrase(), pause, [&](const Outcome<ImportReport>& round, sys_seconds next) {
           corrections += must(round, "a round").corrections;
           expect(next > std::chrono::system_clock::now(), "the next round is later");
         }), "a watch");
    expect(corrections == 1, "what changed in the feed is a correction");
    chapter("imports");
  }

  void embargo() {
    auto here = desk();
    ArticleSource sealed{article("later.md", "# Позже\n\nПод замком."), {}};
    sealed.embargo = EmbargoTerms{std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now()) + 48h, EmbargoForm::kSealed};
    const auto entry = must(here.publish(sealed, passphrase()), "a sealed article").entries.at(0).id;
    expect(must(here.embargoes(), "the embargoes").size() == 1, "one is kept");
    must(here.release_embargoes({entry}, passphrase()), "a release before its time");
    expect(!must(here.embargoes(), "the embargoes").at(0).opened_by.empty(), "it is open");
    ArticleSource plain{article("soon.md", "# Скоро\n\nПо часам."), {}};
    plain.embargo = EmbargoTerms{sealed.embargo->until, EmbargoForm::kPlain};
    timed_entry_ = must(here.publish(plain, passphrase()), "an article that relays open by the clock").entries.at(0).id;
    expect(must(here.embargoes(), "the embargoes").size() == 1, "this home has no key of it to keep");
    chapter("embargo");
  }

  void second_desk() {
    const auto id = must(make_desk(home("perm"), passphrase()), "a desk");
    CharterEdit edit;
    DeskDraft perm;
    perm.id = id;
    perm.label = "Пермь";
    edit.add_desks.push_back(perm);
    must(request_update(source(), edit, at("add")), "a request for a desk");
    put_in_force(at("add"));
    must(join_project(to_join("perm")), "joining");
    auto perm_desk = desk("perm");
    perm_entry_ = must(perm_desk.publish({article("perm.md", "# Пермь\n\nТекст."), {}}, passphrase()), "its article").entries.at(0).id;
    wait_for_copies(perm_desk);
    CharterEdit rename;
    DeskEdit label;
    label.id = id;
    label.label = "Пермь и Кама";
    rename.change_desks.push_back(label);
    must(request_update(source(), rename, at("rename")), "a request for another label");
    put_in_force(at("rename"));
    const auto desks = must(desk().project(), "the project").desks;
    expect(std::ranges::find(desks, "Пермь и Кама", &DeskInfo::label) != desks.end(), "the desk has its new label");
    // Two desks together: relays erase at once.
    auto here = desk();
    const auto error = must(here.publish({article("wrong.md", "# Ошибка\n\nИмя источника."), {}}, passphrase()), "a mistake").entries.at(0).id;
    const auto secret = passphrase();
    must(here.retract({error, RetractionReason::kSourceAtRisk}, passphrase(), {}, Cosigner{at("perm"), &secret}), "a retraction by two");
    chapter("second desk");
  }

  void letters() {
    const auto key = must(new_sealing_key(home("home"), passphrase()), "a sealing key");
    CharterEdit edit;
    edit.add_sealing_keys.push_back(key.key);
    must(request_update(source(), edit, at("seal")), "a request for a sealing key");
    put_in_force(at("seal"));
    must(Desk::create_project(home("other"), draft("Обмен"), passphrase(), passphrase()), "another project");
    auto other = desk("other");
    for (const auto& line : lines_) must(other.add_relay(line), "a relay");
    must(other.publish({article("hello.md", "# Здравствуйте\n\nМы здесь."), {}}, passphrase()), "its first article");
    const auto sent = must(send_letter(home("other"), {{project_}, article("list.txt", "имена\n")}, passphrase()), "a letter");
    expect(sent.waiting == 0 && sent.handed_in > 0, "a relay took it");
    expect(must(send_waiting_letters(home("other"), lines_), "sending again").handed_in == 0, "nothing was left waiting");
    const auto inbox = must(read_letters(home("home"), {}, passphrase()), "the inbox");
    expect(inbox.letters.size() == 1 && inbox.letters.at(0).project_title == "Обмен", "the letter is there, and from whom");
    DeskOptions cut_off = home("other");
    cut_off.proxy = "socks5h://127.0.0.1:1";  // where nobody listens: no relay is reached
    const auto kept = must(send_letter(cut_off, {{project_}, article("later.txt", "адреса\n")}, passphrase()), "a letter without a line");
    expect(kept.handed_in == 0 && kept.waiting > 0 && !kept.troubles.empty(), "it waits");
    expect(must(read_letters(home("home"), {}, passphrase()), "the inbox before").letters.empty(), "it has not come");
    const auto later = must(send_waiting_letters(home("other"), lines_), "sending what waits");
    expect(later.handed_in == kept.waiting && later.waiting == 0, "it leaves");
    expect(must(read_letters(home("home"), {}, passphrase()), "the inbox after").letters.size() == 1, "it has come");
    must(export_sealing_key(home("home"), key.key, passphrase(), at("seal.key"), passphrase("paper in a drawer")), "export of the sealing key");
    must(import_sealing_key(home("perm"), at("seal.key"), passphrase("paper in a drawer"), passphrase()), "import of the sealing key");
    const auto keys = must(sealing_keys(home("perm")), "sealing keys");
    expect(keys.size() == 1 && keys.at(0).is_here && keys.at(0).is_listed, "the second desk reads letters too");
    const auto refused = destroy_sealing_key(home("perm"), key.key);
    expect(!refused && refused.error().code == "sealing-key-listed", "a key that the charter names is not destroyed by mistake");
    const auto spare = must(new_sealing_key(home("home"), passphrase()), "a spare key");
    must(destroy_sealing_key(home("home"), spare.key), "it goes");
    expect(must(sealing_keys(home("home")), "sealing keys").size() == 1, "one is left");
    chapter("letters");
  }

  // The thief of the second desk retracts what it published; closing it brings that back.
  void stolen_laptop() {
    auto stolen = desk("perm");
    const auto stolen_id = must(stolen.project(), "the project").desks;
    must(stolen.retract({perm_entry_, RetractionReason::kOther}, passphrase()), "the thief's retraction");
    const auto successor = must(make_successor(home("perm"), at("perm 2"), passphrase()), "a successor");
    must(to_hand_over(home("perm")), "what is to be handed over");
    must(hand_over(home("perm"), passphrase(), at("perm 2"), passphrase()), "handing over");
    const auto own = std::ranges::find_if(stolen_id, [](const DeskInfo& each) { return each.is_this_one; });
    ClosingDraft draft;
    draft.desk = own->id;
    draft.size = 1;
    DeskDraft next;
    next.id = successor;
    next.label = "Пермь 2";
    draft.successor = next;
    must(request_closing(source(), draft, at("close")), "a closing");
    put_in_force(at("close"));
    expect(must(join_project(to_join("perm 2")), "joining").closed_desks.size() == 1, "the stolen desk is closed");
    auto perm = desk("perm 2");
    must(perm.publish({article("again.md", "# Пермь\n\nСнова мы."), {}}, passphrase()), "the successor's first article");
    wait_for_copies(perm);
    expect(!stolen.publish({article("lie.md", "# Ложь\n\nТекст."), {}}, passphrase()), "the stolen desk publishes nothing more");
    chapter("stolen laptop");
  }

  void coerced_root_key() {
    const auto frozen = must(freeze_project(source(), root_key(3), passphrase()), "a freeze");
    for (const auto& relay : frozen.relays) expect(!relay.problem, relay.relay + " takes the freeze");
    expect(must(desk().project(), "the project").frozen.has_value(), "it is frozen");
    const auto fresh_key = must(make_root_key(at("root-4.key"), passphrase()), "a new root key");
    const auto keys = must(desk().project(), "the project").root_keys;
    const auto info = must(desk().project(), "the project");
    CharterEdit edit;
    edit.add_root_keys.push_back(fresh_key.id);
    edit.remove_root_keys.push_back(info.frozen->root_key);
    must(request_update(source(), edit, at("thaw")), "a request that thaws");
    put_in_force(at("thaw"));
    expect(!must(desk().project(), "the project").frozen, "it goes on");
    auto here = desk();
    must(here.publish({article("on.md", "# Дальше\n\nИдём."), {}}, passphrase()), "an article after the thaw");
    wait_for_copies(here);
    chapter("coerced root key");
  }

  // Relays cosign a head soon after they have it.
  void wait_until_fresh(Desk of) const {
    Patience pause;
    for (int tries = 0; tries < 120; ++tries) {
      if (must(of.status(), "the status").freshness.state == FreshnessState::kFresh) return;
      pause.until(std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now()));
    }
    fail("no quorum vouches for the log");
  }

  void readers() {
    wait_until_fresh(desk());
    wait_until_fresh(desk("perm 2"));
    FetchOptions options;
    options.relays = lines_;
    options.home = at("nobody");
    options.project = project_;
    options.out = at("fetched");
    const auto fetched = must(fetch(options), "a reader's copy");
    expect(fetched.troubles.empty() && fetched.logs.size() == 3, "three desks' logs");
    VerifyOptions what;
    what.place = at("fetched");
    what.project = project_;
    std::vector<std::string> kinds;
    bool perm_is_back = false, is_timed = false;
    const auto report = must(verify(what,
                                    [&](const ProvenEntry& entry) {
                                      kinds.push_back(entry.kind);
                                      perm_is_back = perm_is_back || (entry.id == perm_entry_ && entry.absent.empty());
                                      is_timed = is_timed || (entry.id == timed_entry_ && entry.absent == "embargoed" && entry.embargo_until);
                                    }),
                             "verification");
    expect(perm_is_back, "what the thief retracted is there");
    expect(is_timed, "the article under a plain embargo is proven, and its text not given out");
    for (const auto* kind : {"article", "correction", "retraction"})
      expect(std::ranges::find(kinds, kind) != kinds.end(), std::string("a reader is given a ") + kind);
    for (const auto& log : report.logs) expect(log.freshness.state == FreshnessState::kFresh, log.desk_label + " is fresh");
    PlacesOptions where;
    where.what = snow_;
    where.relays = lines_;
    where.home = at("nobody");
    const auto of_entry = must(places(where), "the places of an article");
    expect(of_entry.entry && of_entry.entry->id == snow_ && of_entry.logs.at(0).copies.enough, "it lies in three countries");
    where.what = project_;
    expect(must(places(where), "the places of the project").logs.size() == 3, "three desks' logs lie there");
    chapter("readers");
  }

  void paper() {
    must(print_root_key(root_key(1), "Уральские новости", at("root-1.html")), "a paper");
    must(change_passphrase(root_key(1), passphrase(), passphrase("other words")), "another passphrase");
    const auto wrong = sign_request(at("thaw"), root_key(1), passphrase());
    expect(!wrong && wrong.error().code == "passphrase-wrong", "the old passphrase opens it no more");
    std::ofstream(at("typed.txt")) << "tzkey\n";
    expect(!recover_root_key(at("typed.txt"), at("root-1 again.key")), "a paper that was typed wrong is refused");
    const auto again = must(recover_root_key(at("root-1.html"), at("root-1 again.key")), "the key from the page");
    const auto keys = must(desk().project(), "the project").root_keys;
    expect(std::ranges::find(keys, again.id) != keys.end(), "it is a root key of the project");
    must(change_passphrase(again.file, passphrase(), passphrase("new words")), "it opens with the passphrase that it was printed under");
    chapter("paper");
  }

  std::string folder_;
  std::vector<std::string> lines_;
  std::string project_;
  std::string snow_;
  std::string perm_entry_;
  std::string timed_entry_;  // under a plain embargo
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: api_story FOLDER ADDRESS_LINE ADDRESS_LINE ADDRESS_LINE...\n");
    return 2;
  }
  Story(argv[1], {argv + 2, argv + argc}).tell();
}
