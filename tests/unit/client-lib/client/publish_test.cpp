// Creating and publishing through the public API, against fake relays.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "client-lib/desk/desk_store.h"
#include "client-lib/keys/key_files.h"
#include "proto/format/verify.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

using tests::passphrase;
using tests::value_of;

class Publishing : public testing::Test {
 protected:
  tests::Newsroom room_;
  tests::FakeRelay& ge_ = room_.network.add_relay("GE", "GE");
  tests::FakeRelay& rs_ = room_.network.add_relay("RS", "RS");
  ProjectInfo project_ = room_.create();

  void add_relays() {
    Desk desk = room_.desk();
    for (const auto* relay : {&ge_, &rs_}) ASSERT_TRUE(desk.add_relay(relay->line()).has_value());
  }
  Outcome<PublishReport> publish(const std::string& title, const SendOptions& send = {}) {
    return room_.desk().publish({room_.article(title), {}}, passphrase(), send);
  }
  LogId log() const { return *LogId::parse(project_.desks.front().log); }
};

TEST_F(Publishing, CreatesAProjectWithRootKeysApartFromTheDesk) {
  ASSERT_EQ(project_.root_key_files.size(), 3U);
  EXPECT_EQ(project_.threshold, 2U);
  EXPECT_EQ(project_.charter_version, 1U);
  for (const auto& path : project_.root_key_files) {
    struct stat about {};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    const auto file = *keys::read_key_file(path);
    EXPECT_TRUE(keys::open_key(file, keys::KeyRole::kRoot, "root").has_value());
    EXPECT_EQ(keys::open_key(file, keys::KeyRole::kRoot, "correct horse").error().code, keys::kPassphraseWrong);
    EXPECT_EQ(keys::open_key(file, keys::KeyRole::kDesk, "root").error().code, keys::kKeyFileOfAnotherRole);
  }
  auto store = *desk::DeskStore::open(room_.home);
  EXPECT_EQ(store.project()->charter.content().root_keys.size(), 3U);
}

TEST_F(Publishing, TwoProjectsInOneHomeAreRefused) {
  ProjectDraft draft;
  draft.title = "Other";
  draft.desk_label = "x";
  const auto again = Desk::create_project({room_.home, "", {}}, draft, passphrase(), passphrase(), room_.edges);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().text, "there is a project in " + room_.home + " already: give another folder with --home");
}

TEST_F(Publishing, AThresholdAboveTheKeysIsRefused) {
  ProjectDraft draft;
  draft.title = "Other";
  draft.desk_label = "x";
  draft.threshold = 4;
  const auto other = Desk::create_project({room_.home + "2", "", {}}, draft, passphrase(), passphrase(), room_.edges);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().kind, ProblemKind::kUsage);
  EXPECT_EQ(other.error().text,
            "the threshold must be between 1 and the number of root keys, or no charter could ever be signed");
  EXPECT_FALSE(std::filesystem::exists(room_.home + "2/desk.key"));
}

TEST_F(Publishing, WhatAStoppedCreationLeftIsExplained) {
  std::filesystem::create_directories(room_.home + "2/root-keys");
  std::ofstream(room_.home + "2/root-keys/root-1.key") << "x";
  ProjectDraft draft;
  draft.title = "Other";
  draft.desk_label = "x";
  const auto other = Desk::create_project({room_.home + "2", "", {}}, draft, passphrase(), passphrase(), room_.edges);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().text, "cannot write " + room_.home + "2/root-keys/root-1.key: it exists already. If it is left over "
                                "from an attempt that was stopped, remove it and try again; if it belongs to a project, "
                                "choose another --home or --root-keys");
}

TEST_F(Publishing, WhatIsSentIsOnTheDiskAlready) {
  add_relays();
  bool was_sent = false;
  room_.network.meanwhile("/v1/bundles?wait=1", [&] {
    // As after a power cut now: the file as another process finds it, and nothing of this one's memory.
    auto store = *desk::DeskStore::open(room_.home);
    EXPECT_EQ(store.log().bundle(0), room_.network.requests.back().body);
    was_sent = true;
  });
  value_of(publish("Snow"));
  EXPECT_TRUE(was_sent);
}

