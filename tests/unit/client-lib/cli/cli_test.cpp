// The command line in this process: what it prints where, and its exit codes.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>

#include "client-lib/cli/run.h"
#include "client-lib/desk/desk_store.h"
#include "tests/unit/client-lib/support/fake_pause.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

class CommandLine : public testing::Test {
 protected:
  tests::Newsroom room_;
  tests::FakeRelay& ge_ = room_.network.add_relay("GE", "GE");
  std::string out_, err_;
  std::vector<std::string> typed_;  // answers to secret questions; empty: no terminal
  bool terminal_ = false;
  std::size_t watch_rounds_ = 2;  // until somebody presses Ctrl-C

  int run(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    ConsoleParts parts{out, err};
    parts.out_is_terminal = parts.err_is_terminal = terminal_;
    if (!typed_.empty())
      parts.ask_secret = [this](std::string_view) -> std::optional<std::string> {
        if (typed_.empty()) return std::nullopt;
        std::string line = typed_.front();
        typed_.erase(typed_.begin());
        return line;
      };
    parts.make_pause = [this] { return std::make_unique<tests::FakePause>(room_.clock, watch_rounds_); };
    Console console(parts);
    const int code = cli::run(arguments, console, room_.edges);
    out_ = out.str();
    err_ = err.str();
    return code;
  }
  // With the home and the passphrase of the desk.
  int run_at_desk(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--home", room_.home, "--passphrase-file", room_.write("pass", "correct horse\n")});
    return run(arguments);
  }
  int run_home(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--home", room_.home});
    return run(arguments);
  }
  json::object parsed() const { return json::parse(out_).as_object(); }

  void create() {
    ASSERT_EQ(run_at_desk({"project", "create", "--title", "Ural Notes", "--language", "ru", "--region", "RU-SVE"}), 0) << err_;
    ASSERT_EQ(run_home({"relay", "add", ge_.line()}), 0) << err_;
  }
};

TEST_F(CommandLine, TheWholeRoad) {
  create();
  ASSERT_EQ(run_at_desk({"publish", room_.article("Snow"), "--json"}), 0) << err_;
  const std::string entry(parsed()["entries"].as_array()[0].as_object()["entry"].as_string());
  ASSERT_EQ(run_home({"status", "--json"}), 0);
  EXPECT_EQ(parsed()["log_size"].to_number<int>(), 1);
  const std::string project(parsed()["project"].as_object()["project"].as_string());
  ASSERT_EQ(run({"fetch", "--relay", ge_.line(), "--project", project, "--out", room_.out}), 0) << err_;
  EXPECT_TRUE(out_.starts_with("Ural Notes / newsroom  1 entry (1 new), 1 article matching (1 written)  "));
  ASSERT_EQ(run({"verify", room_.out, "--project", project}), 0) << err_;
  EXPECT_NE(out_.find("2026-03-01T12:00:00Z  entry 0  article  Ural Notes / newsroom  Snow  " + entry), std::string::npos) << out_;
  EXPECT_NE(out_.find("proven: 1 entry in 1 archive\n"
                      "  Ural Notes / newsroom  its whole log of 1 entry, nothing left out  tzlog1"),
            std::string::npos)
      << out_;
  EXPECT_NE(out_.find("project confirmed: " + project), std::string::npos);
  EXPECT_EQ(err_, "1 page was not checked: pages are made from the archives, and fetch makes them anew.\n");
  ASSERT_EQ(run({"verify", room_.out}), 0);
  EXPECT_NE(out_.find("project not confirmed: " + project), std::string::npos);
  ASSERT_EQ(run({"verify", room_.out, "--json"}), 0);
  EXPECT_FALSE(parsed()["projects"].as_array()[0].as_object()["confirmed"].as_bool());
  EXPECT_EQ(parsed()["entries"].as_array()[0].as_object()["title"].as_string(), "Snow");
  EXPECT_EQ(parsed()["logs"].as_array()[0].as_object()["size"].to_number<int>(), 1);
  EXPECT_EQ(parsed()["pages_not_checked"].to_number<int>(), 1);
}

