// What desks and readers make of the words of relays, through the public API and against fake relays.
#include <gtest/gtest.h>

#include "client-lib/desk/desk_store.h"
#include "tests/support/project_builder.h"
#include "tests/unit/client-lib/support/fake_pause.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

using std::chrono::hours;
using tests::must;
using tests::value_of;

// Three relays in three countries, two of which are a quorum; three copies in three countries are wanted.
class Witnessed : public testing::Test {
 protected:
  Witnessed() {
    log_.append_articles(5);
    project_.update_charter([&](format::Charter& charter) {
      charter.witness = {{ge_.in_policy(), rs_.in_policy(), de_.in_policy()}, 2, seconds(86400)};
      charter.copies = {3, 3};
    });
    for (auto* relay : {&ge_, &rs_, &de_}) relay->hold(project_.charters(), {log_.bundle_bytes(0, 5)});
  }
  void sign(tests::FakeRelay& relay, std::uint64_t size, hours age = hours(0)) {
    relay.sign(project_.charters(), log_, size, room_.clock.now() - age);
  }
  // What the others signed lies on this one too: relays pass it on.
  void pass_on(tests::FakeRelay& relay) {
    for (auto* other : {&ge_, &rs_, &de_})
      if (other != &relay) relay.said.insert(relay.said.end(), other->said.begin(), other->said.end());
  }
  FetchReport fetch(const std::vector<tests::FakeRelay*>& relays) {
    FetchOptions options;
    for (const auto* relay : relays) options.relays.push_back(relay->line());
    options.out = room_.out;
    return value_of(client::fetch(options, room_.edges));
  }
  Freshness verified() {
    const auto report = value_of(client::verify({room_.out, "", {}, "", {}}, [](const ProvenEntry&) {}, room_.edges));
    return report.logs.at(0).freshness;
  }
  // A desk of the project that knows these relays.
  Desk desk(const std::vector<tests::FakeRelay*>& relays) {
    {
      auto store = must(desk::DeskStore::open_or_create(room_.home));
      TMZ_CHECK(store.found_project(project_.charters(), log_.desk()).has_value());
      auto run = must(store.log().begin_run());
      for (std::uint64_t i = 0; i < log_.size(); ++i) must(run.append(log_.header(i), log_.body(i)));
      TMZ_CHECK(run.commit(log_.head_bytes(log_.size())).has_value());
    }
    Desk out = room_.desk();
    for (const auto* relay : relays) TMZ_CHECK(out.add_relay(relay->line()).has_value());
    return out;
  }

  tests::Newsroom room_;
  tests::FakeRelay& ge_ = room_.network.add_relay("GE", "GE");
  tests::FakeRelay& rs_ = room_.network.add_relay("RS", "RS");
  tests::FakeRelay& de_ = room_.network.add_relay("DE", "DE");
  tests::ProjectBuilder project_;
  tests::LogBuilder& log_ = project_.log();
};

TEST_F(Witnessed, AFetchIsFreshByAQuorumAndVerifyFindsTheSameLater) {
  sign(ge_, 5);
  EXPECT_EQ(fetch({&ge_}).logs.at(0).freshness.state, FreshnessState::kStale);
  sign(rs_, 5);
  pass_on(ge_);
  EXPECT_EQ(fetch({&ge_}).logs.at(0).freshness.state, FreshnessState::kFresh);
  EXPECT_EQ(verified().state, FreshnessState::kFresh);
  room_.clock.time += hours(25);
  EXPECT_EQ(verified().state, FreshnessState::kStale);
  EXPECT_EQ(verified().since, room_.clock.now() - hours(25));
}

TEST_F(Witnessed, AnArchiveByItselfTellsHowFreshItWas) {
  sign(ge_, 5);
  sign(rs_, 5);
  pass_on(ge_);
  const auto archive = fetch({&ge_}).logs.at(0).archive;
  const auto octets = std::filesystem::file_size(archive);
  const auto verified_alone = [&] {
    return value_of(client::verify({archive, "", {}, "", {}}, [](const ProvenEntry&) {}, room_.edges)).logs.at(0).freshness.state;
  };
  EXPECT_EQ(verified_alone(), FreshnessState::kFresh);
  // It grows with the log, and not with every look at it.
  fetch({&ge_});
  EXPECT_EQ(std::filesystem::file_size(archive), octets);
  log_.append_articles(2);
  for (auto* relay : {&ge_, &rs_}) relay->hold({}, {log_.bundle_bytes(5, 7)});
  room_.clock.time += hours(1);
  ge_.said.clear();
  sign(ge_, 7);
  EXPECT_EQ(fetch({&ge_}).logs.at(0).entries, 7U);
  EXPECT_EQ(verified_alone(), FreshnessState::kFresh);
}