TEST_F(Publishing, SendsToEveryRelayAndSaysSo) {
  add_relays();
  const auto report = value_of(publish("Snow"));
  ASSERT_EQ(report.entries.size(), 1U);
  EXPECT_EQ(report.entries[0].kind, "article");
  EXPECT_EQ(report.entries[0].title, "Snow");
  ASSERT_EQ(report.relays.size(), 2U);
  for (const auto& relay : report.relays) EXPECT_EQ(relay.state, RelayState::kHoldsAll);
  // What a relay says of itself is no copy: the charter lists none of them.
  EXPECT_EQ(report.copies.copies, 0U);
  EXPECT_EQ(report.copies.copies_wanted, 4U);
  EXPECT_FALSE(report.copies.can_be_enough);
  EXPECT_EQ(ge_.held(log()), 1U);
  EXPECT_EQ(rs_.held(log()), 1U);
}

TEST_F(Publishing, ReachesOneRelayWhileAnotherIsDownAndCatchesUpLater) {
  add_relays();
  rs_.down = true;
  const auto first = value_of(publish("Snow"));
  EXPECT_EQ(first.relays[0].state, RelayState::kHoldsAll);
  EXPECT_EQ(first.relays[1].state, RelayState::kUnreachable);
  EXPECT_EQ(first.relays[1].waiting, 1U);
  rs_.down = false;
  const auto sent = value_of(room_.desk().send());
  EXPECT_TRUE(sent.entries.empty());
  EXPECT_EQ(sent.relays[1].state, RelayState::kHoldsAll);
  EXPECT_EQ(rs_.received(), ge_.received());
}

TEST_F(Publishing, ARetrySendsIdenticalBytes) {
  add_relays();
  rs_.bundles_until_down = 0;
  ge_.refusal = "this project is not on the list of this relay";
  const auto report = value_of(publish("Snow"));
  EXPECT_EQ(report.relays[0].state, RelayState::kRefuses);
  EXPECT_EQ(report.relays[0].text, "the relay refuses: this project is not on the list of this relay");
  EXPECT_EQ(report.relays[1].state, RelayState::kUnreachable);
  Bytes tried;
  for (const auto& request : room_.network.requests)
    if (request.url.find("/v1/bundles") != std::string::npos) tried = request.body;
  ASSERT_FALSE(tried.empty());
  rs_.down = false;
  rs_.bundles_until_down.reset();
  EXPECT_EQ(value_of(room_.desk().send()).relays[1].state, RelayState::kHoldsAll);
  EXPECT_EQ(rs_.received(), std::vector<Bytes>{tried});
}

TEST_F(Publishing, SignsNothingWhenNoRelayCanBeAsked) {
  add_relays();
  ge_.down = rs_.down = true;
  const auto report = publish("Snow");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ProblemKind::kUnreachable);
  EXPECT_EQ(report.error().code, "no-relay-reachable");
  EXPECT_EQ(report.error().text,
            "no relay could be asked what it knows of this desk, so nothing was signed and nothing waits: "
            "relay.example:8440: nothing answers at relay.example; relay.example:8441: nothing answers at relay.example; "
            "run the same command again later, or sign with --offline if this home is surely the newest copy");
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 0U);
  const auto offline = value_of(publish("Snow", {{}, true}));
  EXPECT_EQ(offline.log_size, 1U);
}

TEST_F(Publishing, WantsARelay) {
  const auto report = publish("Snow");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ProblemKind::kUsage);
  EXPECT_EQ(report.error().text,
            "this desk has no relay to send to: add one with tamizdat relay add LINE, or give --relay LINE");
  EXPECT_EQ(value_of(publish("Snow", {{ge_.line()}, false})).relays[0].state, RelayState::kHoldsAll);
}

TEST_F(Publishing, ARestoredBackupGoesOnWhereTheDeskStood) {
  add_relays();
  value_of(publish("First"));
  const auto backup = room_.folder.path() / "backup";
  std::filesystem::copy(room_.home, backup, std::filesystem::copy_options::recursive);
  value_of(publish("Second"));
  value_of(publish("Third"));
  room_.home = backup.string();
  const auto report = value_of(publish("Fourth"));
  EXPECT_EQ(report.log_size, 4U);
  for (const auto& relay : report.relays) EXPECT_EQ(relay.state, RelayState::kHoldsAll) << relay.text;
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 4U);
  // Its own copy is whole again: a relay that lost its disk gets all from here.
  ge_.forget_all();
  EXPECT_EQ(value_of(room_.desk().send()).relays[0].state, RelayState::kHoldsAll);
  EXPECT_EQ(ge_.held(*rs_.only_log()), 4U);
}

