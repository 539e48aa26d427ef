// Fetching and verifying through the public API, against fake relays.
#include <tamizdat/reader.h>

#include <gtest/gtest.h>

#include "proto/format/archive.h"
#include "tests/support/project_builder.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

namespace fs = std::filesystem;
using tests::value_of;

class Reading : public testing::Test {
 protected:
  tests::Newsroom room_;
  tests::FakeRelay& de_ = room_.network.add_relay("DE", "DE");
  tests::ProjectBuilder project_;
  tests::LogBuilder& log_ = project_.log();

  void hold_all(std::uint64_t from = 0) {
    std::vector<Bytes> bundles{log_.bundle_bytes(from, log_.size())};
    de_.hold(from == 0 ? project_.charters() : std::vector<format::VerifiedCharter>{}, bundles);
  }
  FetchOptions options() { return {{de_.line()}, "", "", {}, {}, room_.out, "", {}}; }
  FetchReport fetch(const FetchOptions& options) { return value_of(client::fetch(options, room_.edges)); }
  FetchReport fetch() { return fetch(options()); }
  fs::path archive() { return fs::path(room_.out) / (project_.log().id().text() + ".tamizdat"); }
  Outcome<VerifyReport> verify(const std::string& place, const std::string& project = "") {
    entries_.clear();
    return client::verify({place, project, {}, "", {}}, [&](const ProvenEntry& entry) { entries_.push_back(entry); }, room_.edges);
  }
  std::vector<std::string> pages() const {
    std::vector<std::string> out;
    for (const auto& file : fs::directory_iterator(room_.out))
      if (file.path().extension() == ".html") out.push_back(file.path().filename().string());
    std::ranges::sort(out);
    return out;
  }
  format::Body body(const std::string& title, const std::string& language, const std::string& region) {
    format::Body out;
    out.title = title;
    out.html = "<p>Text of " + title + "</p>";
    out.language = language;
    out.regions = {region};
    out.published_at = tests::kTestTime;
    return out;
  }

  std::vector<ProvenEntry> entries_;
};

TEST_F(Reading, FetchesAWholeLogAndVerifiesIt) {
  log_.append_articles(10);
  hold_all();
  const auto report = fetch();
  EXPECT_TRUE(report.troubles.empty());
  ASSERT_EQ(report.logs.size(), 1U);
  EXPECT_EQ(report.logs[0].entries, 10U);
  EXPECT_EQ(report.logs[0].entries_new, 10U);
  EXPECT_EQ(report.logs[0].pages_written, 10U);
  EXPECT_EQ(report.logs[0].project, project_.id().text());
  const auto proven = value_of(verify(room_.out, project_.id().text()));
  EXPECT_EQ(proven.entries, 10U);
  ASSERT_EQ(proven.projects.size(), 1U);
  EXPECT_TRUE(proven.projects[0].confirmed);
  ASSERT_EQ(entries_.size(), 10U);
  EXPECT_EQ(entries_[3].id, log_.entry(3).text());
  EXPECT_EQ(entries_[3].title, "Article 3");
  EXPECT_EQ(entries_[3].project_title, "Uralsk Courier");
  EXPECT_EQ(entries_[3].desk_label, "desk 0");
  EXPECT_EQ(to_rfc3339(*entries_[3].published_at), "2026-03-01T12:00:00Z");
}

TEST_F(Reading, BringsOnlyWhatIsNew) {
  log_.append_articles(6);
  hold_all();
  fetch();
  const auto before = room_.read(archive());
  log_.append_articles(3);
  hold_all(6);
  room_.network.requests.clear();
  const auto report = fetch();
  EXPECT_EQ(report.logs[0].entries, 9U);
  EXPECT_EQ(report.logs[0].entries_new, 3U);
  EXPECT_EQ(report.logs[0].pages_written, 3U);
  EXPECT_TRUE(room_.read(archive()).starts_with(before));
  for (const auto& request : room_.network.requests) EXPECT_FALSE(request.url.ends_with("from=0")) << request.url;
  EXPECT_EQ(fetch().logs[0].entries_new, 0U);
  EXPECT_EQ(value_of(verify(room_.out)).entries, 9U);
}

