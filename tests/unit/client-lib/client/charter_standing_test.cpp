// Whether the charter in hand is the newest, before root keys sign on top of it; and what a root key signs once only.
#include <tamizdat/charter.h>
#include <tamizdat/desk_life.h>
#include <tamizdat/freeze.h>
#include <tamizdat/letters.h>
#include <tamizdat/root_keys.h>

#include <gtest/gtest.h>

#include "proto/base/sealing_key_id.h"
#include "proto/format/charter_fork.h"
#include "tests/unit/client-lib/support/charter_room.h"

namespace tamizdat::client {
namespace {

namespace fs = std::filesystem;
using tests::passphrase;
using tests::value_of;

using CharterStandingTest = tests::CharterRoom;

TEST_F(CharterStandingTest, AProjectWithoutWitnessesAsksOneRelayAsBefore) {
  far_.down = third_.down = true;
  const auto info = value_of(request(home(), "Newer"));
  EXPECT_EQ(info.quorum, 0U);
  EXPECT_EQ(of(near_, info.relays).standing, CharterStanding::kAgrees);
  EXPECT_EQ(of(far_, info.relays).standing, CharterStanding::kNotReached);
}

TEST_F(CharterStandingTest, NothingIsWrittenWithoutAQuorumOfWords) {
  list_relays();
  near_.said = {word(near_)};
  const auto refused = request(home(), "Newer");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "charter-not-witnessed");
  EXPECT_EQ(refused.error().kind, ProblemKind::kNotVerified);
  EXPECT_NE(refused.error().text.find("1 of the 2 relays"), std::string::npos) << refused.error().text;
  EXPECT_FALSE(fs::exists(file("Newer")));
  // A word of the second relay counts whoever passes it on.
  near_.said.push_back(word(far_));
  far_.down = true;
  const auto info = value_of(request(home(), "Newer"));
  EXPECT_TRUE(of(near_, info.relays).vouches);
  EXPECT_TRUE(of(far_, info.relays).vouches);
  EXPECT_FALSE(of(third_, info.relays).vouches);
  EXPECT_EQ(of(third_, info.relays).standing, CharterStanding::kAgrees);
}

TEST_F(CharterStandingTest, WordsOfLastWeekAndOfStrangersDoNotCount) {
  list_relays();
  tests::FakeRelay& stranger = room_.network.add_relay("DE", "DE");
  stranger.hold({*near_.charter_in_force()}, {});
  near_.said = {word(near_), word(far_, std::chrono::hours(24 * 7)), word(stranger)};
  EXPECT_EQ(request(home(), "Newer").error().code, "charter-not-witnessed");
  near_.said = {word(near_), word(far_, std::chrono::hours(-2))};  // ahead of the clock
  EXPECT_EQ(request(home(), "Newer").error().code, "charter-not-witnessed");
}

TEST_F(CharterStandingTest, AStrangerWhoIsShownAnOldChartersIsNotLedToFork) {
  list_relays();
  far_.down = true;
  update("Third", titled("Third"));
  far_.down = false;
  // It keeps back what the others say, and replays what they said of version 2 the other day.
  far_.said = {word(far_)};
  const auto refused = request(stranger({far_.line()}), "Other");
  EXPECT_EQ(refused.error().code, "charter-not-witnessed");
  EXPECT_NE(refused.error().text.find(near_.address().relay.text()), std::string::npos) << refused.error().text;
  // The word of one listed relay for a later one is enough, also against a quorum.
  far_.said = {word(far_), word(near_)};
  const auto told = request(stranger({far_.line()}), "Other");
  EXPECT_EQ(told.error().code, "charter-not-newest");
  EXPECT_NE(told.error().text.find("version 3"), std::string::npos) << told.error().text;
  EXPECT_FALSE(fs::exists(file("Other")));
  // Closing, and joining, stand on the same charter.
  ClosingDraft draft;
  draft.desk = info_.desks[0].id;
  const auto closing = request_closing(stranger({far_.line()}), draft, file("closing"), room_.edges);
  EXPECT_EQ(closing.error().code, "charter-not-newest");
  auto joining = stranger({far_.line()});
  value_of(make_desk({joining.home, "", {}}, passphrase(), room_.edges));
  EXPECT_EQ(join_project(joining, room_.edges).error().code, "charter-not-newest");
  // Who knows better says so, and is told what it means.
  auto knowing = stranger({far_.line()});
  knowing.unwitnessed = true;
  const auto info = value_of(request(knowing, "Other"));
  ASSERT_FALSE(info.warnings.empty());
  EXPECT_NE(info.warnings.back().find("by your own word"), std::string::npos);
}

TEST_F(CharterStandingTest, ARelayThatWasTakenOutOfThePolicyHasNoSay) {
  list_relays();
  CharterEdit edit;
  edit.remove_relays = {third_.address().relay.text()};
  update("without the third", edit);
  // Who verifies still knows its key, as it decides about forks.
  const auto& charter = *near_.charter_in_force();
  near_.said = {word(near_), word(third_)};
  EXPECT_EQ(request(home(), "Newer").error().code, "charter-not-witnessed");
  near_.said = {word(near_), word(far_), format::make_charter_seen(charter.project(), {99, tests::octets_from("later", 1), std::nullopt, room_.clock.time},
                                                                   third_.key("witness"))};
  value_of(request(home(), "Newer"));
  // Nor has a key that was replaced.
  const auto far = far_.in_policy();
  CharterEdit rekeyed;
  rekeyed.add_relays = {{far.relay.text(), far.country, to_hex(tests::key_from("another witness", 1).public_key().view()), to_hex(far.mirror_key.view())}};
  update("rekeyed", rekeyed);
  near_.said = {word(near_), word(far_)};
  EXPECT_EQ(request(home(), "Newest").error().code, "charter-not-witnessed");
}

TEST_F(CharterStandingTest, ADeskJoinsUnderACharterThatNotAllHaveNamedYet) {
  list_relays();
  const auto nowhere = stranger({near_.line()});
  const auto desk = value_of(make_desk({nowhere.home, "", {}}, passphrase(), room_.edges));
  CharterEdit edit;
  edit.add_desks.push_back({desk, "Perm", {}, {}, "none", "none", 0, 0});
  const Bytes before = word(far_);
  update("listing a desk", edit);
  near_.said = {word(near_)};
  EXPECT_EQ(join_project(nowhere, room_.edges).error().code, "charter-not-witnessed");  // what the others say is kept back
  near_.said.push_back(before);
  EXPECT_EQ(request(nowhere, "Newer").error().code, "charter-not-witnessed");
  EXPECT_EQ(value_of(join_project(nowhere, room_.edges)).charter_version, 3U);
}

TEST_F(CharterStandingTest, ARelayThatIsBehindIsToldInWords) {
  list_relays();
  far_.down = true;
  update("Third", titled("Third"));
  far_.down = false;
  near_.said = {word(near_), word(third_)};
  const auto info = value_of(request(home(), "Fourth"));
  EXPECT_EQ(of(far_, info.relays).standing, CharterStanding::kOlder);
  EXPECT_EQ(of(far_, info.relays).version, 2U);
  EXPECT_NE(of(far_, info.relays).text.find("rolled back from 3"), std::string::npos) << of(far_, info.relays).text;
}

TEST_F(CharterStandingTest, AnotherCharterOfTheSameVersionIsTold) {
  list_relays();
  const auto& charter = *near_.charter_in_force();
  near_.said = {word(near_), format::make_charter_seen(charter.project(), {2, tests::octets_from("another", 1), std::nullopt, room_.clock.time},
                                                       far_.key("witness"))};
  EXPECT_EQ(request(home(), "Newer").error().code, "charter-forked");
  near_.said.push_back(word(third_));  // a quorum has decided
  value_of(request(home(), "Newer"));
}

TEST_F(CharterStandingTest, ARequestThatALaterCharterOvertookIsNotSent) {
  list_relays();
  CharterSource offline = home();
  offline.offline = true;
  value_of(request(offline, "Late"));
  for (const int key : {1, 2}) value_of(sign("Late", key));
  far_.down = true;
  value_of(request(offline, "Third"));
  for (const int key : {1, 2}) value_of(sign("Third", key, {.another = true}));
  auto sending = home();
  sending.unwitnessed = true;
  value_of(submit_request(sending, {file("Third")}, room_.edges));
  far_.down = false;
  far_.said = {word(near_)};
  const auto refused = submit_request(stranger({far_.line()}), {file("Late")}, room_.edges);
  EXPECT_EQ(refused.error().code, "charter-forked");
  EXPECT_EQ(far_.charter_in_force()->version(), 2U);
}

TEST_F(CharterStandingTest, AFreezeGoesOutAndSaysWhatItMayNotStop) {
  list_relays();
  near_.statements = far_.statements = third_.statements = std::vector<Bytes>{};
  const auto report = value_of(freeze_project(home(), root_key(3), passphrase("root"), room_.edges));
  EXPECT_EQ(near_.statements->size(), 1U);
  ASSERT_EQ(report.warnings.size(), 1U);
  near_.said = {word(near_), word(far_)};
  EXPECT_TRUE(value_of(freeze_project(home(), root_key(3), passphrase("root"), room_.edges)).warnings.empty());
}

TEST_F(CharterStandingTest, ARootKeySignsOneCharterOfAVersion) {
  value_of(request(home(), "One"));
  value_of(request(home(), "Other"));
  value_of(sign("One", 1));
  value_of(sign("One", 1));  // the same again
  const std::string before = room_.read(file("Other"));
  const auto refused = sign("Other", 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "charter-signed-another");
  EXPECT_EQ(room_.read(file("Other")), before);
  EXPECT_EQ(value_of(sign("Other", 2)).signed_by.size(), 1U);
  EXPECT_EQ(value_of(sign("Other", 1, {.another = true})).signed_by.size(), 2U);
  // From then on that one is the one which was signed.
  EXPECT_EQ(sign("One", 1).error().code, "charter-signed-another");
}

TEST_F(CharterStandingTest, WhatCannotBeNotedIsNotSigned) {
  value_of(request(home(), "One"));
  const std::string before = room_.read(file("One"));
  fs::create_directory(root_key(1) + ".signed");
  EXPECT_FALSE(sign("One", 1));
  room_.write("damaged", "");
  std::ofstream(root_key(2) + ".signed") << info_.id << " 2 beef\n";
  EXPECT_EQ(sign("One", 2).error().code, "signed-record-damaged");
  EXPECT_EQ(room_.read(file("One")), before);
}

TEST_F(CharterStandingTest, ASealingKeyWhoseSecretNobodyHasIsToldOrRefused) {
  const DeskOptions at_home{room_.home, "", {}};
  const auto own = value_of(new_sealing_key(at_home, passphrase(), room_.edges)).key;
  CharterEdit edit;
  edit.add_sealing_keys = {own};
  EXPECT_TRUE(value_of(request_update(home(), edit, file("own"), room_.edges)).warnings.empty());
  edit.add_sealing_keys = {SealingKeyId(tests::octets_from("another's", 1)).text()};
  const auto info = value_of(request_update(home(), edit, file("strange"), room_.edges));
  ASSERT_EQ(info.warnings.size(), 1U);
  EXPECT_NE(info.warnings[0].find("no secret of this home fits"), std::string::npos);
  Hash32 one{};
  one.octets[0] = 1;
  for (const auto& small : {Hash32{}, one}) {
    edit.add_sealing_keys = {SealingKeyId(small).text()};
    EXPECT_EQ(request_update(home(), edit, file("small"), room_.edges).error().code, "charter-edit-invalid");
  }
}

TEST_F(CharterStandingTest, TheSecretOfAKeyThatTheCharterNamesIsDestroyedOnPurposeOnly) {
  const DeskOptions at_home{room_.home, "", {}};
  const auto key = value_of(new_sealing_key(at_home, passphrase(), room_.edges)).key;
  CharterEdit edit;
  edit.add_sealing_keys = {key};
  update("sealing", edit);
  EXPECT_EQ(destroy_sealing_key(at_home, key).error().code, "sealing-key-listed");
  EXPECT_TRUE(value_of(sealing_keys(at_home, room_.edges))[0].is_here);
  EXPECT_TRUE(destroy_sealing_key(at_home, key, ListedKey::kDestroy));
  EXPECT_FALSE(value_of(sealing_keys(at_home, room_.edges))[0].is_here);
}

TEST_F(CharterStandingTest, MirrorsAreWhatABrowserOpensSafely) {
  int number = 0;
  const auto add = [&](const std::string& url) {
    CharterEdit edit;
    edit.add_mirrors = {{url, "GE"}};
    return request_update(home(), edit, file("mirror " + std::to_string(++number)), room_.edges);
  };
  for (const std::string url : {"javascript:alert(1)", "ftp://mirror.example/", "http://mirror.example/", "//mirror.example", "mirror.example",
                                "https://", "https:///path", "https://me@mirror.example/", "https://mirror.example/<script>", "https://mirror.example/a b",
                                "http://mirror.onion.example/", "data:text/html,x", "HTTPS://"}) {
    const auto refused = add(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, "charter-edit-invalid") << url;
  }
  for (const std::string url : {"https://mirror.example/", "https://mirror.example:8443/ural?x=1", "http://abcdefgh.onion/", "http://abcdefgh.onion:80/ural"})
    EXPECT_TRUE(add(url)) << url;
}

TEST_F(CharterStandingTest, AWordIsNeverFreshForNoTime) {
  CharterEdit edit;
  edit.fresh_hours = 0;
  EXPECT_EQ(request_update(home(), edit, file("fresh"), room_.edges).error().code, "charter-edit-invalid");
}

TEST_F(CharterStandingTest, WhatTheDeskHasRetractedItDoesNotRetractAgain) {
  const auto entry = value_of(room_.desk().publish({room_.article("Second"), {}}, passphrase())).entries[0].id;
  value_of(room_.desk().retract({entry, RetractionReason::kError}, passphrase()));
  const auto again = room_.desk().retract({entry, RetractionReason::kError}, passphrase());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "retracted-already");
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 3U);
  // With a second key it is another thing: then relays erase at once.
  for (auto* const relay : relays_) relay->statements = std::vector<Bytes>{};
  const auto root = passphrase("root");
  value_of(room_.desk().retract({entry, RetractionReason::kError}, passphrase(), {}, Cosigner{root_key(1), &root}));
  EXPECT_EQ(near_.statements->size(), 1U);
}