TEST_F(Publishing, StopsWhenRelaysKnowMoreThanThisHomeAndDoNotShowIt) {
  add_relays();
  value_of(publish("First"));
  const auto backup = room_.folder.path() / "backup";
  std::filesystem::copy(room_.home, backup, std::filesystem::copy_options::recursive);
  value_of(publish("Second"));
  room_.home = backup.string();
  ge_.hidden = {1};
  const auto report = publish("Third");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ProblemKind::kHistoryBehind);
  EXPECT_EQ(report.error().code, "history-behind");
  EXPECT_EQ(report.error().text,
            "the relay GE (relay.example:8440) knows 2 entries of this desk, and this home knows 1. They could not be taken "
            "back: entry 1 came without its text. Nothing was signed. "
            "This home is an old copy of the desk: run it again, or find the newest copy of the folder. If it is lost, "
            "publish nothing from this one and ask those who hold the project's root keys; a desk that goes on from an old "
            "copy writes two histories, and relays stop taking both");
  EXPECT_EQ(room_.desk().status().error().code, "history-behind");
}

TEST_F(Publishing, AnOldCopyThatWroteItsOwnHistoryStops) {
  add_relays();
  value_of(publish("First"));
  const auto backup = room_.folder.path() / "backup";
  std::filesystem::copy(room_.home, backup, std::filesystem::copy_options::recursive);
  value_of(publish("Second"));
  value_of(publish("Third"));
  room_.home = backup.string();
  ge_.down = rs_.down = true;
  value_of(publish("Another second", {{}, true}));
  ge_.down = rs_.down = false;
  const auto report = publish("Fourth");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, "history-forked");
}

TEST_F(Publishing, AnotherCommandOfThisDeskIsNoOldCopy) {
  add_relays();
  room_.network.meanwhile("/head", [&] { value_of(publish("First")); });
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 1U);
  room_.network.meanwhile("/head", [&] { value_of(publish("Second")); });
  const auto report = value_of(publish("Third"));
  EXPECT_EQ(report.log_size, 3U);
  for (const auto& relay : report.relays) EXPECT_EQ(relay.state, RelayState::kHoldsAll) << relay.text;
}

TEST_F(Publishing, ARelayMayHoldWhatAnotherCommandSentMeanwhile) {
  add_relays();
  room_.network.meanwhile("/v1/bundles?wait=1", [&] { value_of(publish("Second")); });
  const auto report = value_of(publish("First"));
  EXPECT_EQ(report.log_size, 2U);
  for (const auto& relay : report.relays) EXPECT_EQ(relay.state, RelayState::kHoldsAll) << relay.text;
}

TEST_F(Publishing, StopsWhenRelaysKnowAnotherHistoryOfTheSameSize) {
  add_relays();
  value_of(publish("First"));
  const auto backup = room_.folder.path() / "backup";
  std::filesystem::copy(room_.home, backup, std::filesystem::copy_options::recursive);
  value_of(publish("Second"));
  room_.home = backup.string();
  ge_.down = rs_.down = true;
  value_of(publish("Another second", {{}, true}));
  ge_.down = rs_.down = false;
  const auto report = publish("Third");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, "history-forked");
  EXPECT_EQ(report.error().kind, ProblemKind::kHistoryBehind);
}

TEST_F(Publishing, FillsARelayThatLostItsDisk) {
  add_relays();
  value_of(publish("First"));
  value_of(publish("Second"));
  rs_.forget_all();
  value_of(publish("Third"));
  EXPECT_EQ(rs_.held(log()), 3U);
  ge_.forget_entries_from(1);
  EXPECT_EQ(value_of(room_.desk().send()).relays[0].state, RelayState::kHoldsAll);
  EXPECT_EQ(ge_.held(log()), 3U);
}

TEST_F(Publishing, ARelayThatShowsLessThanItTookIsNoWitness) {
  add_relays();
  value_of(publish("First"));
  value_of(publish("Second"));
  rs_.down = true;
  ge_.forget_entries_from(1);
  const auto report = publish("Third");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, "no-relay-reachable");
  EXPECT_NE(report.error().text.find("it held 2 entries of this desk and shows 1"), std::string::npos) << report.error().text;
  EXPECT_EQ(value_of(publish("Third", {{}, true})).log_size, 3U);
}