TEST_F(Reading, TakesUpACopyThatWasCutAnywhere) {
  log_.append_articles(5);
  hold_all();
  fetch();
  const auto whole = room_.read(archive());
  for (const std::size_t cut : {whole.size() - 1, whole.size() / 2, std::size_t{3}, std::size_t{0}}) {
    room_.write("out/" + archive().filename().string(), whole.substr(0, cut));
    const auto report = fetch();
    EXPECT_TRUE(report.troubles.empty()) << cut;
    EXPECT_EQ(room_.read(archive()), whole) << cut;
  }
}

TEST_F(Reading, ATornEndIsCutEvenIfNothingIsNew) {
  log_.append_articles(5);
  hold_all();
  fetch();
  const auto whole = room_.read(archive());
  room_.write("out/" + archive().filename().string(), whole + std::string("\0\0\1", 3));
  EXPECT_FALSE(verify(room_.out).has_value());
  EXPECT_EQ(fetch().logs[0].entries_new, 0U);
  EXPECT_EQ(room_.read(archive()), whole);
}

TEST_F(Reading, DoesNotContinueACopyThatSomebodyTouched) {
  log_.append_articles(5);
  hold_all();
  fetch();
  auto bytes = room_.read(archive());
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  room_.write("out/" + archive().filename().string(), bytes);
  const auto report = client::fetch(options(), room_.edges);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, "copy-damaged");
  EXPECT_EQ(report.error().kind, ProblemKind::kNotVerified);
  EXPECT_TRUE(report.error().text.ends_with(". Move this file away and fetch again")) << report.error().text;
}

TEST_F(Reading, WritesNothingOfALyingRelay) {
  log_.append_articles(10);
  hold_all();
  int served = 0;
  de_.mangle_bundle = [&](Bytes& bundle) {
    if (++served == 2) bundle[bundle.size() / 2] = static_cast<char>(bundle[bundle.size() / 2] ^ 1);
  };
  const auto report = fetch();
  ASSERT_EQ(report.troubles.size(), 1U);
  EXPECT_EQ(report.troubles[0].problem.kind, ProblemKind::kNotVerified);
  EXPECT_EQ(report.logs[0].entries, 4U);
  EXPECT_EQ(value_of(verify(room_.out)).entries, 4U);
}

TEST_F(Reading, NoticesThatADeskSignedTwoHistories) {
  log_.append_articles(4);
  hold_all();
  fetch();
  tests::LogBuilder fork = log_.forked_at(2);
  fork.append_articles(6);
  tests::FakeRelay& liar = room_.network.add_relay("XX", "XX");
  liar.hold(project_.charters(), {fork.bundle_bytes(0, 8)});
  FetchOptions from_liar = options();
  from_liar.relays = {liar.line()};
  const auto report = fetch(from_liar);
  ASSERT_EQ(report.troubles.size(), 1U);
  EXPECT_EQ(report.troubles[0].problem.code, "history-contradicts");
  EXPECT_EQ(value_of(verify(room_.out)).entries, 4U);
}

TEST_F(Reading, ASecondRelayHelpsOut) {
  log_.append_articles(3);
  hold_all();
  tests::FakeRelay& dead = room_.network.add_relay("ZZ", "ZZ");
  dead.down = true;
  FetchOptions both = options();
  both.relays = {dead.line(), de_.line()};
  const auto report = fetch(both);
  EXPECT_EQ(report.relays_asked, 2U);
  ASSERT_EQ(report.troubles.size(), 1U);
  EXPECT_EQ(report.troubles[0].problem.kind, ProblemKind::kUnreachable);
  EXPECT_EQ(report.logs[0].entries, 3U);
}

