#include "relay/statements/statements.h"

#include <gtest/gtest.h>

#include <fstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "relay/statements/lmdb_table.h"
#include "relay/statements/standing.h"
#include "relay/store/memory_store.h"
#include "tests/support/counting_random.h"
#include "tests/support/held_statements.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_loop.h"

namespace tamizdat::statements {
namespace {

using format::StatementKind;
using tests::must;

constexpr std::string_view kEpoch = "an epoch of 16..";

// A table that fails when it is told to.
class FailingTable final : public StatementTable {
 public:
  Result<Contents> contents() const override { return below.contents(); }
  Result<void> commit(const Change& change) override {
    if (full) return fail(kStatementsFailed, "the disk is full");
    return below.commit(change);
  }
  MemoryTable below{Bytes(kEpoch)};
  bool full = false;
};

class StatementsTest : public testing::Test {
 protected:
  StatementsTest() {
    witness.relays = {relay("one", "GE"), relay("two", "AM")};
    witness.quorum = 2;
    project.update_charter([this](format::Charter& charter) { charter.witness = witness; });
    learn_charters();
    start();
  }

  static format::PolicyRelay relay(const std::string& name, std::string country) {
    return {RelayId(tests::key_from(name, 1).public_key()), std::move(country), tests::key_from(name, 2).public_key(),
            tests::key_from(name, 3).public_key()};
  }
  static format::SigningKey root_key() { return tests::key_from("root key 0", 1); }
  Bytes freeze() const {
    return format::make_freeze(project.id(), project.charter().hash(), tests::kTestTime, root_key());
  }
  Bytes seen_at(Timestamp time, const std::string& relay_name = "one") const {
    return format::make_charter_seen(project.id(), {project.charter().version(), project.charter().hash(), {}, time},
                                     tests::key_from(relay_name, 2));
  }