TEST_F(CommandLine, CreatingWarnsOnStandardErrorAndPrintsDataOnStandardOutput) {
  ASSERT_EQ(run_at_desk({"project", "create", "--title", "T", "--roots", "1", "--threshold", "1", "--json"}), 0);
  EXPECT_EQ(parsed()["threshold"].to_number<int>(), 1);
  EXPECT_NE(err_.find("Move each to another place"), std::string::npos);
  EXPECT_NE(err_.find("Warning: with 1 root key(s)"), std::string::npos);
}

TEST_F(CommandLine, AsksForPassphrasesAtATerminalTwiceWhenTheyAreNew) {
  typed_ = {"root", "root", "desk", "desk"};
  ASSERT_EQ(run_home({"project", "create", "--title", "T", "--language", "ru"}), 0) << err_;
  EXPECT_TRUE(typed_.empty());
  ASSERT_EQ(run_home({"relay", "add", ge_.line()}), 0);
  typed_ = {"desk"};
  EXPECT_EQ(run_home({"publish", room_.article("Snow")}), 0) << err_;
  typed_ = {"one", "two"};
  EXPECT_EQ(run({"project", "create", "--title", "T", "--home", room_.home + "2"}), 1);
  EXPECT_EQ(err_, "tamizdat: the two passphrases differ: try again\n");
}

TEST_F(CommandLine, TakesAnAddressLineThatIsNotQuoted) {
  create();
  std::istringstream words(room_.network.add_relay("RS", "RS").line());
  std::vector<std::string> arguments{"relay", "add"};
  for (std::string word; words >> word;) arguments.push_back(word);
  ASSERT_EQ(run_home(arguments), 0) << err_;
  ASSERT_EQ(run_home({"relay", "list", "--json"}), 0);
  EXPECT_EQ(parsed()["relays"].as_array().size(), 2U);
}

TEST_F(CommandLine, HelpBeginsWithAnExample) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{}, {"project"}, {"project", "create"}, {"project", "show"}, {"relay"}, {"relay", "add"},
        {"relay", "list"}, {"relay", "remove"}, {"publish"}, {"import"}, {"send"}, {"status"}, {"fetch"}, {"verify"},
        {"correct"}, {"retract"}, {"embargo"}, {"embargo", "release"}, {"inbox"}, {"sealing-key"}, {"sealing-key", "new"},
        {"desk"}, {"desk", "add"}, {"desk", "close"}, {"desk", "rotate"}, {"passphrase"}, {"project", "update"},
        {"project", "sign"}, {"project", "submit"}, {"project", "freeze"}, {"project", "paper"}, {"project", "recover"}}) {
    auto arguments = command;
    arguments.push_back("--help");
    EXPECT_EQ(run(arguments), 0);
    EXPECT_TRUE(out_.starts_with("Example:\n  tamizdat ")) << out_;
    EXPECT_EQ(err_, "");
  }
}