TEST_F(Reading, TextsThatARelayHidesComeFromTheNextOne) {
  log_.append_articles(10);
  hold_all();
  tests::FakeRelay& xx = room_.network.add_relay("XX", "XX");
  xx.hold(project_.charters(), {log_.bundle_bytes(0, 10)});
  xx.hidden = {5, 6};
  FetchOptions both = options();
  both.relays = {xx.line(), de_.line()};
  const auto report = fetch(both);
  EXPECT_TRUE(report.troubles.empty());
  EXPECT_EQ(report.logs[0].entries, 10U);
  EXPECT_EQ(report.logs[0].entries_new, 10U);
  EXPECT_EQ(report.logs[0].entries_absent, 0U);
  EXPECT_EQ(pages().size(), 10U);
}

TEST_F(Reading, AnErasedTextThatNobodyRetractedIsHidden) {
  log_.append_articles(10);
  hold_all();
  de_.hidden = {5, 9};
  de_.hidden_as = format::Absence::kErased;
  fetch();
  EXPECT_EQ(value_of(verify(room_.out)).logs.at(0).erased_without_retraction, 2U);
  log_.append({}, format::EntryKind::kRetraction, log_.entry(5));
  hold_all(10);
  const auto fetched = fetch().logs.at(0);
  EXPECT_EQ(std::pair(fetched.entries_absent, fetched.entries_taken_back), std::pair(std::uint64_t{2}, std::uint64_t{1}));
  const auto proven = value_of(verify(room_.out));
  EXPECT_EQ(proven.logs.at(0).erased_without_retraction, 1U);
  EXPECT_EQ(proven.retracted, std::vector{log_.entry(5).text()});
}

TEST_F(Reading, DesksCorrectAndRetractWhatOthersOfTheProjectPublished) {
  tests::ProjectBuilder project({.seed = 2, .desks = 2, .title = "Two Desks"}), stranger(3);
  auto& first = project.log(0);
  auto& second = project.log(1);
  first.append(body("One", "ru", "RU-SVE"));
  first.append(body("Two", "ru", "RU-SVE"));
  first.append(body("Three", "ru", "RU-SVE"));
  de_.hold(project.charters(), {first.bundle_bytes(0, 3)});
  fetch();
  ASSERT_EQ(pages().size(), 3U);
  second.append(body("One, corrected", "ru", "RU-SVE"), format::EntryKind::kCorrection, first.entry(0));
  second.append({}, format::EntryKind::kRetraction, first.entry(1));
  stranger.log().append({}, format::EntryKind::kRetraction, first.entry(2));  // no word in this project
  de_.hold({}, {second.bundle_bytes(0, 2)});
  tests::FakeRelay& xx = room_.network.add_relay("XX", "XX");
  xx.hold(stranger.charters(), {stranger.log().bundle_bytes(0, 1)});
  FetchOptions both = options();
  both.relays = {de_.line(), xx.line()};
  const auto report = fetch(both);
  EXPECT_TRUE(report.troubles.empty()) << report.troubles.at(0).problem.text;
  EXPECT_EQ(report.logs.size(), 3U);
  const auto shown = pages();
  ASSERT_EQ(shown.size(), 2U) << shown.at(0);
  EXPECT_TRUE(shown[0].starts_with("2026-03-01-one-corrected-tzentry1")) << shown[0];
  EXPECT_TRUE(shown[1].starts_with("2026-03-01-three-")) << shown[1];
  EXPECT_EQ(value_of(verify(room_.out)).retracted, std::vector{first.entry(1).text()});
  // A closing below what the second desk did brings everything back.
  project.close_desk(1, 0);
  de_.hold({project.charter()}, {});
  const auto closed = fetch();
  EXPECT_EQ(closed.troubles.size(), 1U);  // it goes on to show what the closing cut off
  EXPECT_EQ(pages().size(), 3U);
}