  void learn_charters() {
    const store::Charters charters{project.charters()};
    const store::Batch batch{charters, tests::kTestTime};
    ASSERT_TRUE(store.commit({&batch, 1}).front().has_value());
  }
  // As a restart does.
  void start() {
    statements.reset();
    statements.emplace(env, table, must(table.contents()),
                       [this](const ProjectId& id) { return store.charter_chain(id); }, std::vector<format::PolicyRelay>());
  }
  Result<Taken> take(Bytes statement) { return loop.run(statements->take(std::move(statement))); }
  void recheck() {
    statements->on_charter(project.id());
    std::stop_source stop;
    boost::asio::co_spawn(loop.executor(), statements->run(stop.get_token()), boost::asio::detached);
    loop.poll();
    stop.request_stop();
    loop.poll();
  }
  std::vector<std::uint64_t> numbers(Statements::Which which = Statements::Which::kAll) const {
    std::vector<std::uint64_t> out;
    std::uint64_t at = 0;
    while (const auto next = statements->next_after(at, which)) out.push_back(at = next->sequence);
    return out;
  }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  tests::ProjectBuilder project;
  format::WitnessPolicy witness;
  store::MemoryStore store;
  FailingTable table;
  std::optional<Statements> statements;
};

TEST_F(StatementsTest, HoldsWhatVerifiesAcrossARestart) {
  const Bytes octets = freeze();
  const Taken taken = must(take(octets));
  EXPECT_TRUE(taken.is_new);
  EXPECT_EQ(taken.sequence, 1U);
  start();
  const auto held = statements->find(project.id(), StatementKind::kFreeze, project.charter().hash());
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->octets(), octets);
  EXPECT_EQ(statements->last(), 1U);
  EXPECT_EQ(statements->epoch(), kEpoch);
}

TEST_F(StatementsTest, RefusesWhatDoesNotVerifyAndTakesItWhenItDoes) {
  Bytes wrong = freeze();
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  EXPECT_EQ(take(wrong).error().code, format::kStatementSignatureInvalid);
  tests::ProjectBuilder other(2);
  const Bytes stray = format::make_freeze(other.id(), other.charter().hash(), tests::kTestTime, root_key());
  EXPECT_EQ(take(stray).error().code, kStatementsUnknownProject);
  EXPECT_TRUE(must(take(freeze())).is_new);
}

TEST_F(StatementsTest, TheFirstFreezeStaysAndANewerWordOfOneRelayReplacesTheOlder) {
  EXPECT_TRUE(must(take(freeze())).is_new);
  const Bytes later = format::make_freeze(project.id(), project.charter().hash(), tests::kTestTime + seconds(60),
                                          tests::key_from("root key 1", 1));
  const Taken second = must(take(later));
  EXPECT_FALSE(second.is_new);
  EXPECT_EQ(second.statement->octets(), freeze());

  EXPECT_TRUE(must(take(seen_at(tests::kTestTime))).is_new);
  EXPECT_TRUE(must(take(seen_at(tests::kTestTime + seconds(1)))).is_new);
  EXPECT_FALSE(must(take(seen_at(tests::kTestTime))).is_new);
  EXPECT_FALSE(must(take(seen_at(tests::kTestTime + seconds(1)))).is_new);
  EXPECT_EQ(statements->of(project.id(), StatementKind::kCharterSeen).size(), 1U);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(numbers(Statements::Which::kUrgent), (std::vector<std::uint64_t>{1}));
}

TEST_F(StatementsTest, AWordFromTheFutureWouldOutliveEveryTrueOne) {
  loop.clock().set_now(tests::kTestTime);
  EXPECT_EQ(take(seen_at(tests::kTestTime + std::chrono::minutes(11))).error().code, kStatementAhead);
  EXPECT_TRUE(must(take(seen_at(tests::kTestTime + std::chrono::minutes(9)))).is_new);
}

TEST_F(StatementsTest, NothingIsHeldThatIsNotDurable) {
  std::size_t told = 0;
  const auto subscription = statements->subscribe([&](const StatementChange&) { ++told; });
  table.full = true;
  EXPECT_EQ(take(freeze()).error().code, kStatementsFailed);
  EXPECT_EQ(statements->find(project.id(), StatementKind::kFreeze, project.charter().hash()), nullptr);
  EXPECT_EQ(told, 0U);
  table.full = false;
  EXPECT_TRUE(must(take(freeze())).is_new);
  EXPECT_EQ(told, 1U);
}

TEST_F(StatementsTest, HowFarAPeerGotIsDurableWithWhatItSent) {
  const RelayId peer(tests::key_from("peer", 1).public_key());
  EXPECT_EQ(statements->mark_of(peer), std::nullopt);
  const PeerMark mark{Bytes("the peer's epoch"), 17};
  table.full = true;
  EXPECT_FALSE(loop.run(statements->take_from(peer, {freeze()}, mark)).has_value());
  EXPECT_EQ(statements->mark_of(peer), std::nullopt);
  table.full = false;
  const auto taken = must(loop.run(statements->take_from(peer, {freeze(), "no statement", seen_at(tests::kTestTime)}, mark)));
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_TRUE(taken[0]->is_new);
  EXPECT_EQ(taken[1].error().code, format::kStatementMalformed);
  EXPECT_TRUE(taken[2]->is_new);
  start();
  EXPECT_EQ(statements->mark_of(peer), mark);
}

TEST_F(StatementsTest, OfTwoInOneGroupTheNewerIsHeld) {
  const RelayId peer(tests::key_from("peer", 1).public_key());
  const std::vector<Bytes> both{seen_at(tests::kTestTime), seen_at(tests::kTestTime + seconds(1))};
  const auto taken = must(loop.run(statements->take_from(peer, both, std::nullopt)));
  EXPECT_TRUE(taken[1]->is_new);
  const auto held = statements->of(project.id());
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0]->octets(), both[1]);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{2}));
}

TEST_F(StatementsTest, ACharterDecidesAnewWhatCounts) {
  must(take(seen_at(tests::kTestTime)));
  must(take(freeze()));
  std::vector<StatementChange> changes;
  auto subscription = statements->subscribe([&](const StatementChange& change) { changes.push_back(change); });
  // The relays of the charter before still have a say; after two updates they have none.
  for (int i = 0; i < 2; ++i) project.update_charter([](format::Charter& charter) { charter.witness = {}; });
  learn_charters();
  recheck();
  EXPECT_TRUE(statements->of(project.id(), StatementKind::kCharterSeen).empty());
  EXPECT_EQ(statements->of(project.id(), StatementKind::kFreeze).size(), 1U);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].kind, StatementKind::kCharterSeen);
  subscription = {};
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{2}));
  start();
  EXPECT_TRUE(statements->of(project.id(), StatementKind::kCharterSeen).empty());

  project.update_charter([this](format::Charter& charter) { charter.witness = witness; });
  learn_charters();
  recheck();
  EXPECT_EQ(statements->of(project.id(), StatementKind::kCharterSeen).size(), 1U);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{2, 3})) << "what counts again is passed on anew";
}