TEST_F(Publishing, ARelayWithAnotherKeyGetsNothing) {
  add_relays();
  rs_.key_changed = true;
  const auto report = value_of(publish("Snow"));
  EXPECT_EQ(report.relays[1].state, RelayState::kWrongKey);
  EXPECT_EQ(report.relays[1].text, "the server does not have the key of the relay's address");
  EXPECT_TRUE(rs_.received().empty());
}

TEST_F(Publishing, ARelayWithAnotherKeyAloneIsALieAndNoSilence) {
  add_relays();
  rs_.down = ge_.key_changed = true;
  const auto report = publish("Snow");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, "key-pin-mismatch");
  EXPECT_EQ(report.error().kind, ProblemKind::kNotVerified);
  EXPECT_EQ(value_of(publish("Snow", {{}, true})).log_size, 1U);
}

TEST_F(Publishing, SendingWithoutARelayIsToldAndStatusIsNot) {
  value_of(publish("Snow", {{}, true}));
  const auto sent = room_.desk().send();
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code, "no-relay");
  EXPECT_EQ(sent.error().kind, ProblemKind::kUsage);
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 1U);
}

TEST_F(Publishing, ALongRunGoesInSeveralBundlesUnderOneHead) {
  add_relays();
  ge_.down = rs_.down = true;
  const std::string text(700 * 1024, 'x');
  for (const char* name : {"a.md", "b.md", "c.md"})
    value_of(room_.desk().publish({room_.write(name, "# " + std::string(name) + "\n\n" + text), {}}, passphrase(), {{}, true}));
  ge_.down = rs_.down = false;
  EXPECT_EQ(value_of(room_.desk().send()).relays[0].state, RelayState::kHoldsAll);
  EXPECT_EQ(ge_.received().size(), 3U);
  EXPECT_EQ(ge_.held(log()), 3U);
}

TEST_F(Publishing, ACorrectionNamesTheOriginalEvenIfACorrectionIsGiven) {
  add_relays();
  const auto first = value_of(publish("Snow")).entries[0].id;
  ArticleSource source{room_.article("Snow, again"), {{"corrects", first}}};
  const auto second = value_of(room_.desk().publish(source, passphrase())).entries[0];
  EXPECT_EQ(second.kind, "correction");
  source.fields = {{"corrects", second.id}};
  const auto third = value_of(room_.desk().publish(source, passphrase())).entries[0];
  auto store = *desk::DeskStore::open(room_.home);
  const auto entry = *store.log().find(*EntryId::parse(third.id));
  EXPECT_EQ(format::parse_header(entry->header)->target, *EntryId::parse(first));
}

TEST_F(Publishing, ACorrectionOfAnUnknownEntryIsRefused) {
  add_relays();
  const std::string id = EntryId(format::sha256({"nothing"})).text();
  const auto report = room_.desk().publish({room_.article("Snow"), {{"corrects", id}}}, passphrase());
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().text, "this desk has published no entry " + id + ", and no relay that was asked shows one of another desk of this "
                                     "project: it may be retracted already");
}

TEST_F(Publishing, AnArticleThatIsTooLargeIsRefusedBeforeAnythingIsSigned) {
  add_relays();
  const auto path = room_.write("long.md", "# Long\n\n" + std::string(800 * 1024, 'x'));
  const auto report = room_.desk().publish({path, {}}, passphrase());
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().text, "\"Long\" is 800 KiB of text and at most 768 KiB fit one entry: publish it in parts");
}

TEST_F(Publishing, AWrongPassphraseIsTold) {
  add_relays();
  const auto report = room_.desk().publish({room_.article("Snow"), {}}, passphrase("wrong"));
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().text, room_.home + "/desk.key: the passphrase is wrong for this key file");
}

TEST_F(Publishing, DoesNotTellTheMinuteOfWork) {
  add_relays();
  const auto id = value_of(publish("Snow")).entries[0].id;
  auto store = *desk::DeskStore::open(room_.home);
  const auto entry = *store.log().find(*EntryId::parse(id));
  EXPECT_EQ(to_rfc3339(format::parse_header(entry->header)->time), "2026-03-01T12:00:00Z");
  EXPECT_EQ(to_rfc3339(*format::parse_body(entry->body)->published_at), "2026-03-01T12:00:00Z");
}