TEST_F(Reading, MissingTextsAreToldAndALaterFetchHealsTheCopy) {
  log_.append_articles(10);
  hold_all();
  de_.hidden = {5, 9};
  const auto first = fetch();
  EXPECT_EQ(first.logs[0].entries, 10U);
  EXPECT_EQ(first.logs[0].entries_absent, 2U);
  EXPECT_EQ(pages().size(), 8U);
  EXPECT_EQ(fetch().logs[0].entries_absent, 2U);
  de_.hidden = {9};
  log_.append_articles(1);
  hold_all(10);
  const auto second = fetch();
  EXPECT_EQ(second.logs[0].entries, 11U);
  EXPECT_EQ(second.logs[0].entries_new, 1U);
  EXPECT_EQ(second.logs[0].entries_absent, 1U);
  EXPECT_EQ(pages().size(), 10U);
  de_.hidden.clear();
  EXPECT_EQ(fetch().logs[0].entries_absent, 0U);
  EXPECT_EQ(pages().size(), 11U);
  EXPECT_EQ(value_of(verify(room_.out)).entries, 11U);
  for (const auto& entry : entries_) EXPECT_EQ(entry.absent, "") << entry.index;
  EXPECT_EQ(std::distance(fs::directory_iterator(room_.out), {}), 13);  // pages, the log, the charters
}

TEST_F(Reading, ARelayThatHasLessDoesNotSpoilTheCopy) {
  log_.append_articles(10);
  hold_all();
  de_.hidden = {2};
  fetch();
  const auto before = room_.read(archive());
  tests::FakeRelay& xx = room_.network.add_relay("XX", "XX");
  xx.hold(project_.charters(), {log_.bundle_bytes(0, 10)});
  xx.hidden = {7, 8};
  FetchOptions from_xx = options();
  from_xx.relays = {xx.line()};
  EXPECT_EQ(fetch(from_xx).logs[0].entries_absent, 1U);
  EXPECT_EQ(room_.read(archive()), before);
  int served = 0;
  xx.hidden.clear();
  xx.mangle_bundle = [&](Bytes& bundle) {
    if (++served == 3) bundle.pop_back();
  };
  EXPECT_EQ(fetch(from_xx).logs[0].entries_absent, 1U);
  EXPECT_EQ(room_.read(archive()), before);
  EXPECT_EQ(fetch(from_xx).logs[0].entries_absent, 0U);
}

TEST_F(Reading, PagesAreFilteredHereAndTheArchiveIsWhole) {
  log_.append(body("Снег тает", "ru", "RU-SVE"));
  log_.append(body("Snow", "en", "RU-SVE"));
  log_.append(body("Sea", "ru-RU", "RU-PRI"));
  hold_all();
  FetchOptions filtered = options();
  filtered.languages = {"ru"};
  filtered.regions = {"RU-SVE"};
  const auto report = fetch(filtered);
  EXPECT_EQ(report.logs[0].entries, 3U);
  EXPECT_EQ(report.logs[0].pages_matching, 1U);
  EXPECT_EQ(pages(), std::vector<std::string>{"2026-03-01-sneg-tayet-" + log_.entry(0).text() + ".html"});
  filtered.regions = {"RU"};
  EXPECT_EQ(fetch(filtered).logs[0].pages_matching, 2U);
}

TEST_F(Reading, ACorrectionReplacesThePageAndKeepsItsEntry) {
  log_.append(body("Snow", "en", "RU-SVE"));
  hold_all();
  fetch();
  ASSERT_EQ(pages(), std::vector<std::string>{"2026-03-01-snow-" + log_.entry(0).text() + ".html"});
  log_.append(body("Snow melts", "en", "RU-SVE"), format::EntryKind::kCorrection, log_.entry(0));
  hold_all(1);
  fetch();
  ASSERT_EQ(pages(), std::vector<std::string>{"2026-03-01-snow-melts-" + log_.entry(0).text() + ".html"});
  const auto page = room_.read(fs::path(room_.out) / pages()[0]);
  EXPECT_NE(page.find("Text of Snow melts"), std::string::npos);
  EXPECT_NE(page.find("Corrected"), std::string::npos);
  EXPECT_EQ(fetch().logs[0].pages_written, 0U);
}

