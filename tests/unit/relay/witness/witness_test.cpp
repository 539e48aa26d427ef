#include "relay/witness/witness.h"

#include <gtest/gtest.h>

#include "proto/format/attachment.h"
#include "relay/env/task_group.h"
#include "relay/store/memory_store.h"
#include "tests/support/counting_random.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/project_builder.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/store_fault_disk.h"
#include "tests/support/test_loop.h"

namespace tamizdat::witness {
namespace {

using env::milliseconds;
using format::StatementKind;
using tests::key_from;
using tests::ProjectBuilder;

format::PolicyRelay relay_numbered(std::uint64_t number) {
  return {RelayId(key_from("identity", number).public_key()), "GE", key_from("witness", number).public_key(),
          key_from("mirror", number).public_key()};
}

// A table that can be broken, and counts what was written.
class FragileTable final : public statements::StatementTable {
 public:
  Result<Contents> contents() const override { return table_.contents(); }
  Result<void> commit(const Change& change) override {
    if (broken || (rows_broken && !change.rows.empty())) return fail(statements::kStatementsFailed, "disk full");
    commits.push_back(change);
    return table_.commit(change);
  }
  bool broken = false;
  bool rows_broken = false;
  std::vector<Change> commits;

 private:
  statements::MemoryTable table_{Bytes(statements::kEpochBytes, 'e')};
};

// Counts the entries that are read.
class CountingStore final : public store::MemoryStore {
 public:
  Result<store::StoredEntry> entry(const LogId& id, std::uint64_t index) const override {
    ++read;
    return MemoryStore::entry(id, index);
  }
  mutable std::uint64_t read = 0;
};

class WitnessTest : public testing::Test {
 protected:
  WitnessTest() {
    project.log().append_articles(3);
    project.update_charter([](format::Charter& charter) {
      charter.witness = {{relay_numbered(1), relay_numbered(2), relay_numbered(3)}, 2, seconds(4000)};
    });
    start();
  }
  ~WitnessTest() override { stop(); }

  static std::unique_ptr<store::BlobFiles> open_files(tests::FaultDisk& disk) {
    TMZ_CHECK(disk.make_folder("relay").has_value());
    return tests::must(store::BlobFiles::open(disk, "relay/attachments"));
  }

  // The relay starts (again) on what is durable.
  void start() {
    const auto chain_of = [this](const ProjectId& id) { return store.charter_chain(id); };
    statements.emplace(env, table, tests::must(table.contents()), chain_of, std::vector{relay_numbered(1)});
    statements->remember({relay_numbered(1).relay, witness_key.public_key()});
    witness.emplace(env, WitnessParts{store, writer, *files, blobs, *statements, relay_numbered(1).relay, witness_key, mirror_key});
    tasks.emplace(loop.executor());
    tasks->spawn(witness->run(tasks->token()));
  }
  void stop() {
    if (!tasks) return;
    tasks->stop();
    loop.run(tasks->join());
    tasks.reset();
    witness.reset();
    statements.reset();
  }
  void wait(milliseconds time) { loop.run(sleep(time)); }
  env::awaitable<void> sleep(milliseconds time) { co_await loop.clock().sleep_for(time); }

  void commit(store::Batch batch) {
    const auto done = loop.run(writer.commit(std::move(batch)));
    if (!done) ADD_FAILURE() << done.error().text;
  }
  void commit_charters() { commit({store::Charters{project.charters()}, loop.clock().now()}); }
  void commit_entries(std::uint64_t from, std::uint64_t to) { commit({project.log().bundle(from, to), loop.clock().now()}); }
  void hold_three() {
    commit_charters();
    commit_entries(0, 3);
    wait(milliseconds(100));
  }

  // What this relay said at another time, and has forgotten.
  Bytes word_about(const tests::LogBuilder& of, std::uint64_t size) {
    return format::make_cosigned_head(
        project.id(), format::cosign(of.head_bytes(size), relay_numbered(1).relay, witness_key, loop.clock().now() - seconds(60)));
  }
  // Starts from a backup: what was signed since it was made is not in it.
  void restore() {
    stop();
    ASSERT_TRUE(table.commit({{}, {{Bytes(statements::kRestoredMark), "1"}}}));
    start();
  }
  bool has_signed(const tests::LogBuilder& of, std::uint64_t size) const {
    const Bytes head = of.head_bytes(size);
    for (const auto& change : table.commits)
      for (const auto& row : change.rows)
        if (row.octets.find(head) != Bytes::npos) return true;
    return false;
  }