TEST_F(CharterStandingTest, TheOctetsThatAnOldPassphraseOpensAreOverwritten) {
  std::ifstream old(root_key(1), std::ios::binary);
  const std::string before = room_.read(root_key(1));
  ASSERT_TRUE(change_passphrase(root_key(1), passphrase("root"), passphrase("other words"), room_.edges));
  const std::string left{std::istreambuf_iterator<char>(old), {}};
  EXPECT_EQ(left, std::string(before.size(), '\0'));
  for (const auto& file : fs::directory_iterator(fs::path(root_key(1)).parent_path())) EXPECT_NE(room_.read(file.path()), before);
  // Another name of the file is somebody's copy.
  const std::string now = room_.read(root_key(1));
  fs::create_hard_link(root_key(1), file("copy"));
  ASSERT_TRUE(change_passphrase(root_key(1), passphrase("other words"), passphrase("third"), room_.edges));
  EXPECT_EQ(room_.read(file("copy")), now);
}

TEST_F(CharterStandingTest, ADisputeIsShownUntilAndAfterItIsDecided) {
  list_relays();
  near_.said = far_.said = third_.said = {word(near_), word(far_)};
  EXPECT_TRUE(value_of(view_charter(home(), room_.edges)).disputes.empty());
  for (const std::string name : {"One", "Other"}) {
    value_of(request(home(), name));
    for (const int key : {1, 2}) value_of(sign(name, key, {.another = true}));
  }
  // Somebody gives one to a relay that heard of none, and another one to the others.
  near_.down = third_.down = true;
  value_of(submit_request(stranger({far_.line()}), {file("Other")}, room_.edges));
  near_.down = third_.down = false;
  far_.down = true;
  value_of(submit_request(home(), {file("One")}, room_.edges));
  far_.down = false;
  near_.said = {word(near_)};
  far_.said = {word(far_)};
  third_.said.clear();
  const auto open = value_of(view_charter(home(), room_.edges));
  ASSERT_EQ(open.disputes.size(), 1U);
  EXPECT_FALSE(open.disputes[0].decided);
  EXPECT_EQ(open.disputes[0].version, 3U);
  third_.said = {word(third_), format::make_charter_fork(*near_.charter_in_force(), *far_.charter_in_force())};
  const auto decided = value_of(view_charter(home(), room_.edges));
  ASSERT_EQ(decided.disputes.size(), 1U);
  EXPECT_TRUE(decided.disputes[0].decided);
  EXPECT_EQ(of(far_, decided.relays).standing, CharterStanding::kForked);
  EXPECT_EQ(decided.charter_hash, to_hex(near_.charter_in_force()->hash().view()));
}

}  // namespace
}  // namespace tamizdat::client