TEST_F(CommandLine, WrongInputsAndTheirExactWords) {
  const std::string see = "See tamizdat --help, or the --help of each command.\n";
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(err_, "tamizdat: A subcommand is required\n" + see);
  EXPECT_EQ(run({"publish"}), 2);
  EXPECT_EQ(err_, "tamizdat: FILE is required\n" + see);
  EXPECT_EQ(run({"status", "--colour"}), 2);
  EXPECT_EQ(err_, "tamizdat: The following argument was not expected: --colour\n" + see);
  EXPECT_EQ(run({"retract", "x", "--reason", "3"}), 2);
  EXPECT_EQ(err_, "tamizdat: --reason: \"3\" is none of source-at-risk, error, legal, privacy and other\n" + see);
  for (const std::string number : {"-1", "1e3", "x"}) {
    EXPECT_EQ(run({"desk", "close", "x", "--size", number, "--out", "y"}), 2);
    EXPECT_EQ(err_, "tamizdat: --size: \"" + number + "\" is no whole number of 0 or more\n" + see);
  }
  EXPECT_EQ(run_home({"status"}), 1);
  EXPECT_EQ(err_, "tamizdat: there is no desk in " + room_.home +
                      ": make one with tamizdat project create, or name its folder with --home\n");
  create();
  EXPECT_EQ(run_home({"publish", room_.article("Snow")}), 2);
  EXPECT_EQ(err_, "tamizdat: there is no terminal to ask for the passphrase: give --passphrase-file FILE or "
                  "--passphrase-stdin\n");
  EXPECT_EQ(run_home({"publish", room_.article("Snow"), "--passphrase-file", room_.write("empty", "\n")}), 1);
  EXPECT_EQ(err_, "tamizdat: the passphrase in " + (room_.folder.path() / "empty").string() + " is empty\n");
  EXPECT_EQ(run_home({"publish", room_.article("Snow"), "--passphrase-file", room_.write("wrong", "wrong\n")}), 1);
  EXPECT_EQ(err_, "tamizdat: " + room_.home + "/desk.key: the passphrase is wrong for this key file\n");
  EXPECT_EQ(run_at_desk({"publish", "/nonexistent.md"}), 1);
  EXPECT_EQ(err_, "tamizdat: cannot read /nonexistent.md: there is no such file or folder\n");
  EXPECT_EQ(run_at_desk({"publish", room_.write("a.docx", "x")}), 1);
  EXPECT_EQ(err_, "tamizdat: " + (room_.folder.path() / "a.docx").string() +
                      ": an article is Markdown (*.md) or HTML (*.html), and the name tells which\n");
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow"), "--language", "russian"}), 2);
  EXPECT_EQ(err_, "tamizdat: " + (room_.folder.path() / "Snow.md").string() +
                      ": --language: \"russian\" is not a language tag: it must begin with a language code of two or "
                      "three letters (write ru, en, tt or be-tarask)\n");
  EXPECT_EQ(run_at_desk({"publish", room_.write("b.md", "---\ntitel: x\n---\ntext\n")}), 1);
  EXPECT_EQ(err_, "tamizdat: " + (room_.folder.path() / "b.md").string() +
                      ": line 2, key \"titel\": there is no such key; did you mean \"title\"?\n");
  EXPECT_EQ(run({"verify", room_.write("c.tamizdat", "Hello, this is no archive")}), 3);
  EXPECT_EQ(err_, "tamizdat: " + (room_.folder.path() / "c.tamizdat").string() +
                      ": record 1: this is not a Tamizdat archive, or it is damaged\n");
  EXPECT_EQ(run({"verify", room_.folder.path().string(), "--project", ge_.address().relay.text()}), 2);
  EXPECT_EQ(run_home({"relay", "add", "relay.example"}), 2);
  EXPECT_EQ(run_at_desk({"project", "create", "--title", "T"}), 1);
}

TEST_F(CommandLine, ExitCodesTellUnreachableRefusedAndBehind) {
  create();
  ge_.down = true;
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow")}), 4);
  ge_.down = false;
  ge_.refusal = "not on the list";
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow")}), 5);
  EXPECT_NE(out_.find("refuses: the relay refuses: not on the list; 1 entry waits in the outbox"), std::string::npos) << out_;
  EXPECT_NE(err_.find("Nothing is lost: what was signed waits in the outbox."), std::string::npos);
  ge_.refusal.clear();
  EXPECT_EQ(run_home({"send"}), 0);
  fs::copy(room_.home, room_.home + "-backup", fs::copy_options::recursive);
  EXPECT_EQ(run_at_desk({"publish", room_.article("Rain")}), 0);
  room_.home += "-backup";
  // Signed beside what a relay has already: no copy of the desk can go on with both.
  ge_.down = true;
  EXPECT_EQ(run_at_desk({"publish", room_.article("Hail"), "--offline"}), 0);
  ge_.down = false;
  EXPECT_EQ(run_home({"send"}), 6);
}