TEST_F(Reading, PagesHoldNoScriptOfADeskThatSignsOne) {
  auto evil = body("Evil </title><script>alert(1)</script>", "ru\"><script>", "RU-SVE");
  evil.html = "<p>ok</p><script>alert(1)</script><img src=https://example.org/x onerror=alert(1)>";
  log_.append(evil);
  hold_all();
  fetch();
  const auto page = room_.read(fs::path(room_.out) / pages()[0]);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("onerror"), std::string::npos);
}

TEST_F(Reading, ARetractedArticleLosesItsPage) {
  log_.append(body("Snow", "en", "RU-SVE"));
  hold_all();
  fetch();
  log_.append_raw("", format::EntryKind::kRetraction, log_.entry(0));
  hold_all(1);
  fetch();
  EXPECT_TRUE(pages().empty());
}

TEST_F(Reading, ARetractionReachesNoArticleOfAnotherProject) {
  log_.append(body("Snow", "en", "RU-SVE"));
  hold_all();
  tests::ProjectBuilder foe(7);
  foe.log().append_raw("", format::EntryKind::kRetraction, log_.entry(0));
  tests::FakeRelay& xx = room_.network.add_relay("XX", "XX");
  xx.hold(foe.charters(), {foe.log().bundle_bytes(0, 1)});
  FetchOptions both = options();
  both.relays = {de_.line(), xx.line()};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(fetch(both).logs.size(), 2U);
    EXPECT_EQ(pages(), std::vector<std::string>{"2026-03-01-snow-" + log_.entry(0).text() + ".html"});
  }
}

TEST_F(Reading, WithoutAProjectNothingIsConfirmed) {
  log_.append_articles(1);
  hold_all();
  fetch();
  const auto proven = value_of(verify(archive().string()));
  EXPECT_FALSE(proven.projects[0].confirmed);
  EXPECT_EQ(proven.projects[0].id, project_.id().text());
  EXPECT_EQ(proven.projects[0].charter_hash, to_hex(project_.charter().hash().view()));
}

TEST_F(Reading, SaysHowMuchOfALogIsThere) {
  log_.append_articles(10);
  hold_all();
  de_.hidden = {3};
  fetch();
  const auto whole = value_of(verify(room_.out));
  ASSERT_EQ(whole.logs.size(), 1U);
  EXPECT_EQ(whole.logs[0].log, log_.id().text());
  EXPECT_EQ(whole.logs[0].desk_label, "desk 0");
  EXPECT_EQ(whole.logs[0].size, 10U);
  EXPECT_EQ(whole.logs[0].entries, 10U);
  EXPECT_EQ(whole.logs[0].entries_absent, 1U);
  EXPECT_FALSE(entries_[3].published_at.has_value());
  EXPECT_EQ(to_rfc3339(entries_[3].signed_at), "2026-03-01T12:00:00Z");
  Bytes part;
  format::append_record(part, format::RecordKind::kSignedCharter, project_.charter().signed_bytes());
  format::append_record(part, format::RecordKind::kBundle, log_.bundle_bytes(2, 5));
  const auto some = value_of(verify(room_.write("part.tamizdat", part)));
  EXPECT_EQ(some.logs[0].size, 10U);
  EXPECT_EQ(some.logs[0].entries, 3U);
}

