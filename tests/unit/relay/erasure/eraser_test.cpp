#include "relay/erasure/eraser.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proto/format/limits.h"
#include "proto/format/retraction.h"
#include "relay/store/memory_store.h"
#include "tests/support/blob_folder.h"
#include "tests/support/counting_random.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"

namespace tamizdat::erasure {
namespace {

using tests::must;
using std::chrono::hours;

// Counts what is read of it, and has a disk that may be full.
class WatchedStore final : public store::MemoryStore {
 public:
  Result<store::StoredEntry> entry(const LogId& id, std::uint64_t index) const override {
    ++entries_read;
    return MemoryStore::entry(id, index);
  }
  std::vector<Result<store::Committed>> commit(std::span<const store::Batch> batches) override {
    if (!disk_is_full) return MemoryStore::commit(batches);
    return std::vector<Result<store::Committed>>(batches.size(), fail(store::kStoreFailed, "the disk is full"));
  }
  mutable std::size_t entries_read = 0;
  bool disk_is_full = false;
};

class EraserTest : public testing::Test {
 protected:
  EraserTest() {
    log().append_articles(30);
    commit(store::Charters{project.charters()});
    commit(log().bundle(0, log().size()));
    start();
  }
  ~EraserTest() override { stop(); }

  tests::LogBuilder& log(std::size_t desk = 0) { return project.log(desk); }

  template <typename Content>
  void commit(Content content) {
    store::Batch batch{std::move(content), loop.clock().now()};
    ASSERT_TRUE(loop.run(writer.commit(std::move(batch))));
  }
  void take(Bytes statement) { ASSERT_TRUE(loop.run(statements->take(std::move(statement)))); }
  // As a restart does.
  void start() { start(must(table.contents())); }
  void start(statements::StatementTable::Contents contents) {
    statements.emplace(env, table, std::move(contents), [this](const ProjectId& id) { return store.charter_chain(id); },
                       std::vector<format::PolicyRelay>());
    eraser.emplace(env, store, writer, *blobs.files, *statements, std::nullopt);
    stopping = std::stop_source();
    boost::asio::co_spawn(loop.executor(), eraser->run(stopping.get_token()), boost::asio::detached);
    boost::asio::co_spawn(loop.executor(), statements->run(stopping.get_token()), boost::asio::detached);
    loop.poll();
  }
  void stop() {
    stopping.request_stop();
    loop.poll();
    eraser.reset();
    statements.reset();
  }
  env::awaitable<void> sleep(env::milliseconds time) { co_await loop.clock().sleep_for(time, {}); }
  void wait(seconds time) { loop.run(sleep(time)); }