TEST_F(CommandLine, ARestoredBackupGoesOnWhereTheDeskStood) {
  create();
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow")}), 0);
  fs::copy(room_.home, room_.home + "-backup", fs::copy_options::recursive);
  EXPECT_EQ(run_at_desk({"publish", room_.article("Rain")}), 0);
  room_.home += "-backup";
  EXPECT_EQ(run_at_desk({"publish", room_.article("Hail")}), 0);
  EXPECT_EQ(run_home({"status"}), 0);
  EXPECT_NE(out_.find("3 entries"), std::string::npos) << out_;
}

TEST_F(CommandLine, AnotherKeyIsExitCodeThreeInEveryCommand) {
  create();
  ASSERT_EQ(run_at_desk({"publish", room_.article("Rain"), "--offline"}), 0);
  ge_.key_changed = true;
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow")}), 3);
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow"), "--offline"}), 3);
  EXPECT_EQ(run_home({"send"}), 3);
  EXPECT_NE(out_.find("WRONG KEY: the server does not have the key of the relay's address; 1 entry waits"), std::string::npos)
      << out_;
  EXPECT_EQ(run_home({"status"}), 3);
  EXPECT_EQ(run({"fetch", "--relay", ge_.line(), "--out", room_.out}), 3);
  EXPECT_EQ(run({"verify", "https://relay.example:8440/v1/entries/x", "--relay", ge_.line()}), 3);
}

TEST_F(CommandLine, FetchFailsOnlyIfNothingServedOrSomethingLied) {
  create();
  ASSERT_EQ(run_at_desk({"publish", room_.article("Snow")}), 0);
  ASSERT_EQ(run_home({"project", "show", "--json"}), 0);
  const std::string project(parsed()["project"].as_string());
  auto& empty = room_.network.add_relay("RS", "RS");
  EXPECT_EQ(run({"fetch", "--relay", empty.line(), "--project", project, "--out", room_.out}), 1);
  EXPECT_NE(err_.find("the relay does not know the project"), std::string::npos);
  EXPECT_EQ(run({"fetch", "--relay", empty.line(), "--relay", ge_.line(), "--project", project, "--out", room_.out}), 0);
  EXPECT_NE(err_.find("the relay does not know the project"), std::string::npos);
}

TEST_F(CommandLine, FetchWarnsOfTextsThatAreMissing) {
  create();
  ASSERT_EQ(run_at_desk({"publish", room_.article("Snow")}), 0);
  ge_.hidden = {0};
  EXPECT_EQ(run({"fetch", "--relay", ge_.line(), "--out", room_.out}), 0) << err_;
  EXPECT_TRUE(err_.starts_with("Warning: no relay gave the texts of 1 entry of Ural Notes / newsroom, which the newsroom has not taken back: ")) << err_;
  EXPECT_EQ(run({"fetch", "--relay", ge_.line(), "--out", room_.out, "--json"}), 0) << err_;
  EXPECT_EQ(parsed()["logs"].as_array()[0].as_object()["entries_absent"].to_number<int>(), 1);
}

TEST_F(CommandLine, AnUnknownCommandIsNamedWithTheNearestOne) {
  const auto first_line = [this] { return err_.substr(0, err_.find('\n')); };
  EXPECT_EQ(run({"publsh", "snow.md"}), 2);
  EXPECT_EQ(first_line(), "tamizdat: there is no command \"publsh\"; did you mean \"publish\"?");
  EXPECT_EQ(run({"project", "shw"}), 2);
  EXPECT_EQ(first_line(), "tamizdat: there is no command \"shw\"; did you mean \"show\"?");
  EXPECT_EQ(run({"dance"}), 2);
  EXPECT_EQ(first_line(), "tamizdat: there is no command \"dance\"");
  EXPECT_EQ(run({"status", "--jsno"}), 2);
  EXPECT_EQ(err_.find("no command"), std::string::npos);
}