TEST_F(Witnessed, WhatAnEarlierVersionKeptInAFileOfItsOwnIsReadAndTakenOver) {
  const std::filesystem::path archive = fetch({&ge_}).logs.at(0).archive;
  sign(ge_, 5);
  sign(rs_, 5);
  Bytes older;
  for (const auto& charter : project_.charters()) format::append_record(older, format::RecordKind::kSignedCharter, charter.signed_bytes());
  for (const auto* relay : {&ge_, &rs_})
    for (const auto& statement : relay->said) format::append_record(older, format::RecordKind::kStatement, statement);
  for (auto* relay : {&ge_, &rs_}) relay->said.clear();
  const auto file = archive.parent_path() / (project_.id().text() + ".statements");
  std::ofstream(file, std::ios::binary) << older;
  EXPECT_EQ(verified().state, FreshnessState::kFresh);
  EXPECT_EQ(fetch({&ge_}).logs.at(0).freshness.state, FreshnessState::kFresh);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(verified().state, FreshnessState::kFresh);
  EXPECT_EQ(fetch({&ge_}).logs.at(0).freshness.state, FreshnessState::kFresh);
}

TEST_F(Witnessed, ARelayThatServesLessThanAQuorumHasSeenIsNamed) {
  log_.append_articles(2);
  for (auto* relay : {&rs_, &de_}) relay->hold({}, {log_.bundle_bytes(5, 7)}), sign(*relay, 7);
  sign(ge_, 5);
  pass_on(rs_);
  const auto report = fetch({&ge_, &rs_});
  ASSERT_EQ(report.withholding.size(), 1U);
  EXPECT_EQ(report.withholding[0].relay, "relay.example:8440");
  EXPECT_EQ(report.withholding[0].served, 5U);
  EXPECT_EQ(report.withholding[0].witnessed, 7U);
  EXPECT_EQ(report.logs.at(0).freshness.state, FreshnessState::kFresh);
}

TEST_F(Witnessed, WhatWasHeardBeforeConvictsWhoServesOldHeadsToday) {
  for (auto* relay : {&rs_, &de_}) sign(*relay, 5);
  pass_on(rs_);
  fetch({&rs_});
  std::filesystem::remove(room_.out + "/" + log_.id().text() + ".tamizdat");
  ge_.forget_entries_from(3);
  ge_.hold({}, {});
  const auto report = fetch({&ge_});
  EXPECT_EQ(report.withholding.size(), 1U);
}

TEST_F(Witnessed, ALogThatIsHiddenAsAWholeIsToldToo) {
  for (auto* relay : {&rs_, &de_}) sign(*relay, 5);
  pass_on(ge_);
  ge_.forget_entries_from(0);
  const auto report = fetch({&ge_});
  ASSERT_EQ(report.logs.size(), 1U);
  EXPECT_EQ(report.logs[0].freshness.state, FreshnessState::kWithheld);
  EXPECT_EQ(report.logs[0].archive, "");
  ASSERT_EQ(report.withholding.size(), 1U);
  EXPECT_EQ(report.withholding[0].served, 0U);
}

TEST_F(Witnessed, StatementsThatAreRubbishAreNoTrouble) {
  ge_.said = {"rubbish", Bytes(100, '\x0a')};
  sign(ge_, 5);
  const auto report = fetch({&ge_});
  EXPECT_TRUE(report.troubles.empty());
  EXPECT_EQ(report.logs.at(0).freshness.state, FreshnessState::kStale);
}

TEST_F(Witnessed, AStatementOfAProjectWithoutACharterProvesNothing) {
  fetch({&ge_});
  const Bytes strange = format::make_charter_seen(ProjectId(tests::octets_from("strange", 1)),
                                                  {1, tests::octets_from("charter", 1), std::nullopt, room_.clock.now()}, ge_.key("witness"));
  Bytes archive = room_.read(room_.out + "/" + log_.id().text() + ".tamizdat");
  format::append_record(archive, format::RecordKind::kStatement, strange);
  std::ofstream(room_.out + "/" + log_.id().text() + ".tamizdat", std::ios::binary) << archive;
  EXPECT_EQ(verified().state, FreshnessState::kStale);
}

TEST_F(Witnessed, StatusCountsReceiptsWhoeverPassesThemOn) {
  for (auto* relay : {&ge_, &rs_, &de_}) sign(*relay, 5);
  pass_on(ge_);
  auto desk = this->desk({&ge_});
  const auto status = value_of(desk.status());
  EXPECT_TRUE(status.copies.enough);
  EXPECT_EQ(status.copies.copies, 3U);
  EXPECT_EQ(status.copies.countries, 3U);
  EXPECT_EQ(status.freshness.state, FreshnessState::kFresh);
  const auto entry = value_of(desk.entry_status(log_.entry(2).text()));
  EXPECT_EQ(entry.entry.index, 2U);
  EXPECT_EQ(entry.copies.copies, 3U);
  EXPECT_EQ(desk.entry_status(EntryId(tests::octets_from("x", 1)).text()).error().code, "entry-unknown");
}