TEST_F(Publishing, APictureOfTheTextReachesTheRelaysWithoutWhatItKnows) {
  add_relays();
  room_.write("roof.jpg", std::string(tests::Newsroom::kJpeg) + " roof, secret place");
  const auto path = room_.write("snow.md", "---\nphoto-credit: Анна\n---\n# Snow\n\n![A roof](roof.jpg \"In April\")\n");
  const auto report = value_of(room_.desk().publish({path, {}}, passphrase()));
  EXPECT_EQ(report.entries[0].attachments, 1U);
  EXPECT_TRUE(report.notes.empty());
  for (const auto& relay : report.relays) EXPECT_EQ(relay.state, RelayState::kHoldsAll) << relay.text;
  auto store = *desk::DeskStore::open(room_.home);
  const auto entry = *store.log().find(*EntryId::parse(report.entries[0].id));
  const auto body = *format::parse_body(entry->body);
  ASSERT_EQ(body.attachments.size(), 1U);
  const auto& attachment = body.attachments[0];
  EXPECT_EQ(attachment.alt, "A roof");
  EXPECT_EQ(attachment.caption, "In April");
  EXPECT_EQ(attachment.credit, "Анна");
  EXPECT_EQ(ge_.attachments.octets(attachment.blob), std::string(tests::Newsroom::kJpeg) + " roof,  place");
  EXPECT_TRUE(rs_.attachments.octets(attachment.renditions.at(0).blob).has_value());
  EXPECT_EQ(body.html, "<figure>\n<img src=\"" + attachment.blob.text() +
                           "\" alt=\"A roof\"/>\n<figcaption>In April</figcaption></figure>\n");
}

TEST_F(Publishing, AnAttachmentIsOnTheDiskBeforeItsEntryIsSent) {
  add_relays();
  room_.write("roof.jpg", std::string(tests::Newsroom::kJpeg) + " roof");
  bool was_sent = false;
  room_.network.meanwhile("/v1/bundles?wait=1", [&] {
    auto store = *desk::DeskStore::open(room_.home);
    const auto named = *store.log().blobs_named_by(0, 1);
    EXPECT_EQ(named.size(), 2U);
    for (const auto& [blob, index] : named) EXPECT_TRUE(store.attachments().open(blob).has_value());
    was_sent = true;
  });
  value_of(room_.desk().publish({room_.write("snow.md", "# Snow\n\n![A roof](roof.jpg)\n"), {}}, passphrase()));
  EXPECT_TRUE(was_sent);
}

TEST_F(Publishing, ABrokenPictureStopsTheArticleBeforeItIsSigned) {
  add_relays();
  room_.write("roof.jpg", "text");
  const auto path = room_.write("snow.md", "# Snow\n\n![A roof](roof.jpg)\n");
  const auto report = room_.desk().publish({path, {}}, passphrase());
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, "image-type-unknown");
  EXPECT_EQ(report.error().text, (room_.folder.path() / "roof.jpg").string() + ": this is no picture of the six types");
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 0U);
}

TEST_F(Publishing, StatusShowsEachRelayAndTheOutbox) {
  add_relays();
  rs_.down = true;
  value_of(publish("Snow"));
  const auto status = value_of(room_.desk().status());
  EXPECT_EQ(status.log_size, 1U);
  EXPECT_TRUE(status.head.starts_with("tamizdat/" + project_.id + "/"));
  EXPECT_EQ(status.relays[0].label, "GE");
  EXPECT_EQ(status.relays[0].state, RelayState::kHoldsAll);
  EXPECT_EQ(status.relays[1].state, RelayState::kUnreachable);
  EXPECT_EQ(status.relays[1].waiting, 1U);
}

TEST_F(Publishing, RelaysAreAddedListedAndRemoved) {
  Desk desk = room_.desk();
  EXPECT_TRUE(value_of(desk.add_relay(ge_.line())).is_new);
  EXPECT_FALSE(value_of(desk.add_relay(ge_.line())).is_new);
  EXPECT_EQ(value_of(desk.relays()).size(), 1U);
  EXPECT_EQ(value_of(desk.project()).relays, std::vector<std::string>{ge_.line()});
  EXPECT_EQ(value_of(desk.remove_relay("relay.example:8440")).id, ge_.address().relay.text());
  EXPECT_TRUE(value_of(desk.relays()).empty());
  EXPECT_EQ(desk.remove_relay("relay.example:8440").error().kind, ProblemKind::kUsage);
  EXPECT_EQ(desk.add_relay("somewhere").error().kind, ProblemKind::kUsage);
}

}  // namespace
}  // namespace tamizdat::client
