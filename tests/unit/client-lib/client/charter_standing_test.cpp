// Whether the charter in hand is the newest, before root keys sign on top of it; and what a root key signs once only.
#include <tamizdat/charter.h>
#include <tamizdat/desk_life.h>
#include <tamizdat/freeze.h>

#include <gtest/gtest.h>

#include "proto/format/charter_seen.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

namespace fs = std::filesystem;
using tests::passphrase;
using tests::value_of;

class CharterStandingTest : public testing::Test {
 protected:
  CharterStandingTest() {
    info_ = room_.create();
    for (auto* const relay : relays_) value_of(room_.desk().add_relay(relay->line()));
    value_of(room_.desk().publish({room_.article("First"), {}}, passphrase()));
  }
  CharterSource home() const { return {room_.home, "", {}, "", {}}; }
  // Somebody without this home.
  CharterSource stranger(const std::vector<std::string>& lines) const {
    return {(room_.folder.path() / "nowhere").string(), info_.id, lines, "", {}};
  }
  std::string file(const std::string& name) const { return (room_.folder.path() / name).string(); }
  std::string root_key(int number) const { return info_.root_key_files.at(static_cast<std::size_t>(number - 1)); }
  static CharterEdit titled(const std::string& title) {
    CharterEdit edit;
    edit.title = title;
    return edit;
  }
  Outcome<RequestInfo> request(const CharterSource& source, const std::string& title) {
    return request_update(source, titled(title), file(title), room_.edges);
  }
  Outcome<RequestInfo> sign(const std::string& name, int key, SigningConsent consent = {}) {
    return sign_request(file(name), root_key(key), passphrase("root"), consent);
  }
  // Puts it in force where relays are up, whatever they say of it.
  void update(const std::string& name, const CharterEdit& edit) {
    CharterSource source = home();
    source.unwitnessed = true;
    value_of(request_update(source, edit, file(name), room_.edges));
    for (const int key : {1, 2}) value_of(sign(name, key));
    value_of(submit_request(source, {file(name)}, room_.edges));
  }
  // Version 2: two of the three relays must witness.
  void list_relays() {
    CharterEdit edit;
    for (const auto* const relay : relays_) {
      const auto listed = relay->in_policy();
      edit.add_relays.push_back({listed.relay.text(), listed.country, to_hex(listed.witness_key.view()), to_hex(listed.mirror_key.view())});
    }
    update("listing", edit);
  }
  // The word of `by` for the charter that it has.
  Bytes word(const tests::FakeRelay& by, seconds age = seconds(60)) const {
    const auto& charter = *by.charter_in_force();
    return format::make_charter_seen(charter.project(), {charter.version(), charter.hash(), std::nullopt, room_.clock.time - age}, by.key("witness"));
  }
  static const RelayStanding& of(const tests::FakeRelay& relay, const std::vector<RelayStanding>& standings) {
    const auto found = std::ranges::find_if(standings, [&](const RelayStanding& each) {
      return each.relay.ends_with(":" + std::to_string(relay.address().port)) || each.relay == relay.address().relay.text();
    });
    TMZ_CHECK(found != standings.end());
    return *found;
  }

  tests::Newsroom room_;
  tests::FakeRelay& near_ = room_.network.add_relay("GE", "GE");
  tests::FakeRelay& far_ = room_.network.add_relay("RS", "RS");
  tests::FakeRelay& third_ = room_.network.add_relay("AM", "AM");
  std::vector<tests::FakeRelay*> relays_{&near_, &far_, &third_};
  ProjectInfo info_;
};

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
  const auto closing = request_closing(stranger({far_.line()}), {info_.desks[0].id, "", 1, "", {}}, file("closing"), room_.edges);
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

}  // namespace
}  // namespace tamizdat::client