TEST_F(Witnessed, TheReceiptInTheAnswerToADeliveryIsACopyAlready) {
  for (auto* relay : {&ge_, &rs_}) {
    relay->forget_entries_from(3);
    relay->signs_receipts_at = room_.clock.now();
  }
  rs_.signs_receipts_with = "witness";  // a word that does not count
  auto desk = this->desk({&ge_, &rs_, &de_});
  const auto report = value_of(desk.send());
  EXPECT_EQ(report.copies.copies, 1U);
  for (const auto& relay : report.relays) EXPECT_EQ(relay.state, RelayState::kHoldsAll);
  EXPECT_EQ(report.copies.relays.at(0).state, CopyState::kWhole);
}

TEST_F(Witnessed, WaitingEndsWhenThereIsEnough) {
  sign(ge_, 5);
  auto desk = this->desk({&ge_});
  tests::FakePause pause(room_.clock, 100);
  std::vector<unsigned> seen;
  pause.between_rounds = [&] {
    if (seen.size() == 2) sign(rs_, 5), sign(de_, 5), pass_on(ge_);
  };
  const auto copies = value_of(desk.wait_for_copies(pause, std::chrono::seconds(600), [&](const CopiesReport& now) { seen.push_back(now.copies); }));
  EXPECT_TRUE(copies.enough);
  EXPECT_EQ(seen, (std::vector<unsigned>{1, 1, 3}));
}

TEST_F(Witnessed, WaitingHasALimit) {
  auto desk = this->desk({&ge_});
  tests::FakePause pause(room_.clock, 1000);
  const Timestamp began = room_.clock.now();
  const auto copies = value_of(desk.wait_for_copies(pause, std::chrono::seconds(600), [](const CopiesReport&) {}));
  EXPECT_FALSE(copies.enough);
  EXPECT_EQ(room_.clock.now() - began, std::chrono::seconds(600));
}

TEST_F(Witnessed, ASilentRelayHoldsUpNeitherCtrlCNorTheLimit) {
  auto desk = this->desk({&ge_, &rs_});
  const auto asked_after = [&](std::function<void(tests::FakePause&)> event) {
    tests::FakePause pause(room_.clock, 1000);
    room_.network.meanwhile("/statements", [&] { event(pause); });
    room_.network.requests.clear();
    value_of(desk.wait_for_copies(pause, std::chrono::seconds(600), [](const CopiesReport&) {}));
    return room_.network.requests.size();
  };
  EXPECT_EQ(asked_after([](tests::FakePause& pause) { pause.stop_now = true; }), 1U);
  EXPECT_EQ(asked_after([&](tests::FakePause&) { room_.clock.time += std::chrono::seconds(600); }), 1U);
}

TEST_F(Witnessed, WhatCannotBeIsNotWaitedFor) {
  project_.update_charter([](format::Charter& charter) { charter.copies = {4, 3}; });
  auto desk = this->desk({&ge_});
  tests::FakePause pause(room_.clock, 1000);
  const Timestamp began = room_.clock.now();
  EXPECT_FALSE(value_of(desk.wait_for_copies(pause, std::chrono::seconds(600), [](const CopiesReport&) {})).can_be_enough);
  EXPECT_EQ(room_.clock.now(), began);
}

TEST_F(Witnessed, AnAuditNamesWhoCannotGiveWhatItSignedFor) {
  for (auto* relay : {&ge_, &rs_}) sign(*relay, 5);
  auto desk = this->desk({&ge_, &rs_, &de_});
  auto audited = value_of(desk.audit());
  ASSERT_EQ(audited.size(), 3U);
  for (const auto& relay : {audited[0], audited[1]}) {
    EXPECT_TRUE(relay.broken.empty());
    EXPECT_GT(relay.entries, 0U);
  }
  EXPECT_FALSE(audited[2].receipt_at);
  rs_.hidden = {0, 1, 2, 3, 4};
  audited = value_of(desk.audit());
  EXPECT_TRUE(audited[0].broken.empty());
  EXPECT_FALSE(audited[1].broken.empty());
  rs_.forget_all();
  EXPECT_FALSE(value_of(desk.audit())[1].broken.empty());
  rs_.down = true;
  audited = value_of(desk.audit());
  EXPECT_TRUE(audited[1].broken.empty()) << "silence proves nothing";
  EXPECT_FALSE(audited[1].text.empty());
}

}  // namespace
}  // namespace tamizdat::client