// Between a charter and the look at what it changes.
TEST_F(StatementsTest, AnOlderWordTakesNoPlaceOfANewerOneThatCountsAgain) {
  must(take(seen_at(tests::kTestTime + seconds(1))));
  for (int i = 0; i < 2; ++i) project.update_charter([](format::Charter& charter) { charter.witness = {}; });
  learn_charters();
  recheck();
  ASSERT_TRUE(statements->of(project.id(), StatementKind::kCharterSeen).empty());
  const Bytes older = seen_at(tests::kTestTime);
  project.update_charter([this](format::Charter& charter) { charter.witness = witness; });
  learn_charters();
  must(take(older));
  const auto held = statements->of(project.id(), StatementKind::kCharterSeen);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0]->time(), tests::kTestTime + seconds(1));
  start();
  EXPECT_EQ(statements->of(project.id(), StatementKind::kCharterSeen)[0]->time(), tests::kTestTime + seconds(1));
}

// A desk's key alone can sign as many as it likes.
class FullRoomTest : public StatementsTest {
 protected:
  Bytes cosignature(std::size_t i, const format::SigningKey& key) {
    return format::make_retraction_cosignature(project.id(), EntryId(tests::octets_from("entry", i)), key);
  }
  bool is_held(std::size_t i, const format::SigningKey& key) {
    const Hash32 slot = format::cosignature_slot(EntryId(tests::octets_from("entry", i)), key.public_key());
    return statements->find(project.id(), StatementKind::kRetractionCosignature, slot) != nullptr;
  }
  void flood(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; i += 1024) {
      std::vector<Bytes> group;
      for (std::size_t k = i; k < std::min(i + 1024, to); ++k) group.push_back(cosignature(k, desk_key));
      for (const auto& taken : must(loop.run(statements->take_group(std::move(group))))) ASSERT_TRUE(taken.has_value());
    }
  }
  std::size_t rows() { return must(table.contents()).rows.size(); }
  const format::SigningKey desk_key = tests::key_from("desk key 0", 1);
};

TEST_F(FullRoomTest, WhoHasMostMakesRoomForOthersByHisNewest) {
  for (std::size_t i = 0; i < 3; ++i) must(take(cosignature(i, root_key())));
  flood(0, kStatementsOfAKindMax - 3);
  const auto refused = take(cosignature(kStatementsOfAKindMax, desk_key));
  EXPECT_EQ(refused.error().code, kStatementsFull);
  EXPECT_NE(refused.error().text.find("close its desk"), std::string::npos) << refused.error().text;
  for (std::size_t i = 3; i < 6; ++i) EXPECT_TRUE(must(take(cosignature(i, root_key()))).is_new);
  EXPECT_EQ(rows(), kStatementsOfAKindMax);
  for (const bool restarted : {false, true}) {
    if (restarted) start();
    for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(is_held(i, root_key()));
    for (std::size_t i = 0; i < 100; ++i) EXPECT_TRUE(is_held(i, desk_key));
    EXPECT_FALSE(is_held(kStatementsOfAKindMax - 4, desk_key));
    EXPECT_TRUE(is_held(kStatementsOfAKindMax - 7, desk_key));
    EXPECT_EQ(numbers(Statements::Which::kUrgent).size(), kStatementsOfAKindMax) << "links find no trace of what is gone";
  }
  EXPECT_TRUE(must(take(freeze())).is_new) << "other kinds have room of their own";
  EXPECT_FALSE(must(take(cosignature(0, desk_key))).is_new);
}

TEST_F(FullRoomTest, SomebodyIsToldWhatIsGone) {
  flood(0, kStatementsOfAKindMax);
  std::vector<Hash32> changed;
  const auto subscription = statements->subscribe([&](const StatementChange& change) { changed.push_back(change.slot); });
  must(take(cosignature(0, root_key())));
  ASSERT_EQ(changed.size(), 2U);
  const auto is_there = [&](const Hash32& slot) { return statements->find(project.id(), StatementKind::kRetractionCosignature, slot) != nullptr; };
  EXPECT_NE(is_there(changed[0]), is_there(changed[1]));
}