TEST_F(Reading, TwoArchivesOfOneLogMayOverlapAndNotContradict) {
  log_.append_articles(4);
  hold_all();
  fetch();
  fs::create_directory(fs::path(room_.out) / "old");
  fs::copy(archive(), fs::path(room_.out) / "old" / "copy.tamizdat");
  EXPECT_EQ(value_of(verify(room_.out)).entries, 4U);
  EXPECT_EQ(entries_.size(), 4U);
  tests::LogBuilder fork = log_.forked_at(2);
  fork.append_articles(1);
  Bytes other;
  format::append_record(other, format::RecordKind::kSignedCharter, project_.charter().signed_bytes());
  format::append_record(other, format::RecordKind::kBundle, fork.bundle_bytes(0, 3));
  room_.write("out/other.tamizdat", other);
  const auto proven = verify(room_.out);
  ASSERT_FALSE(proven.has_value());
  EXPECT_EQ(proven.error().code, "history-contradicts");
  EXPECT_EQ(proven.error().kind, ProblemKind::kNotVerified);
}

TEST_F(Reading, TwoHeadsOfOneSizeContradictWithoutACommonEntry) {
  log_.append_articles(4);
  tests::LogBuilder fork = log_.forked_at(1);
  fork.append_articles(3);
  fs::create_directory(room_.out);
  const auto write = [&](const std::string& name, const Bytes& bundle) {
    Bytes archive;
    format::append_record(archive, format::RecordKind::kSignedCharter, project_.charter().signed_bytes());
    format::append_record(archive, format::RecordKind::kBundle, bundle);
    room_.write("out/" + name, archive);
  };
  write("a.tamizdat", log_.bundle_bytes(1, 2));
  write("b.tamizdat", fork.bundle_bytes(3, 4));
  const auto proven = verify(room_.out);
  ASSERT_FALSE(proven.has_value());
  EXPECT_EQ(proven.error().code, "history-contradicts");
}

TEST_F(Reading, PagesBesideTheArchivesAreCountedAsUnchecked) {
  log_.append_articles(3);
  hold_all();
  fetch();
  EXPECT_EQ(value_of(verify(room_.out)).pages_not_checked, 3U);
  EXPECT_EQ(value_of(verify(archive().string())).pages_not_checked, 0U);
}

TEST_F(Reading, FetchMakesAnAlteredPageAnew) {
  log_.append_articles(1);
  hold_all();
  fetch();
  const auto name = "out/" + pages()[0];
  const auto page = room_.read(room_.folder.path() / name);
  room_.write(name, page + "<p>altered</p>");
  EXPECT_EQ(fetch().logs[0].pages_written, 1U);
  EXPECT_EQ(room_.read(room_.folder.path() / name), page);
}

TEST_F(Reading, VerifyReportsItsProgress) {
  log_.append_articles(10);
  hold_all();
  fetch();
  std::uint64_t last = 0;
  VerifyOptions options{archive().string(), "", {}, "", [&](std::string_view, std::uint64_t done, std::uint64_t of) {
                          EXPECT_EQ(of, fs::file_size(archive()));
                          EXPECT_GE(done, last);
                          last = done;
                        }};
  value_of(client::verify(options, [](const ProvenEntry&) {}, room_.edges));
  EXPECT_EQ(last, fs::file_size(archive()));
}

TEST_F(Reading, AnotherProjectIsALie) {
  log_.append_articles(1);
  hold_all();
  fetch();
  const tests::ProjectBuilder other(7);
  const auto proven = verify(archive().string(), other.id().text());
  ASSERT_FALSE(proven.has_value());
  EXPECT_EQ(proven.error().kind, ProblemKind::kNotVerified);
  EXPECT_EQ(proven.error().text, archive().string() + ": record 1: this belongs to another project: " +
                                     project_.id().text() + " (\"Uralsk Courier\")");
}