TEST_F(CommandLine, AWrongFlagIsWrongUsageInEveryCommand) {
  EXPECT_EQ(run_at_desk({"project", "create", "--title", "T", "--language", "russian"}), 2);
  EXPECT_EQ(run_at_desk({"project", "create", "--title", "T", "--region", "Ural"}), 2);
  EXPECT_EQ(run_at_desk({"project", "create", "--title", "T", "--roots", "2", "--threshold", "3"}), 2);
  EXPECT_EQ(run_at_desk({"project", "create", "--title", " "}), 2);
  EXPECT_FALSE(fs::exists(room_.home + "/desk.key"));
  create();
  EXPECT_EQ(run_home({"import", "/nonexistent.xml", "--region", "Ural", "--dry-run"}), 2);
  EXPECT_EQ(run_home({"import", "/nonexistent.xml", "--language", "russian", "--dry-run"}), 2);
  EXPECT_EQ(run({"fetch", "--relay", ge_.line(), "--region", "Ural", "--out", room_.out}), 2);
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow"), "--regions", "Ural"}), 2);
  EXPECT_EQ(run_at_desk({"publish", room_.write("a.md", "---\nlanguage: russian\n---\n# T\n\ntext\n")}), 1);
}

TEST_F(CommandLine, AnOptionOfSeveralValuesLeavesThePlaceAlone) {
  create();
  const auto feed = room_.write("feed.xml", "<rss version=\"2.0\"><channel><title>n</title><item><guid>2</guid><title>Good</title>"
                                            "<description>Text</description></item></channel></rss>");
  EXPECT_EQ(run_home({"import", "--region", "RU-SVE", feed, "--dry-run"}), 0) << err_;
  EXPECT_EQ(run_at_desk({"publish", "--relay", ge_.line(), room_.article("Snow"), "--offline"}), 0) << err_;
  ASSERT_EQ(run({"fetch", "--relay", ge_.line(), "--region", "RU", "--region", "KZ", "--out", room_.out}), 0) << err_;
  EXPECT_EQ(run({"verify", "--relay", ge_.line(), room_.out}), 0) << err_;
}

TEST_F(CommandLine, SendingWithoutARelayIsWrongUsage) {
  ASSERT_EQ(run_at_desk({"project", "create", "--title", "Ural Notes", "--language", "ru"}), 0) << err_;
  ASSERT_EQ(run_at_desk({"publish", room_.article("Snow"), "--offline"}), 0) << err_;
  EXPECT_EQ(run_home({"send"}), 2);
  EXPECT_EQ(err_, "tamizdat: this desk has no relay to send to: add one with tamizdat relay add LINE, or give --relay LINE\n");
}

TEST_F(CommandLine, AProblemIsAnObjectWhereJsonWasAskedFor) {
  EXPECT_EQ(run_home({"status", "--json"}), 1);
  EXPECT_EQ(parsed()["error"].as_string(), "home-missing");
  EXPECT_EQ(parsed()["exit"].to_number<int>(), 1);
  EXPECT_FALSE(err_.empty());
}

TEST_F(CommandLine, NoControlCharacterOfATitleReachesTheTerminal) {
  create();
  const auto path = room_.write("evil.html", "<p>text</p>");
  ASSERT_EQ(run_at_desk({"publish", path, "--title", "a\x1b]0;owned\x07" "b\nc"}), 0) << err_;
  EXPECT_EQ(out_.find('\x1b'), std::string::npos);
  EXPECT_NE(out_.find("article  a]0;ownedb c\n"), std::string::npos) << out_;
}

TEST_F(CommandLine, ColoursATerminalOnly) {
  create();
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow")}), 0);
  EXPECT_EQ(out_.find('\x1b'), std::string::npos);
  terminal_ = true;
  EXPECT_EQ(run_home({"status"}), 0);
  EXPECT_NE(out_.find("\x1b[32mholds all 1 entry\x1b[0m"), std::string::npos) << out_;
}