TEST_F(FullRoomTest, NothingTakesThePlaceOfWhatThisRelayNeeds) {
  must(loop.run(statements->take_needed(cosignature(0, root_key()))));
  flood(1, kStatementsOfAKindMax);
  EXPECT_TRUE(must(loop.run(statements->take_needed(cosignature(kStatementsOfAKindMax, desk_key)))).is_new)
      << "and it finds room beside what the same key signed";
  EXPECT_EQ(take(cosignature(kStatementsOfAKindMax + 1, desk_key)).error().code, kStatementsFull);
  must(take(cosignature(1, root_key())));
  EXPECT_TRUE(is_held(kStatementsOfAKindMax, desk_key)) << "though it is the newest of the largest share";
  EXPECT_EQ(rows(), kStatementsOfAKindMax);
}

TEST_F(FullRoomTest, WhatCountsNoMoreMakesRoomFirst) {
  flood(0, kStatementsOfAKindMax);
  project.close_desk(0, 0);
  learn_charters();
  recheck();
  EXPECT_TRUE(must(take(cosignature(0, root_key()))).is_new);
  EXPECT_EQ(rows(), kStatementsOfAKindMax);
  start();
  EXPECT_EQ(statements->of(project.id(), StatementKind::kRetractionCosignature).size(), 1U);
}

TEST_F(StatementsTest, AFreezeStopsGrowthUntilTheNextCharter) {
  const DeskId desk = project.log().desk();
  EXPECT_TRUE(may_grow(*statements, project.charter(), desk).has_value());
  must(take(freeze()));
  EXPECT_EQ(may_grow(*statements, project.charter(), desk).error().code, kProjectFrozen);
  project.update_charter();
  learn_charters();
  recheck();
  EXPECT_TRUE(may_grow(*statements, project.charter(), desk).has_value());
}

TEST_F(StatementsTest, AProvenForkStopsItsLogAloneUntilTheDeskIsClosed) {
  project.log().append_articles(4);
  auto fork = project.log().forked_at(2);
  fork.append_articles(2);
  const auto proof = format::prove_fork(project.log().head(4), fork.bundle(0, 4));
  ASSERT_TRUE(proof.has_value());
  must(take(*proof));
  EXPECT_EQ(may_grow(*statements, project.charter(), project.log().desk()).error().code, kLogIsForked);
  EXPECT_TRUE(may_grow(*statements, project.charter(), DeskId(tests::octets_from("another desk", 1))).has_value());
  project.close_desk(0, 4);
  learn_charters();
  recheck();
  EXPECT_TRUE(may_grow(*statements, project.charter(), project.log().desk()).has_value());
}

TEST_F(StatementsTest, WhatWasPromisedOnceStands) {
  EXPECT_EQ(must(loop.run(statements->put_mark_once("seen/2", "a"))), "a");
  EXPECT_EQ(must(loop.run(statements->put_mark_once("seen/2", "b"))), "a");
  start();
  EXPECT_EQ(must(loop.run(statements->put_mark_once("seen/2", "c"))), "a");
  table.full = true;
  EXPECT_EQ(loop.run(statements->put_mark_once("seen/3", "a")).error().code, kStatementsFailed);
  EXPECT_EQ(statements->mark("seen/3"), std::nullopt);
}

// ---- tables: one suite for both ----

class TableTest : public testing::TestWithParam<bool> {
 protected:
  std::string path() const { return (folder.path() / "statements.mdb").string(); }
  std::unique_ptr<StatementTable> open() const {
    if (!GetParam()) return std::make_unique<MemoryTable>(Bytes(kEpoch));
    return must(LmdbTable::open(path(), kEpoch));
  }
  tests::TemporaryFolder folder;
};

TEST_P(TableTest, KeepsTheLastOfEachKey) {
  const auto table = open();
  EXPECT_TRUE(must(table->contents()).rows.empty());
  ASSERT_TRUE(table->commit({{{"b", 1, "one"}, {"a", 2, Bytes("two\0", 4)}}, {{"mark", "m"}}}).has_value());
  ASSERT_TRUE(table->commit({{{"b", 3, ""}}, {}}).has_value());
  ASSERT_TRUE(table->commit({}).has_value());
  ASSERT_TRUE(table->commit({{{"c", 4, "three"}}, {}}).has_value());
  ASSERT_TRUE(table->commit({{}, {}, {"c", "not there"}}).has_value());
  const auto contents = must(table->contents());
  EXPECT_EQ(contents.epoch, kEpoch);
  ASSERT_EQ(contents.rows.size(), 2U);
  EXPECT_EQ(contents.rows[0].key, "a");
  EXPECT_EQ(contents.rows[0].octets, Bytes("two\0", 4));
  EXPECT_EQ(contents.rows[1].sequence, 3U);
  EXPECT_EQ(contents.rows[1].octets, "");
  EXPECT_EQ(contents.marks.at("mark"), "m");
}