  template <typename Content>
  const Content* only(StatementKind kind) {
    const auto held = statements->of(project.id(), kind);
    return held.size() == 1 ? held.front()->as<Content>() : nullptr;
  }
  const format::CosignedHead* cosigned() {
    const auto* const head = only<format::WitnessedHead>(StatementKind::kCosignedHead);
    return head == nullptr ? nullptr : &head->cosigned;
  }
  const format::Receipt* receipt() {
    const auto* const held = only<format::RelayReceipt>(StatementKind::kReceipt);
    return held == nullptr ? nullptr : &held->receipt;
  }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  CountingStore store;
  store::Writer writer{store, workers, loop.executor()};
  tests::FaultDisk disk;
  std::unique_ptr<store::BlobFiles> files = open_files(disk);
  store::Blobs blobs{store, *files, workers};
  FragileTable table;
  format::SigningKey witness_key = key_from("witness", 1);
  format::SigningKey mirror_key = key_from("mirror", 1);
  std::optional<statements::Statements> statements;
  std::optional<Witness> witness;
  std::optional<env::TaskGroup> tasks;
  ProjectBuilder project{ProjectBuilder::Options{.desks = 2}};
};

TEST_F(WitnessTest, CosignsWhatItHoldsAndGivesAReceipt) {
  hold_three();
  ASSERT_NE(cosigned(), nullptr);
  EXPECT_EQ(cosigned()->checkpoint_bytes, project.log().head_bytes(3));
  EXPECT_EQ(cosigned()->time, loop.clock().now());
  ASSERT_NE(receipt(), nullptr);
  EXPECT_EQ(receipt()->size, 3U);
  EXPECT_EQ(receipt()->root, project.log().root(3));
  EXPECT_TRUE(receipt()->covers(0, 3));
  EXPECT_TRUE(receipt()->exceptions.empty());
}

TEST_F(WitnessTest, TheMarkIsDurableBeforeTheCosignature) {
  hold_three();
  std::optional<std::size_t> mark_at, head_at;
  for (std::size_t i = 0; i < table.commits.size(); ++i) {
    for (const auto& [key, value] : table.commits[i].marks)
      if (key.starts_with("witness/")) mark_at = mark_at.value_or(i);
    for (const auto& row : table.commits[i].rows)
      if (row.octets.find("tamizdat/tzrelay") != Bytes::npos) head_at = head_at.value_or(i);
  }
  ASSERT_TRUE(mark_at && head_at);
  EXPECT_LT(*mark_at, *head_at);
}

TEST_F(WitnessTest, WithoutADurableMarkNothingIsSigned) {
  table.broken = true;
  hold_three();
  EXPECT_EQ(cosigned(), nullptr);
  EXPECT_EQ(receipt(), nullptr);
  table.broken = false;
  wait(seconds(1001));
  EXPECT_NE(cosigned(), nullptr);
  EXPECT_NE(receipt(), nullptr);
}

TEST_F(WitnessTest, ACrashBetweenMarkAndCosignatureLeavesNothingThatWasSaid) {
  table.rows_broken = true;
  hold_three();
  EXPECT_EQ(cosigned(), nullptr);
  EXPECT_FALSE(table.commits.empty()) << "the mark is durable";
  stop();
  table.rows_broken = false;
  loop.clock().set_now(loop.clock().now() + seconds(2));
  start();
  wait(milliseconds(100));
  ASSERT_NE(cosigned(), nullptr);
  EXPECT_EQ(cosigned()->checkpoint.size, 3U);
}

// A project of many desks.
class ManyLogsTest : public WitnessTest {
 protected:
  static constexpr std::size_t kDesks = 30;
  ManyLogsTest() { project = ProjectBuilder(ProjectBuilder::Options{.seed = 2, .desks = kDesks}); }
  void hold_all() {
    project.update_charter([](format::Charter& charter) {
      charter.witness = {{relay_numbered(1), relay_numbered(2), relay_numbered(3)}, 2, seconds(4000)};
    });
    commit_charters();
    for (std::size_t desk = 0; desk < kDesks; ++desk) {
      project.log(desk).append_articles(1);
      commit({project.log(desk).bundle(0, 1), loop.clock().now()});
    }
    wait(seconds(3));
  }
  std::size_t count(StatementKind kind) { return statements->of(project.id(), kind).size(); }
};

TEST_F(ManyLogsTest, IdleLogsAreSpokenOfAgainInOneCommitOfMarksOneOfHeadsAndOneOfReceipts) {
  hold_all();
  ASSERT_EQ(count(StatementKind::kCosignedHead), kDesks);
  ASSERT_EQ(count(StatementKind::kReceipt), kDesks);
  // Logs that came at different times are due together after a restart.
  stop();
  loop.clock().set_now(loop.clock().now() + seconds(1100));
  table.commits.clear();
  start();
  wait(milliseconds(100));
  ASSERT_EQ(table.commits.size(), 3U);
  EXPECT_EQ(table.commits[0].marks.size(), kDesks);
  EXPECT_TRUE(table.commits[0].rows.empty());
  EXPECT_EQ(table.commits[1].rows.size(), kDesks);
  EXPECT_EQ(table.commits[2].rows.size(), kDesks);
  for (const auto& statement : statements->of(project.id(), StatementKind::kCosignedHead))
    EXPECT_EQ(statement->time(), std::chrono::floor<seconds>(loop.clock().now()));
}

TEST_F(ManyLogsTest, OneLogOfAnotherHistoryKeepsNoOtherBack) {
  hold_all();
  stop();
  const statements::HighWater other{1, tests::octets_from("another root", 1), loop.clock().now() - seconds(60)};
  ASSERT_TRUE(table.commit({{}, {{statements::high_water_key(project.log(7).id()), other.octets()}}}));
  loop.clock().set_now(loop.clock().now() + seconds(1100));
  start();
  wait(milliseconds(100));
  std::size_t fresh = 0;
  for (const auto& statement : statements->of(project.id(), StatementKind::kCosignedHead))
    fresh += statement->time() == std::chrono::floor<seconds>(loop.clock().now()) ? 1U : 0U;
  EXPECT_EQ(fresh, kDesks - 1);
}

TEST_F(WitnessTest, ALogThatGrowsIsSpokenOfAgainAtMostOnceASecond) {
  hold_three();
  const Timestamp first = cosigned()->time;
  for (std::uint64_t size = 4; size < 14; ++size) {
    project.log().append_articles(1);
    commit_entries(size - 1, size);
    wait(milliseconds(20));
  }
  wait(milliseconds(2500));
  EXPECT_EQ(cosigned()->checkpoint.size, 13U);
  EXPECT_EQ(receipt()->to, 13U);
  EXPECT_LE(table.commits.size(), 2U + 4U * 3U);
  EXPECT_GT(cosigned()->time, first);
}

TEST_F(WitnessTest, AnIdleLogIsSpokenOfAgainWithinAQuarterOfTheLimit) {
  hold_three();
  const Timestamp first = cosigned()->time;
  wait(seconds(999));
  EXPECT_EQ(cosigned()->time, first);
  wait(seconds(2));
  EXPECT_GT(cosigned()->time, first);
  EXPECT_GT(receipt()->time, first);
  EXPECT_EQ(cosigned()->checkpoint.size, 3U);
}

TEST_F(WitnessTest, AHeadBeyondWhatIsHeldIsNotCosigned) {
  project.log().append_articles(2);
  commit_charters();
  commit({project.log().bundle(0, 3), loop.clock().now()});
  wait(milliseconds(100));
  EXPECT_EQ(cosigned(), nullptr);
  EXPECT_EQ(receipt()->size, 3U);
  commit_entries(3, 5);
  wait(milliseconds(1100));
  EXPECT_EQ(cosigned()->checkpoint.size, 5U);
}

TEST_F(WitnessTest, AProjectThatDoesNotListThisRelayGetsReceiptsOnly) {
  project.update_charter([](format::Charter& charter) { charter.witness = {{relay_numbered(2)}, 1, seconds(4000)}; });
  hold_three();
  EXPECT_EQ(cosigned(), nullptr);
  EXPECT_NE(receipt(), nullptr);
}

TEST_F(WitnessTest, AClosedLogIsNotCosigned) {
  project.close_desk(0, 3);
  commit_charters();
  commit_entries(0, 3);
  wait(milliseconds(100));
  EXPECT_EQ(cosigned(), nullptr);
  EXPECT_NE(receipt(), nullptr);
}

TEST_F(WitnessTest, AForkedLogIsNotCosignedAgain) {
  hold_three();
  const Timestamp first = cosigned()->time;
  auto fork = project.log().forked_at(1);
  fork.append_articles(2);
  Bytes proof = format::make_fork_proof(project.id(), project.log().head_bytes(3), fork.head_bytes(3), {});
  ASSERT_TRUE(loop.run(statements->take(std::move(proof))));
  wait(seconds(3000));
  EXPECT_EQ(cosigned()->time, first);
  EXPECT_GT(receipt()->time, first);
}

TEST_F(WitnessTest, ARestartGoesOnFromWhatIsDurable) {
  hold_three();
  const Timestamp first = cosigned()->time;
  stop();
  const std::size_t before = table.commits.size();
  start();
  wait(seconds(10));
  EXPECT_EQ(table.commits.size(), before);
  EXPECT_EQ(cosigned()->time, first);
  EXPECT_EQ(receipt()->time, first);
}

TEST_F(WitnessTest, ARestoredRelayCosignsNothingUntilItsPeersHaveToldItWhatItSaid) {
  restore();
  project.log().append_articles(2);
  const Bytes said = word_about(project.log(), 5);
  commit_charters();
  commit({project.log().bundle(0, 3, {.head_size = 3}), loop.clock().now()});
  wait(seconds(1100));
  EXPECT_EQ(cosigned(), nullptr);
  EXPECT_NE(receipt(), nullptr) << "what it holds it holds";
  ASSERT_TRUE(loop.run(statements->take(said)));
  ASSERT_TRUE(loop.run(statements->be_complete()));
  wait(seconds(1100));
  EXPECT_FALSE(has_signed(project.log(), 3));
  project.log().append_articles(1);
  commit_entries(3, 6);
  wait(seconds(2));
  ASSERT_NE(cosigned(), nullptr);
  EXPECT_EQ(cosigned()->checkpoint.size, 6U);
}

TEST_F(WitnessTest, ARestoredRelayOfWhichPeersKnowNothingMoreGoesOnAtOnce) {
  restore();
  hold_three();
  EXPECT_EQ(cosigned(), nullptr);
  ASSERT_TRUE(loop.run(statements->be_complete()));
  wait(seconds(2));
  EXPECT_NE(cosigned(), nullptr);
  stop();
  start();
  EXPECT_FALSE(statements->is_restored()) << "once is enough";
}

TEST_F(WitnessTest, ARestoredRelayWithoutPeersSigns) {
  restore();
  hold_three();
  EXPECT_EQ(cosigned(), nullptr);
  statements->have_no_peers(true);
  wait(seconds(2));
  EXPECT_NE(cosigned(), nullptr);
  statements->have_no_peers(false);
  EXPECT_FALSE(statements->may_sign()) << "peers that come later are asked first";
}

// Its charter may come later than the word; the mark must be there before the log is.
TEST_F(WitnessTest, AnOwnWordRaisesTheMarkWhateverTheChartersSay) {
  auto fork = project.log().forked_at(2);
  fork.append_articles(2);
  EXPECT_FALSE(loop.run(statements->take(word_about(fork, 4)))) << "the project is not known";
  hold_three();
  EXPECT_EQ(cosigned(), nullptr);
  project.log().append_articles(2);
  commit_entries(3, 5);
  wait(seconds(2));
  EXPECT_FALSE(has_signed(project.log(), 5));
  EXPECT_TRUE(log.has_line_with("cosigned-another-history"));
}

TEST_F(WitnessTest, TheWordOfAnotherRelayRaisesNoMark) {
  const format::SigningKey other = key_from("witness", 2);
  const Bytes stranger = format::cosign(project.log().head_bytes(3), relay_numbered(1).relay, other, loop.clock().now());
  EXPECT_FALSE(loop.run(statements->take(format::make_cosigned_head(project.id(), stranger))));
  EXPECT_EQ(statements->mark(statements::high_water_key(project.log().id())), std::nullopt);
}

// The store comes back from an old backup and takes another branch: the mark remembers what was cosigned.
TEST_F(WitnessTest, AnotherHistoryThanTheOneCosignedBeforeIsNotCosigned) {
  auto fork = project.log().forked_at(2);
  fork.append_articles(1);
  commit_charters();
  wait(milliseconds(100));
  HighWater mark{3, fork.root(3), loop.clock().now()};
  ASSERT_TRUE(loop.run(statements->put_mark(Bytes("witness/") + Bytes(project.log().id().view()), mark.octets())));
  wait(seconds(2));
  commit_entries(0, 3);
  wait(milliseconds(100));
  EXPECT_EQ(cosigned(), nullptr);
  project.log().append_articles(2);
  commit_entries(3, 5);
  wait(seconds(2));
  EXPECT_EQ(cosigned(), nullptr);
  EXPECT_TRUE(log.has_line_with("cosigned-another-history"));
}

TEST_F(WitnessTest, ASmallerHeadThanTheOneCosignedBeforeIsNotCosigned) {
  project.log().append_articles(2);
  commit_charters();
  HighWater mark{5, project.log().root(5), loop.clock().now()};
  ASSERT_TRUE(loop.run(statements->put_mark(Bytes("witness/") + Bytes(project.log().id().view()), mark.octets())));
  wait(seconds(2));
  commit({project.log().bundle(0, 3, {.head_size = 3}), loop.clock().now()});
  wait(seconds(2));
  EXPECT_EQ(cosigned(), nullptr);
  commit_entries(3, 5);
  wait(seconds(2));
  ASSERT_NE(cosigned(), nullptr);
  EXPECT_EQ(cosigned()->checkpoint.size, 5U);
}

TEST_F(WitnessTest, NothingIsSignedWhileTheClockStandsBeforeTheLastCosignature) {
  hold_three();
  const Timestamp first = cosigned()->time;
  loop.clock().set_now(first - seconds(3600));
  project.log().append_articles(1);
  commit_entries(3, 4);
  wait(seconds(5));
  EXPECT_EQ(cosigned()->time, first);
  EXPECT_EQ(cosigned()->checkpoint.size, 3U);
  loop.clock().set_now(first + seconds(5));
  wait(seconds(1100));
  EXPECT_EQ(cosigned()->checkpoint.size, 4U);
}

TEST_F(WitnessTest, AReceiptNamesEntriesWhoseAttachmentIsNotHereAndTakesThemWhenItCame) {
  const Bytes picture(20'000, 'p');
  const auto tree = tests::must(format::BlobTree::from_bytes(picture));
  project.log().append_with_attachment(tree.id());
  project.log().append_with_attachment(tree.id());
  commit_charters();
  commit_entries(0, 5);
  wait(milliseconds(100));
  ASSERT_EQ(receipt()->exceptions.size(), 1U);
  EXPECT_EQ(receipt()->exceptions[0], (format::ReceiptException{3, 5, format::Absence::kNotHeld}));
  ASSERT_TRUE(loop.run(blobs.put_leaves(tree.id(), {tree.leaves().begin(), tree.leaves().end()})));
  ASSERT_TRUE(loop.run(blobs.put_blocks(tree.id(), 0, picture)));
  wait(milliseconds(1100));
  EXPECT_TRUE(receipt()->exceptions.empty());
  EXPECT_EQ(receipt()->to, 5U);
}

TEST_F(WitnessTest, AnAttachmentThatCameHasOnlyItsEntriesLookedAt) {
  std::vector<format::BlobTree> trees;
  for (int i = 0; i < 300; ++i) {
    trees.push_back(tests::must(format::BlobTree::from_bytes("picture " + std::to_string(i))));
    project.log().append_with_attachment(trees.back().id());
    project.log().append_articles(1);  // so that no two exceptions join
  }
  commit_charters();
  commit_entries(0, 603);
  wait(seconds(2));
  EXPECT_EQ(receipt()->exceptions.size(), 300U);
  store.read = 0;
  for (int i = 0; i < 5; ++i) {
    const auto& tree = trees[static_cast<std::size_t>(i)];
    ASSERT_TRUE(loop.run(blobs.put_leaves(tree.id(), {tree.leaves().begin(), tree.leaves().end()})));
    ASSERT_TRUE(loop.run(blobs.put_blocks(tree.id(), 0, "picture " + std::to_string(i))));
  }
  wait(seconds(2));
  EXPECT_EQ(receipt()->exceptions.size(), 295U);
  EXPECT_LT(store.read, 100U);
}

TEST_F(WitnessTest, AnErasureThatNoReceiptToldOfIsFoundAtTheNextStart) {
  project.log(1).append({}, format::EntryKind::kRetraction, project.log().entry(1));
  commit_charters();
  commit_entries(0, 3);
  commit({project.log(1).bundle(0, 1), loop.clock().now()});
  wait(seconds(2));
  const auto of_first = [this]() -> const format::Receipt* {
    for (const auto& held : statements->of(project.id(), StatementKind::kReceipt))
      if (held->as<format::RelayReceipt>()->receipt.log == project.log().id()) return &held->as<format::RelayReceipt>()->receipt;
    return nullptr;
  };
  ASSERT_NE(of_first(), nullptr);
  ASSERT_TRUE(of_first()->exceptions.empty());
  stop();
  commit({store::Erasure{{project.id(), project.log().desk()}, 1, project.log().entry(1)}, loop.clock().now()});
  start();
  wait(seconds(2));
  ASSERT_EQ(of_first()->exceptions.size(), 1U);
  EXPECT_EQ(of_first()->exceptions[0], (format::ReceiptException{1, 2, format::Absence::kErased}));
}

// Erased counts as held: the word of a retraction that a closing cut off must not stand.
TEST_F(WitnessTest, WhatNothingRetractsAnyMoreIsNotHeldAndNotErased) {
  project.log(1).append({}, format::EntryKind::kRetraction, project.log().entry(1));
  commit_charters();
  commit_entries(0, 3);
  commit({store::Erasure{{project.id(), project.log().desk()}, 1, project.log().entry(1)}, loop.clock().now()});
  const auto of_first = [this] {
    for (const auto& held : statements->of(project.id(), StatementKind::kReceipt))
      if (held->as<format::RelayReceipt>()->receipt.log == project.log().id()) return held->as<format::RelayReceipt>()->receipt.exceptions;
    return std::vector<format::ReceiptException>();
  };
  using Exceptions = std::vector<format::ReceiptException>;
  wait(seconds(3));
  EXPECT_EQ(of_first(), (Exceptions{{1, 2, format::Absence::kNotHeld}}));  // the retraction is not here
  commit({project.log(1).bundle(0, 1), loop.clock().now()});
  wait(seconds(3));
  EXPECT_EQ(of_first(), (Exceptions{{1, 2, format::Absence::kErased}}));
  project.close_desk(1, 0);
  commit_charters();
  wait(seconds(3));
  EXPECT_EQ(of_first(), (Exceptions{{1, 2, format::Absence::kNotHeld}}));
}

TEST_F(WitnessTest, AReceiptOfAnotherHistoryIsNoBeginning) {
  commit_charters();
  const format::Receipt before{project.log().id(), 3, project.log().root(2), loop.clock().now() - seconds(60), 0, 3, {}};
  ASSERT_TRUE(loop.run(statements->take(format::make_receipt(project.id(), before, mirror_key))));
  stop();
  commit({project.log().bundle(0, 3, {.bodies = false}), loop.clock().now()});
  start();
  wait(seconds(2));
  ASSERT_NE(receipt(), nullptr);
  EXPECT_EQ(receipt()->root, project.log().root(3));
  EXPECT_FALSE(receipt()->covers(0, 1));
}

TEST(RepeatAfter, IsAQuarterOfTheLimitButNoLessThanAMinute) {
  format::WitnessPolicy policy;
  policy.fresh_for = seconds(4000);
  EXPECT_EQ(repeat_after(policy), seconds(1000));
  policy.fresh_for = seconds(1);
  EXPECT_EQ(repeat_after(policy), seconds(60));
}

TEST_F(WitnessTest, AReceiptNamesEntriesWithoutTheirTexts) {
  commit_charters();
  commit({project.log().bundle(0, 3, {.bodies = false}), loop.clock().now()});
  wait(milliseconds(100));
  EXPECT_FALSE(receipt()->covers(0, 1));
  commit_entries(1, 2);
  wait(milliseconds(1100));
  EXPECT_TRUE(receipt()->covers(1, 2));
  EXPECT_FALSE(receipt()->covers(0, 3));
}

TEST_F(WitnessTest, LookingThroughALongLogIsDoneInTurns) {
  project.log().append_articles(9'000);
  commit_charters();
  for (std::uint64_t from = 0; from < 9'003; from += 2'000)
    commit_entries(from, std::min<std::uint64_t>(from + 2'000, 9'003));
  wait(milliseconds(100));
  ASSERT_NE(receipt(), nullptr);
  EXPECT_FALSE(receipt()->covers(0, 9'003));
  wait(seconds(5));
  EXPECT_TRUE(receipt()->covers(0, 9'003));
}

}  // namespace
}  // namespace tamizdat::witness