TEST_F(Reading, EveryChangedOctetOfAnArchiveIsNoticed) {
  log_.append_articles(2);
  hold_all();
  fetch();
  const auto whole = room_.read(archive());
  for (std::size_t i = 0; i < whole.size(); i += 7) {
    auto bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x10);
    const auto proven = verify(room_.write("changed.tamizdat", bytes), project_.id().text());
    if (proven) {
      // A signature beyond the charter's threshold is the one part that nothing else binds.
      ADD_FAILURE() << "octet " << i << " of " << whole.size();
    } else {
      EXPECT_EQ(proven.error().kind, ProblemKind::kNotVerified) << proven.error().text;
    }
  }
}

TEST_F(Reading, VerifiesTheDownloadOfOneEntry) {
  log_.append_articles(5);
  hold_all();
  const std::string url = "https://relay.example:8440/v1/entries/" + log_.entry(3).text();
  VerifyOptions options{url, project_.id().text(), {de_.line()}, "", {}};
  const auto proven = value_of(client::verify(options, [&](const ProvenEntry& entry) { entries_.push_back(entry); }, room_.edges));
  EXPECT_EQ(proven.entries, 1U);
  ASSERT_EQ(entries_.size(), 1U);
  EXPECT_EQ(entries_[0].index, 3U);
}

TEST_F(Reading, APageIsNoProof) {
  room_.network.pages["https://news.example/a"] = {200, "<html>", "text/html; charset=utf-8", ""};
  const auto proven = verify("https://news.example/a");
  ASSERT_FALSE(proven.has_value());
  EXPECT_EQ(proven.error().code, "not-an-archive");
  EXPECT_EQ(proven.error().kind, ProblemKind::kFailed);
}

TEST_F(Reading, WrongPlacesAreNamed) {
  EXPECT_EQ(verify("/nonexistent.tamizdat").error().text,
            "cannot read /nonexistent.tamizdat: there is no such file or folder");
  EXPECT_EQ(verify(room_.folder.path().string()).error().text,
            room_.folder.path().string() + ": there is no file *.tamizdat in this folder, and only they carry proof");
  EXPECT_EQ(verify(room_.write("text.tamizdat", "Hello, this is no archive")).error().code, "archive-malformed");
  EXPECT_EQ(verify(room_.write("empty.tamizdat", "")).error().code, "nothing-to-verify");
  EXPECT_EQ(verify("x", "tzrelay1qqqq").error().kind, ProblemKind::kUsage);
}

TEST_F(Reading, ATornArchiveDoesNotVerify) {
  log_.append_articles(2);
  hold_all();
  fetch();
  const auto whole = room_.read(archive());
  const auto proven = verify(room_.write("torn.tamizdat", whole.substr(0, whole.size() - 5)));
  ASSERT_FALSE(proven.has_value());
  EXPECT_EQ(proven.error().code, "archive-truncated");
  EXPECT_EQ(proven.error().kind, ProblemKind::kNotVerified);
}

TEST_F(Reading, FollowsCharterUpdates) {
  log_.append_articles(3);
  hold_all();
  fetch();
  project_.update_charter([](format::Charter& charter) { charter.contact = "new@example.org"; });
  log_.append_articles(2);
  de_.hold({project_.charter()}, {log_.bundle_bytes(3, 5)});
  EXPECT_EQ(fetch().logs[0].entries, 5U);
  EXPECT_EQ(value_of(verify(room_.out)).projects[0].charter_version, 2U);
}

TEST_F(Reading, NeedsARelay) {
  FetchOptions none = options();
  none.relays.clear();
  none.home = room_.home;
  const auto report = client::fetch(none, room_.edges);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ProblemKind::kUsage);
}

TEST_F(Reading, AnUnknownProjectIsTold) {
  log_.append_articles(1);
  hold_all();
  FetchOptions other = options();
  other.project = tests::ProjectBuilder(7).id().text();
  const auto report = fetch(other);
  ASSERT_EQ(report.troubles.size(), 1U);
  EXPECT_EQ(report.troubles[0].problem.code, "project-unknown");
  EXPECT_EQ(report.troubles[0].problem.kind, ProblemKind::kFailed);
}

}  // namespace
}  // namespace tamizdat::client