TEST_F(CommandLine, ADryRunTellsWhyItemsAreSkipped) {
  create();
  const auto feed = room_.write("feed.xml",
                                "<rss version=\"2.0\"><channel><title>n</title><item><guid>1</guid><title>Alone</title></item>"
                                "<item><guid>2</guid><title>Good</title><description>Text</description></item></channel></rss>");
  EXPECT_EQ(run_home({"import", feed, "--dry-run"}), 0) << err_;
  EXPECT_TRUE(out_.starts_with("Would import 1 article and 0 corrections; 0 unchanged, 1 skipped.\nskipped  Alone: ")) << out_;
  EXPECT_EQ(run_at_desk({"import", feed}), 0) << err_;
  EXPECT_TRUE(out_.starts_with("Imported 1 article and 0 corrections; 0 unchanged, 1 skipped.\n")) << out_;
}

TEST_F(CommandLine, AWatchSaysOneSentenceARound) {
  create();
  const std::string feed = room_.write(
      "feed.xml", "<rss version=\"2.0\"><channel><title>t</title><item><guid>https://news.example/1</guid><title>Snow</title>"
                  "<description>It melts.</description></item><item><guid>2</guid><title>Alone</title></item></channel></rss>");
  ASSERT_EQ(run_at_desk({"import", feed, "--watch"}), 0) << err_;
  const std::string first = "2026-03-01T12:34:56Z  Imported 1 article and 0 corrections; 0 unchanged, 1 skipped. Next round at ";
  EXPECT_TRUE(out_.starts_with(first)) << out_;
  EXPECT_NE(out_.find("Z  Imported 0 articles and 0 corrections; 1 unchanged, 1 skipped. Next round at "), std::string::npos)
      << out_;
  EXPECT_NE(out_.find("Z  On 0 relays in 0 countries; the project wants 4 in 3.\n"), std::string::npos) << out_;
  EXPECT_EQ(std::ranges::count(out_, '\n'), 3) << out_;
  // Why it skips is said once.
  EXPECT_EQ(err_.find("skipped  Alone: "), err_.rfind("skipped  Alone: "));
  EXPECT_NE(err_.find("skipped  Alone: "), std::string::npos);
  EXPECT_NE(err_.find("Stopped, as you wanted."), std::string::npos) << err_;
  watch_rounds_ = 1;
  ASSERT_EQ(run_at_desk({"import", feed, "--watch", "--json"}), 0) << err_;
  EXPECT_EQ(parsed()["unchanged"].to_number<int>(), 1);
  EXPECT_TRUE(parsed()["next_round"].as_string().starts_with("2026-03-01T1"));
  EXPECT_EQ(run_at_desk({"import", feed, "--watch", "--dry-run"}), 2);
  EXPECT_EQ(run_at_desk({"import", "/nonexistent.xml", "--watch"}), 1);
}

TEST_F(CommandLine, AListWithABrokenFeedIsImportedAndTheFeedNamed) {
  create();
  room_.network.pages["https://a.example/feed"] = {500, "", "", ""};
  const std::string broken = "<outline xmlUrl='https://a.example/feed'/>";
  const std::string alone = room_.write("alone.opml", "<opml><body>" + broken + "</body></opml>");
  EXPECT_EQ(run_at_desk({"import", alone}), 1);
  EXPECT_NE(err_.find("tamizdat: https://a.example/feed: the server answers with status 500"), std::string::npos) << err_;
  room_.network.pages["https://b.example/feed"] = {
      200, "<rss><channel><title>t</title><item><title>Snow</title><description>It melts.</description></item></channel></rss>",
      "", ""};
  const std::string both = room_.write(
      "both.opml", "<opml><body>" + broken + "<outline xmlUrl='https://b.example/feed'/></body></opml>");
  EXPECT_EQ(run_at_desk({"import", both}), 0) << err_;
  EXPECT_TRUE(out_.starts_with("Imported 1 article and 0 corrections from 2 feeds; 0 unchanged, 0 skipped, 1 feed failed.\n"))
      << out_;
  EXPECT_NE(err_.find("tamizdat: https://a.example/feed: "), std::string::npos) << err_;
  EXPECT_EQ(run_at_desk({"import", both, "--json"}), 0) << err_;
  EXPECT_EQ(parsed()["failed"].as_array()[0].as_object()["error"].as_string(), "source-unavailable");
}