INSTANTIATE_TEST_SUITE_P(, TableTest, testing::Bool(),
                         [](const auto& which) { return std::string(which.param ? "Lmdb" : "Memory"); });

class LmdbTableTest : public testing::Test {
 protected:
  std::string path() const { return (folder.path() / "statements.mdb").string(); }
  tests::TemporaryFolder folder;
};

TEST_F(LmdbTableTest, KeepsItsEpochAndItsRowsAcrossARestart) {
  {
    const auto table = must(LmdbTable::open(path(), kEpoch));
    ASSERT_TRUE(table->commit({{{"a", 7, "seven"}}, {{"mark", "m"}}}).has_value());
  }
  const auto again = must(LmdbTable::open(path(), "another epoch..."));
  const auto contents = must(again->contents());
  EXPECT_EQ(contents.epoch, kEpoch);
  ASSERT_EQ(contents.rows.size(), 1U);
  EXPECT_EQ(contents.rows[0].sequence, 7U);
  EXPECT_EQ(contents.marks.size(), 1U);
}

TEST_F(LmdbTableTest, ABackupHoldsAllAndBeginsANewEpoch) {
  const auto table = must(LmdbTable::open(path(), kEpoch));
  ASSERT_TRUE(table->commit({{{"a", 7, "seven"}}, {{"mark", "m"}}}).has_value());
  const std::string copy = (folder.path() / "copy.mdb").string();
  ASSERT_TRUE(back_up_table(path(), copy).has_value());
  ASSERT_TRUE(back_up_table(path(), copy).has_value()) << "over an earlier one";
  const auto restored = must(LmdbTable::open(copy, "another epoch..."));
  const auto contents = must(restored->contents());
  EXPECT_EQ(contents.epoch, "another epoch...");
  ASSERT_EQ(contents.rows.size(), 1U);
  EXPECT_EQ(contents.marks.at("mark"), "m");
  EXPECT_EQ(contents.marks.at(Bytes(kRestoredMark)), "1");
  EXPECT_EQ(must(table->contents()).epoch, kEpoch);
  EXPECT_EQ(must(table->contents()).marks.size(), 1U) << "the original is as it was";
}

TEST_F(LmdbTableTest, ANewOneBesideEntriesHasForgottenWhatWasSaidOfThem) {
  {
    const auto table = must(LmdbTable::open(path(), kEpoch, LmdbTable::Beside::kEntries));
    EXPECT_EQ(must(table->contents()).marks.at(Bytes(kRestoredMark)), "1");
    ASSERT_TRUE(table->commit({{}, {{Bytes(kRestoredMark), ""}}}).has_value());
  }
  const auto again = must(LmdbTable::open(path(), kEpoch, LmdbTable::Beside::kEntries));
  EXPECT_EQ(must(again->contents()).marks.at(Bytes(kRestoredMark)), "");
}

TEST_F(LmdbTableTest, TheCheckFindsARowThatIsNoStatement) {
  tests::ProjectBuilder project;
  const Bytes freeze = format::make_freeze(project.id(), project.charter().hash(), tests::kTestTime,
                                           tests::key_from("root key 0", 1));
  EXPECT_EQ(must(check_table(path())).statements, 0U);
  {
    const auto table = must(LmdbTable::open(path(), kEpoch));
    ASSERT_TRUE(table->commit({{{Bytes(project.id().view()) + "key", 1, freeze}}, {}}).has_value());
  }
  EXPECT_TRUE(must(check_table(path())).faults.empty());
  {
    const auto table = must(LmdbTable::open(path(), kEpoch));
    ASSERT_TRUE(table->commit({{{"another key", 2, freeze}, {"third key", 3, "torn"}}, {}}).has_value());
  }
  const auto findings = must(check_table(path()));
  EXPECT_EQ(findings.statements, 3U);
  EXPECT_EQ(findings.faults.size(), 2U);
}

TEST_F(LmdbTableTest, AFileThatIsNoTableIsToldAndLeftAlone) {
  { std::ofstream(path()) << std::string(20'000, 'x'); }
  const auto table = LmdbTable::open(path(), kEpoch);
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, kStatementsDamaged);
  EXPECT_EQ(std::filesystem::file_size(path()), 20'000U);
}

}  // namespace
}  // namespace tamizdat::statements
