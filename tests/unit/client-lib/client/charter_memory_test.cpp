// Two charters of one version, and what the home remembers of them.
#include <tamizdat/freeze.h>
#include <tamizdat/letters.h>

#include "client-lib/desk/desk_store.h"
#include "tests/unit/client-lib/support/charter_room.h"

namespace tamizdat::client {
namespace {

using tests::passphrase;
using tests::value_of;

// Root keys signed two charters of version 3. `near_` and this home have one, `far_` has the other, `third_` is away.
class CharterMemory : public tests::CharterRoom {
 protected:
  CharterMemory() {
    list_relays();
    CharterSource knowing = home();
    knowing.unwitnessed = true;
    for (const std::string title : {"Ours", "Other"}) {
      value_of(request_update(knowing, titled(title), file(title), room_.edges));
      for (const int key : {1, 2}) value_of(sign(title, key, {.another = true}));
    }
    third_.down = true;
    near_.down = true;
    value_of(submit_request(stranger({far_.line()}), {file("Other")}, room_.edges));
    near_.down = false;
    far_.down = true;
    value_of(submit_request(home(), {file("Ours")}, room_.edges));
    far_.down = false;
  }
  Outcome<PublishReport> publish(const SendOptions& send = {}) { return room_.desk().publish({room_.article("Snow"), {}}, passphrase(), send); }
  std::string dispute() { return value_of(room_.desk().project()).dispute; }
  std::string code_of(const Outcome<PublishReport>& outcome) { return outcome ? "none" : outcome.error().code; }
  // The home has seen both, and asks `near_` alone from now on, which says nothing of the other.
  void see_both() {
    ASSERT_EQ(code_of(publish()), "charter-forked");
    far_.down = true;
  }
  std::string charter() { return value_of(room_.desk().project()).charter_hash; }
  std::string hash_on(const tests::FakeRelay& relay) { return to_hex(relay.charter_in_force()->hash().view()); }
};

TEST_F(CharterMemory, KnowsOfNoneBeforeItWasShown) {
  far_.down = true;
  EXPECT_EQ(code_of(publish()), "none");
  EXPECT_EQ(dispute(), "");
}

TEST_F(CharterMemory, NoLetterIsSealedMeanwhile) {
  see_both();
  const auto sent = send_letter({room_.home, "", {}}, {.recipients = {"tzproject1x"}, .path = room_.article("Snow")}, passphrase(), room_.edges);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, "charter-forked") << sent.error().text;
}

TEST_F(CharterMemory, WhatWasShownOnceIsNotForgottenBecauseARelayHidesIt) {
  see_both();
  EXPECT_NE(dispute().find("two charters of version 3"), std::string::npos) << dispute();
  for (const auto* const relay : {&near_, &far_}) EXPECT_NE(dispute().find(hash_on(*relay)), std::string::npos) << dispute();
  EXPECT_EQ(code_of(publish()), "charter-forked");
  near_.down = true;
  EXPECT_EQ(code_of(publish({.relays = {}, .offline = true})), "charter-forked");
}

TEST_F(CharterMemory, NothingIsMadeOnTopOfEither) {
  see_both();
  CharterSource source = home();
  source.unwitnessed = true;
  EXPECT_EQ(request_update(source, titled("Newer"), file("Newer"), room_.edges).error().code, "charter-forked");
  source.offline = true;
  EXPECT_EQ(request_update(source, titled("Newer"), file("Newer"), room_.edges).error().code, "charter-forked");
  // What helps to decide it is not refused: the charter that is meant goes to a relay that has none of them yet.
  third_.down = false;
  value_of(submit_request(home(), {file("Ours")}, room_.edges));
  EXPECT_EQ(hash_on(third_), hash_on(near_));
  EXPECT_NE(dispute(), "");
}

TEST_F(CharterMemory, ADecisionForTheOneHereEndsIt) {
  see_both();
  near_.said = {word(near_)};
  EXPECT_EQ(code_of(publish()), "charter-forked");
  third_.down = false;
  near_.said.push_back(format::make_charter_seen(near_.charter_in_force()->project(),
                                                 {3, near_.charter_in_force()->hash(), std::nullopt, room_.clock.time}, third_.key("witness")));
  third_.down = true;
  EXPECT_EQ(code_of(publish()), "none");
  EXPECT_EQ(dispute(), "");
  EXPECT_TRUE(tests::must(desk::DeskStore::open(room_.home)).statements().all()->empty());
}

TEST_F(CharterMemory, ADecisionForTheOtherIsFollowedThoughNobodyGivesThatCharter) {
  see_both();
  for (const auto* const relay : {&far_, &third_})
    near_.said.push_back(format::make_charter_seen(near_.charter_in_force()->project(),
                                                   {3, far_.charter_in_force()->hash(), std::nullopt, room_.clock.time}, relay->key("witness")));
  ASSERT_NE(charter(), hash_on(far_));
  value_of(room_.desk().send());
  EXPECT_EQ(charter(), hash_on(far_));
  EXPECT_EQ(dispute(), "");
}

TEST_F(CharterMemory, WhoOnlyLooksRemembersItToo) {
  auto view = value_of(view_charter(home(), room_.edges));
  ASSERT_EQ(view.disputes.size(), 1U);
  EXPECT_NE(dispute(), "");
  far_.down = true;
  view = value_of(view_charter(home(), room_.edges));
  ASSERT_EQ(view.disputes.size(), 1U);
  EXPECT_FALSE(view.disputes[0].decided);
  EXPECT_EQ(charter(), hash_on(near_));
}

TEST_F(CharterMemory, StatusTellsItAndNoRelayWaitsForTheProof) {
  const auto status = value_of(room_.desk().status());
  EXPECT_NE(status.project.dispute, "");
  for (const auto& relay : status.relays) EXPECT_EQ(relay.statements_waiting, 0U);
  // Seen again, it is kept once.
  value_of(room_.desk().status());
  EXPECT_EQ(tests::must(desk::DeskStore::open(room_.home)).statements().all()->size(), 1U);
}

TEST_F(CharterMemory, AFreezeGoesOutAllTheSame) {
  see_both();
  near_.statements.emplace();
  const auto report = value_of(freeze_project(home(), root_key(1), passphrase("root"), room_.edges));
  EXPECT_FALSE(report.relays.at(0).problem);
  EXPECT_EQ(near_.statements->size(), 1U);
}

}  // namespace
}  // namespace tamizdat::client
