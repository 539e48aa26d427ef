#include "relay/withholding/withholdings.h"

#include <gtest/gtest.h>

#include "relay/statements/withholding.h"
#include "relay/store/memory_store.h"
#include "tests/support/counting_random.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"
#include "tests/support/project_builder.h"

namespace tamizdat::withholding {
namespace {

using store::Audience;
using store::Withheld;

class WithholdingsTest : public testing::Test {
 protected:
  WithholdingsTest() {
    log().append_articles(2);
    publish();
    start();
  }
  tests::LogBuilder& log(std::size_t desk = 0) { return project.log(desk); }
  void publish() {
    std::vector<store::Batch> batches{{store::Charters{project.charters()}, tests::kTestTime}};
    for (std::size_t desk = 0; desk < 2; ++desk)
      if (log(desk).size() > 0) batches.push_back({log(desk).bundle(0, log(desk).size()), tests::kTestTime});
    for (const auto& done : held.commit(batches)) EXPECT_TRUE(done) << done.error().text;
  }
  // As a restart does.
  void start() {
    withholdings.reset();
    statements.reset();
    withheld.emplace();
    statements.emplace(env, table, tests::must(table.contents()),
                       [this](const ProjectId& id) { return held.charter_chain(id); },
                       std::vector<format::PolicyRelay>{{self, "GE", {}, {}}});
    withholdings.emplace(env, held, *statements, key, *withheld);
  }
  Result<std::string> withhold(const EntryId& entry, Versions versions = Versions::kThisOne,
                               Withheld::From from = Withheld::From::kReaders) {
    Order order{entry, versions, "GE", "A court.", from};
    return loop.run(withholdings->withhold(std::move(order)));
  }
  Result<std::string> lift(const EntryId& entry, Versions versions = Versions::kThisOne) {
    return loop.run(withholdings->lift(entry, versions));
  }
  bool is_withheld(const EntryId& entry) const { return withheld->holds_back(entry, Audience::kReaders); }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog recorded;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, recorded, metrics};
  format::SigningKey key = tests::key_from("identity", 1);
  RelayId self{key.public_key()};
  tests::ProjectBuilder project{{.seed = 1, .desks = 2}};
  store::MemoryStore held;
  statements::MemoryTable table{Bytes("an epoch of 16..")};
  std::optional<Withheld> withheld;
  std::optional<statements::Statements> statements;
  std::optional<Withholdings> withholdings;
};

TEST_F(WithholdingsTest, ANoticeIsSignedAndInForceWhenItReturns) {
  std::vector<std::uint64_t> changed;
  const auto listening = withholdings->subscribe([&](const store::Store::Position& at) { changed.push_back(at.index); });
  const EntryId entry = log().entry(1);
  EXPECT_EQ(tests::must(withhold(entry)), entry.text() + " (GE): A court.");
  EXPECT_TRUE(is_withheld(entry));
  EXPECT_FALSE(withheld->holds_back(entry, Audience::kPeers));
  EXPECT_FALSE(is_withheld(log().entry(0)));
  EXPECT_EQ(changed, std::vector<std::uint64_t>{1});
  const auto notice = statements::withholding_in_force(*statements, project.id(), entry, self);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->as<format::Withholding>()->reason, "A court.");
  EXPECT_EQ(withholdings->list(), to_rfc3339(*notice->time()) + " " + entry.text() + " (GE): A court.");
}

TEST_F(WithholdingsTest, ARestartForgetsNone) {
  tests::must(withhold(log().entry(1), Versions::kThisOne, Withheld::From::kEverybody));
  start();
  EXPECT_TRUE(withheld->holds_back(log().entry(1), Audience::kPeers));
  EXPECT_EQ(withholdings->positions().size(), 1U);
}

TEST_F(WithholdingsTest, IsLiftedWithinTheSameSecond) {
  tests::must(withhold(log().entry(1)));
  EXPECT_EQ(tests::must(lift(log().entry(1))), log().entry(1).text());
  EXPECT_FALSE(is_withheld(log().entry(1)));
  EXPECT_EQ(withholdings->list(), "");
  EXPECT_FALSE(statements::withholding_in_force(*statements, project.id(), log().entry(1), self));
  EXPECT_EQ(lift(log().entry(1)).error().code, kNotWithheld);
  start();
  EXPECT_FALSE(is_withheld(log().entry(1)));
  tests::must(withhold(log().entry(1)));
  EXPECT_TRUE(is_withheld(log().entry(1)));
}

TEST_F(WithholdingsTest, AnArticleGoesWithItsCorrectionsOfAllDesks) {
  const EntryId original = log().entry(0);
  const auto correct = [this](const EntryId& target, std::size_t desk) {
    format::Body body;
    body.title = "Corrected";
    return log(desk).append(std::move(body), format::EntryKind::kCorrection, target);
  };
  const EntryId first = correct(original, 1);
  const EntryId second = correct(first, 0);
  publish();
  tests::must(withhold(second));
  EXPECT_FALSE(is_withheld(original) || is_withheld(first));
  tests::must(withhold(first, Versions::kAll));
  EXPECT_TRUE(is_withheld(original) && is_withheld(first) && is_withheld(second));
  EXPECT_FALSE(is_withheld(log().entry(1)));
  tests::must(lift(second, Versions::kAll));
  EXPECT_FALSE(is_withheld(original) || is_withheld(first) || is_withheld(second));
}

TEST_F(WithholdingsTest, WhatHasNoTextCannotBeWithheld) {
  EXPECT_EQ(withhold(EntryId(project.charter().hash())).error().code, kEntryNotHeld);
  const Bytes body_key(format::kBodyKeyBytes, 'k');
  const EntryId sealed = log().append_sealed({}, std::nullopt, body_key);
  const EntryId opening = log().append_key(sealed, body_key);
  const EntryId retraction = log().append({}, format::EntryKind::kRetraction, log().entry(0));
  publish();
  EXPECT_EQ(withhold(retraction).error().code, kEntryWithoutText);
  const auto refused = withhold(opening);
  EXPECT_EQ(refused.error().code, kEntryWithoutText);
  EXPECT_NE(refused.error().text.find(sealed.text()), std::string::npos);
  EXPECT_TRUE(withhold(sealed));
}

TEST_F(WithholdingsTest, TheNoticeOfAnotherRelayWithholdsNothingHere) {
  project.update_charter([](format::Charter& charter) {
    charter.witness.relays = {{RelayId(tests::key_from("identity", 2).public_key()), "RS", tests::key_from("witness", 2).public_key(),
                               tests::key_from("mirror", 2).public_key()}};
  });
  publish();
  const format::WithholdingContent content{log().entry(0), "RS", "A court.", tests::kTestTime, false, true};
  ASSERT_TRUE(loop.run(statements->take(format::make_withholding(project.id(), content, tests::key_from("identity", 2)))));
  EXPECT_FALSE(is_withheld(log().entry(0)));
  EXPECT_TRUE(statements::is_kept_from_peers(*statements, project.id(), log().entry(0)));
  EXPECT_EQ(withholdings->list(), "");
}

}  // namespace
}  // namespace tamizdat::withholding