  EntryId retract(std::uint64_t index, std::size_t desk = 0) {
    format::Body why;
    why.reason = format::RetractionReason::kSourceAtRisk;
    const auto id = log(desk).append(std::move(why), format::EntryKind::kRetraction, log().entry(index));
    commit(log(desk).bundle(log(desk).size() - 1, log(desk).size()));
    return id;
  }
  // A new charter is in force, as the relay tells everybody.
  void commit_charter() {
    commit(store::Charters{{project.charter()}});
    statements->on_charter(project.id());
    loop.poll();
  }
  bool is_proven(std::uint64_t index) {
    return statements->find(project.id(), format::StatementKind::kRetraction, log().entry(index).value) != nullptr;
  }
  std::size_t erased_of(std::uint64_t count) {
    std::size_t out = 0;
    for (std::uint64_t i = 0; i < count; ++i) out += is_erased(i) ? 1U : 0U;
    return out;
  }
  void freeze() { take(format::make_freeze(project.id(), project.charter().hash(), loop.clock().now(), root_key())); }
  void set_clock(seconds ahead) { loop.clock().set_now(loop.clock().now() + ahead); }
  bool is_erased(std::uint64_t index) { return must(store.entry(log().id(), index)).absence == format::Absence::kErased; }
  format::SigningKey root_key() { return tests::key_from("root key 0", 1); }
  format::SigningKey desk_key(std::size_t desk) { return tests::key_from("desk key " + std::to_string(desk), 1); }
  void cosign(const EntryId& retraction, const format::SigningKey& key) {
    take(format::make_retraction_cosignature(project.id(), retraction, key));
  }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog recorded;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, recorded, metrics};
  tests::ProjectBuilder project{{.seed = 1, .desks = 2}};
  WatchedStore store;
  store::Writer writer{store, workers, loop.executor()};
  tests::BlobFolder blobs;
  statements::MemoryTable table{Bytes("an epoch of 16..")};
  std::optional<statements::Statements> statements;
  std::optional<Eraser> eraser;
  std::stop_source stopping;
};

TEST_F(EraserTest, ErasesWhenTheDelayOfTheCharterIsOverAndNotBefore) {
  retract(3);
  wait(hours(71));
  EXPECT_FALSE(is_erased(3));
  wait(hours(2));
  EXPECT_TRUE(is_erased(3));
  EXPECT_FALSE(is_erased(2));
  // Peers may take the entry without its text now.
  EXPECT_NE(statements->find(project.id(), format::StatementKind::kRetraction, log().entry(3).value), nullptr);
}

TEST_F(EraserTest, ATimeInAHeaderMakesNothingDue) {
  log().set_time(loop.clock().now() - hours(24 * 365));
  retract(3);
  wait(hours(71));
  EXPECT_FALSE(is_erased(3));
}

TEST_F(EraserTest, ARestartForgetsNoRetractionAndBeginsNoDelayAnew) {
  retract(3);
  wait(hours(40));
  stop();
  start();
  wait(hours(31));
  EXPECT_FALSE(is_erased(3));
  wait(hours(2));
  EXPECT_TRUE(is_erased(3));
}

TEST_F(EraserTest, AClosingThatCutsTheRetractionOffEndsIt) {
  retract(3);
  wait(hours(24));
  project.close_desk(0, 30);
  commit(store::Charters{{project.charter()}});
  wait(hours(100));
  EXPECT_FALSE(is_erased(3));
}

TEST_F(EraserTest, ErasesAtOnceWhatARootKeyCosigned) {
  const auto retraction = retract(3);
  cosign(retraction, root_key());
  wait(seconds(1));
  EXPECT_TRUE(is_erased(3));
}

TEST_F(EraserTest, ASecondDeskCosignsAndTheOneThatRetractsDoesNot) {
  const auto first = retract(3);
  const auto second = retract(4);
  cosign(first, desk_key(0));
  cosign(second, desk_key(1));
  wait(hours(1));
  EXPECT_FALSE(is_erased(3));
  EXPECT_TRUE(is_erased(4));
}

TEST_F(EraserTest, ErasesTwentyADayAtOnceAndTheOthersTheNextDay) {
  for (std::uint64_t i = 0; i < 25; ++i) cosign(retract(i), root_key());
  wait(seconds(60));
  EXPECT_EQ(erased_of(25), kImmediateErasuresADay);
  wait(hours(23));
  EXPECT_EQ(erased_of(25), kImmediateErasuresADay);
  stop();
  start();
  wait(hours(2));
  EXPECT_EQ(erased_of(25), 25U);
}

TEST_F(EraserTest, TheDelayStandsStillWhileTheProjectIsFrozen) {
  retract(3);
  wait(hours(10));
  freeze();
  wait(hours(50));
  stop();
  start();
  wait(hours(50));
  EXPECT_FALSE(is_erased(3));
  project.update_charter();
  commit_charter();
  wait(hours(60));
  EXPECT_FALSE(is_erased(3));
  wait(hours(3));
  EXPECT_TRUE(is_erased(3));
}

TEST_F(EraserTest, ErasesAttachmentsThatNothingElseNames) {
  const Bytes alone(100, 'a'), shared(100, 'b');
  const BlobId first{format::block_hash(alone), alone.size()}, second{format::block_hash(shared), shared.size()};
  log().append_with_attachment(first);
  log().append_with_attachment(second);
  log().append_with_attachment(second);
  commit(log().bundle(30, 33));
  ASSERT_TRUE(blobs.files->put_block(first, 0, alone));
  ASSERT_TRUE(blobs.files->put_block(second, 0, shared));
  cosign(retract(30), root_key());
  cosign(retract(31), root_key());
  wait(seconds(5));
  ASSERT_TRUE(is_erased(30) && is_erased(31));
  EXPECT_EQ(blobs.files->state(first), store::BlobState::kUnknown);
  EXPECT_EQ(blobs.files->state(second), store::BlobState::kWhole);
  EXPECT_TRUE(must(blobs.disk.list("relay/" + std::string(store::kBlobFolderName))).size() == 1);
}

TEST_F(EraserTest, AnOpenedEmbargoTakesTheAttachmentsAlongThatItsKeyEntryNames) {
  const Bytes octets(100, 'a');
  const BlobId blob{format::block_hash(octets), octets.size()};
  const Bytes key(format::kBodyKeyBytes, 'k');
  format::Body article;
  article.title = "Under embargo";
  const auto sealed = log().append_sealed(std::move(article), {}, key);
  format::Body opening;
  opening.key = key;
  format::Attachment picture;
  picture.blob = blob;
  picture.media_type = "image/jpeg";
  opening.attachments.push_back(picture);
  log().append(std::move(opening), format::EntryKind::kEmbargoKey, sealed);
  commit(log().bundle(30, 32));
  ASSERT_TRUE(blobs.files->put_block(blob, 0, octets));
  wait(seconds(60));
  EXPECT_EQ(blobs.files->state(blob), store::BlobState::kWhole);
  cosign(retract(30), root_key());
  wait(seconds(60));
  ASSERT_TRUE(is_erased(30));
  EXPECT_EQ(blobs.files->state(blob), store::BlobState::kUnknown);
  EXPECT_FALSE(store.entry_naming(blob));  // so that nobody brings it again
}

TEST_F(EraserTest, AStartErasesAttachmentsThatACrashLeftBehindAndNoOthers) {
  const Bytes left(100, 'a'), named(100, 'b'), foreign(100, 'c');
  const auto id = [](const Bytes& octets) { return BlobId{format::block_hash(octets), octets.size()}; };
  log().append_with_attachment(id(left));
  log().append_with_attachment(id(named));
  commit(log().bundle(30, 32));
  for (const auto& octets : {left, named, foreign}) ASSERT_TRUE(blobs.files->put_block(id(octets), 0, octets));
  stop();
  commit(store::Erasure{log().name(), 30, log().entry(30), {id(left)}});
  start();
  wait(seconds(5));
  EXPECT_EQ(blobs.files->state(id(left)), store::BlobState::kUnknown);
  EXPECT_EQ(blobs.files->state(id(named)), store::BlobState::kWhole);
  EXPECT_EQ(blobs.files->state(id(foreign)), store::BlobState::kWhole);
}

TEST_F(EraserTest, ATextThatComesAfterItsRetractionGoesToo) {
  // A second desk's retraction arrives before the article.
  log().append_articles(1);
  log(1).append({}, format::EntryKind::kRetraction, log().entry(30));
  commit(log(1).bundle(0, 1));
  commit(log().bundle(30, 31));
  EXPECT_FALSE(is_erased(30));
  wait(hours(73));
  EXPECT_TRUE(is_erased(30));
}

TEST_F(EraserTest, NothingIsErasedWhileTheProjectIsFrozenWhoeverCosigned) {
  freeze();
  cosign(retract(3), root_key());
  wait(hours(1));
  EXPECT_FALSE(is_erased(3));
  project.update_charter();
  commit_charter();
  wait(seconds(61));
  EXPECT_TRUE(is_erased(3));
}

TEST_F(EraserTest, AnEarlierRetractionDoesNotStopTheCosignatureOfALaterOne) {
  retract(3, 1);
  wait(hours(1));
  cosign(retract(3), root_key());
  wait(seconds(1));
  EXPECT_TRUE(is_erased(3));
}

TEST_F(EraserTest, TheTextOfARetractionMayBeOfAnyLength) {
  format::Body why;
  why.html = Bytes(100'000, 'x');
  const auto retraction = log().append(std::move(why), format::EntryKind::kRetraction, log().entry(3));
  commit(log().bundle(30, 31));
  cosign(retraction, root_key());
  wait(seconds(1));
  EXPECT_TRUE(is_erased(3));
  EXPECT_TRUE(is_proven(3));
}

TEST_F(EraserTest, ACharterThatEndsTheProofAndNotTheRetractionHasItMadeAgain) {
  cosign(retract(3), root_key());
  wait(seconds(1));
  ASSERT_TRUE(is_proven(3));
  log().append_articles(1);
  commit(log().bundle(31, 32));
  project.close_desk(0, 32);
  commit_charter();
  wait(seconds(1));
  EXPECT_TRUE(is_proven(3));
}

TEST_F(EraserTest, AProofIsMadeAgainWhenWhatAClosingLeavesHasCome) {
  cosign(retract(3), root_key());
  wait(seconds(1));
  log().append_articles(4);
  project.close_desk(0, 35);
  commit_charter();
  wait(seconds(1));
  EXPECT_FALSE(is_proven(3));
  commit(log().bundle(31, 35));
  wait(seconds(1));
  EXPECT_TRUE(is_proven(3));
}

// Whoever has a desk's key signs proofs of retractions that no relay sees, of entries that nobody has.
TEST_F(EraserTest, AFloodOfProofsKeepsNoTextFromBeingErased) {
  retract(1);
  std::uint64_t number = 0;
  const auto flood = [&](std::size_t octets) {
    for (;; ++number) {
      auto unseen = log().forked_at(30);
      format::Body body;
      body.html = std::string(octets, 'x');
      unseen.append(std::move(body), format::EntryKind::kRetraction, EntryId(tests::octets_from("entry", number)));
      const auto taken = loop.run(statements->take(format::make_retraction_proof(project.id(), unseen.bundle_bytes(30, 31))));
      if (taken) continue;
      EXPECT_EQ(taken.error().code, statements::kStatementsFull);
      return;
    }
  };
  flood(15'000);
  EXPECT_GT(number, 400U);
  flood(0);
  wait(hours(73));
  EXPECT_TRUE(is_erased(1));
  EXPECT_TRUE(is_proven(1));
}

TEST_F(EraserTest, AProofIsMadeAgainWhereTheStatementsWereLost) {
  cosign(retract(3), root_key());
  wait(seconds(1));
  stop();
  const statements::StatementTable::Contents none{Bytes("another epoch 16"), {}, {}};
  start(none);
  wait(seconds(1));
  EXPECT_TRUE(is_proven(3));
}

TEST_F(EraserTest, ARetractionOnABranchThatAClosingEndedErasesNothing) {
  auto branch = log(1).forked_at(0);
  branch.append({}, format::EntryKind::kRetraction, log().entry(3));
  commit(branch.bundle(0, 1));
  log(1).append_articles(5);
  project.close_desk(1, 5);  // of which this relay holds nothing
  commit_charter();
  wait(hours(100));
  EXPECT_FALSE(is_erased(3));
  commit(log(1).bundle(0, 5));
  wait(hours(100));
  EXPECT_FALSE(is_erased(3));
}

TEST_F(EraserTest, ARetractionBelowAClosingErasesWhenItsLogIsServedAgain) {
  log(1).append({}, format::EntryKind::kRetraction, log().entry(3));
  commit(log(1).bundle(0, 1));
  log(1).append_articles(4);
  project.close_desk(1, 5);
  commit_charter();
  wait(hours(100));
  EXPECT_FALSE(is_erased(3));
  commit(log(1).bundle(1, 5));
  wait(seconds(1));
  EXPECT_TRUE(is_erased(3));
}

TEST_F(EraserTest, WhatTheClockJumpsAheadEndsNoDelay) {
  set_clock(-hours(24 * 30));  // a start in the wrong month
  wait(hours(1));
  retract(3);
  wait(hours(1));
  set_clock(hours(24 * 30));
  wait(hours(70));
  EXPECT_FALSE(is_erased(3));
  wait(hours(2));
  EXPECT_TRUE(is_erased(3));
}

TEST_F(EraserTest, AJumpOfTheClockIsRememberedOverARestart) {
  retract(3);
  wait(hours(1));
  set_clock(hours(100));
  wait(seconds(60));
  stop();
  start();
  wait(hours(70));
  EXPECT_FALSE(is_erased(3));
  wait(hours(2));
  EXPECT_TRUE(is_erased(3));
}

TEST_F(EraserTest, NoJumpOfTheClockMakesRoomForMoreErasuresAtOnce) {
  for (std::uint64_t i = 0; i < 25; ++i) cosign(retract(i), root_key());
  wait(seconds(60));
  for (const seconds jump : {hours(24), -hours(48), hours(72)}) {
    set_clock(jump);
    wait(hours(1));
    EXPECT_EQ(erased_of(25), kImmediateErasuresADay);
  }
}

TEST_F(EraserTest, AnErasureThatFailsUsesUpOnePlaceHoweverOftenItIsTried) {
  cosign(retract(0), root_key());
  wait(seconds(1));
  std::vector<EntryId> retractions;
  for (std::uint64_t i = 1; i < 4; ++i) retractions.push_back(retract(i));
  store.disk_is_full = true;
  for (const auto& retraction : retractions) cosign(retraction, root_key());
  wait(hours(1));
  EXPECT_EQ(erased_of(4), 1U);
  store.disk_is_full = false;
  for (std::uint64_t i = 4; i < 21; ++i) cosign(retract(i), root_key());
  wait(seconds(120));
  EXPECT_EQ(erased_of(21), kImmediateErasuresADay);
}

TEST_F(EraserTest, TheLoopReadsNoEntryForACosignature) {
  const auto retraction = retract(3);
  wait(seconds(1));
  std::optional<std::size_t> read_by_then;
  const std::size_t read_before = store.entries_read;
  const auto watching = statements->subscribe([&](const auto&) {
    if (!read_by_then) read_by_then = store.entries_read;
  });
  cosign(retraction, root_key());
  EXPECT_EQ(read_by_then, read_before);
  wait(seconds(1));
  EXPECT_TRUE(is_erased(3));
}

}  // namespace
}  // namespace tamizdat::erasure