TEST_F(CommandLine, WordsBelongToTheAttachmentBeforeThem) {
  create();
  const std::string jpeg(tests::Newsroom::kJpeg);
  const auto first = room_.write("a.jpg", jpeg + "a"), second = room_.write("b.jpg", jpeg + "b");
  const auto talk = room_.write("talk.mp3", "ID3 a talk");
  ASSERT_EQ(run_at_desk({"publish", room_.article("Snow"), "--photo-credit", "Everybody", "--attach", first, "--alt", "A",
                         "--attach", second, "--caption", "B is shown", "--alt", "B", "--photo-credit", "Anna", "--as-is", talk,
                         "--caption", "A talk"}),
            0)
      << err_;
  EXPECT_NE(out_.find("article  Snow  (3 attachments)\n"), std::string::npos) << out_;
  EXPECT_TRUE(err_.starts_with("Warning: " + talk + " goes out as it is, with its name and all that is written inside: ")) << err_;
  EXPECT_NE(err_.find("attached  " + first + "  encoded anew, by option\n"), std::string::npos) << err_;
  EXPECT_NE(err_.find("attached  " + talk + "  as it is, by option\n"), std::string::npos) << err_;
  auto store = *desk::DeskStore::open(room_.home);
  const auto id = *EntryId::parse(out_.substr(0, out_.find(' ')));
  const auto body = *format::parse_body((*store.log().find(id))->body);
  ASSERT_EQ(body.attachments.size(), 3U);
  EXPECT_EQ(body.attachments[0].alt, "A");
  EXPECT_EQ(body.attachments[0].credit, "Everybody");
  EXPECT_EQ(body.attachments[1].alt, "B");
  EXPECT_EQ(body.attachments[1].caption, "B is shown");
  EXPECT_EQ(body.attachments[1].credit, "Anna");
  EXPECT_EQ(body.attachments[2].caption, "A talk");
  EXPECT_EQ(body.attachments[2].credit, "");
}

TEST_F(CommandLine, PublishSaysWhichFilesTheTextTookAlong) {
  create();
  room_.write("roof.jpg", std::string(tests::Newsroom::kJpeg) + "a");
  const auto article = room_.write("roof.md", "# Snow\n\n![A roof](roof.jpg) lies on it.\n");
  ASSERT_EQ(run_at_desk({"publish", article, "--json"}), 0) << err_;
  const auto file = parsed()["attached"].as_array().at(0).as_object();
  EXPECT_TRUE(file.at("path").as_string().ends_with("/roof.jpg"));
  EXPECT_EQ(file.at("treatment").as_string(), "encoded-anew");
  EXPECT_EQ(file.at("shown_by").as_string(), "text");
  EXPECT_NE(err_.find("roof.jpg  encoded anew, shown by the text\n"), std::string::npos) << err_;
}

TEST_F(CommandLine, WordsWithoutAnAttachmentAreExplained) {
  create();
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow"), "--alt", "A", "--attach", room_.write("a.jpg", "x")}), 2);
  EXPECT_NE(err_.find("--alt: it belongs to the --attach or --as-is before it, and there is none"), std::string::npos) << err_;
}

TEST_F(CommandLine, ARelayWithoutTheAttachmentsIsNoSafePlace) {
  create();
  ge_.attachments.refusal = "the disk is full";
  const auto picture = room_.write("a.jpg", std::string(tests::Newsroom::kJpeg) + "a");
  EXPECT_EQ(run_at_desk({"publish", room_.article("Snow"), "--attach", picture, "--alt", "A"}), 5);
  EXPECT_NE(out_.find("GE  relay.example:8440  holds 1, 2 attached files wait in the outbox: the relay refuses: the disk is full\n"),
            std::string::npos)
      << out_;
  ge_.attachments.refusal.clear();
  EXPECT_EQ(run_home({"send"}), 0) << err_;
  EXPECT_NE(out_.find("holds all 1 entry"), std::string::npos) << out_;
}

}  // namespace
}  // namespace tamizdat::cli
