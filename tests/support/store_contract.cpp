#include "tests/support/store_contract.h"

#include <gmock/gmock.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "proto/format/limits.h"

namespace tamizdat::tests {

using store::Batch;
using store::Committed;

Batch batch_of(format::VerifiedBundle bundle) { return {std::move(bundle), kTestTime}; }

Batch batch_of(const std::vector<format::VerifiedCharter>& charters) { return {store::Charters{charters}, kTestTime}; }

Result<Committed> commit_one(store::Store& store, Batch batch) {
  auto results = store.commit(std::span(&batch, 1));
  TMZ_CHECK(results.size() == 1);
  return std::move(results.front());
}

namespace {

void print_entry(std::ostream& out, const store::Store& store, const LogId& id, std::uint64_t index) {
  const auto entry = store.entry(id, index);
  if (!entry) {
    out << "  BROKEN entry " << index << ": " << entry.error().text << "\n";
    return;
  }
  out << "  " << index << " " << entry->id.text() << " " << to_hex(entry->header) << " ";
  if (entry->body)
    out << to_hex(format::body_commitment(*entry->body).view());
  else
    out << "absent " << static_cast<std::uint32_t>(entry->absence.value());
  out << " " << unix_seconds(entry->received_at);
  const auto place = store.find(entry->id);
  if (!place || place->log != id || place->index != index) out << " BROKEN find";
  if (entry->index != index || format::entry_id(entry->header) != entry->id) out << " BROKEN id";
  out << "\n";
}

void print_bundles(std::ostream& out, const store::Store& store, const store::LogState& log) {
  const auto charter = store.charter(log.name.project);
  for (std::uint64_t from = 0; from < log.size;) {
    const auto served = store.bundle(log.id, from, 7);
    if (!served) {
      out << "  BROKEN bundle " << from << ": " << served.error().text << "\n";
      return;
    }
    const auto bundle = format::verify_bundle(*charter, served->bytes);
    if (!bundle || bundle->from() != from || bundle->to() != served->to) {
      out << "  BROKEN bundle " << from << ": " << (bundle ? "another range" : bundle.error().text) << "\n";
      return;
    }
    from = served->to;
  }
}

}  // namespace

std::string everything_in(const store::Store& store) {
  std::ostringstream out;
  for (const auto& project : store.projects()) {
    out << project.text() << "\n";
    for (const auto& charter : store.charter_chain(project))
      out << "  charter " << charter.version() << " " << to_hex(format::sha256({charter.signed_bytes()}).view()) << "\n";
  }
  for (const auto& log : store.logs()) {
    out << log.id.text() << " " << log.size << " " << to_hex(log.root.view()) << " head " << log.head.size() << " under "
        << log.head.charter_version() << "\n";
    for (std::uint64_t index = 0; index < log.size; ++index) print_entry(out, store, log.id, index);
    print_bundles(out, store, log);
  }
  for (const auto& blob : store.blobs_after({}, ~std::size_t{0})) {
    const auto entry = store.entry_naming(blob);
    if (entry) out << blob.text() << " " << entry->log.text() << " " << entry->index << "\n";
  }
  return out.str();
}

namespace {

std::pair<std::uint64_t, std::uint64_t> changed(const Committed& committed) {
  TMZ_CHECK(committed.changed.has_value());
  return {committed.changed->from, committed.changed->to};
}

TEST_P(StoreContract, StartsEmpty) {
  ProjectBuilder project;
  EXPECT_TRUE(store().projects().empty());
  EXPECT_TRUE(store().logs().empty());
  EXPECT_FALSE(store().charter(project.id()));
  EXPECT_TRUE(store().charter_chain(project.id()).empty());
  EXPECT_FALSE(store().log(project.log().id()));
  EXPECT_EQ(store().bundle(project.log().id(), 0, 1).error().code, store::kUnknownLog);
  EXPECT_EQ(store().entry(project.log().id(), 0).error().code, store::kUnknownLog);
  EXPECT_FALSE(store().find(EntryId(octets_from("entry", 1))));
}

TEST_P(StoreContract, HoldsACharterChain) {
  ProjectBuilder project;
  project.update_charter();
  const auto first = commit_one(store(), batch_of(project.charters()));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size_before, 0U);
  EXPECT_EQ(first->size_after, 2U);
  project.update_charter();
  const auto second = commit_one(store(), batch_of({project.charter()}));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->size_before, 2U);
  EXPECT_EQ(second->size_after, 3U);
  EXPECT_EQ(store().projects(), std::vector{project.id()});
  EXPECT_EQ(store().charter(project.id())->version(), 3U);
  const auto chain = store().charter_chain(project.id());
  ASSERT_EQ(chain.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(chain[i].signed_bytes(), project.charters()[i].signed_bytes());
}

TEST_P(StoreContract, TakesCharterItHoldsAsNothingNew) {
  ProjectBuilder project;
  project.update_charter();
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  const auto again = commit_one(store(), batch_of({project.charters()[0]}));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->size_before, again->size_after);
  EXPECT_EQ(store().charter(project.id())->version(), 2U);
}

TEST_P(StoreContract, RefusesACharterChainWithAGap) {
  ProjectBuilder project;
  project.update_charter();
  project.update_charter();
  EXPECT_EQ(commit_one(store(), batch_of({project.charters()[1]})).error().code, format::kCharterSkipped);
  ASSERT_TRUE(commit_one(store(), batch_of({project.charters()[0]})));
  EXPECT_EQ(commit_one(store(), batch_of({project.charters()[2]})).error().code, format::kCharterSkipped);
  EXPECT_EQ(store().charter(project.id())->version(), 1U);
}

TEST_P(StoreContract, RefusesAnotherCharterOfAVersionItHolds) {
  ProjectBuilder project;
  ProjectBuilder twin;
  project.update_charter();
  twin.update_charter([](format::Charter& charter) { charter.title = "Another"; });
  twin.update_charter();
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  EXPECT_EQ(commit_one(store(), batch_of(twin.charters())).error().code, format::kCharterForked);
  EXPECT_EQ(commit_one(store(), batch_of({twin.charters()[2]})).error().code, format::kCharterForked);
  EXPECT_EQ(store().charter(project.id())->hash(), project.charter().hash());
}

Batch branch_of(const std::vector<format::VerifiedCharter>& charters) {
  return {store::Charters{charters, store::OnFork::kReplace}, kTestTime};
}

TEST_P(StoreContract, TheBranchThatWonTakesThePlaceOfTheOther) {
  ProjectBuilder losing, winning;
  for (ProjectBuilder* const branch : {&losing, &winning}) branch->update_charter();
  losing.update_charter([](format::Charter& charter) { charter.title = "Losing"; });
  losing.update_charter();
  winning.update_charter([](format::Charter& charter) { charter.title = "Winning"; });
  for (ProjectBuilder* const branch : {&losing, &winning}) branch->log().append_articles(4);
  ASSERT_TRUE(commit_one(store(), batch_of(losing.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(losing.log().bundle(0, 4))));
  const auto taken = commit_one(store(), branch_of(winning.charters()));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->size_before, 2U);
  EXPECT_EQ(taken->size_after, 3U);
  ASSERT_EQ(store().charter_chain(losing.id()).size(), 3U);
  EXPECT_EQ(store().charter(losing.id())->hash(), winning.charter().hash());
  // What is valid under both goes on, under the charter that won.
  EXPECT_EQ(store().log(winning.log().id())->head.charter_hash(), winning.charter().hash());
  EXPECT_EQ(commit_one(store(), batch_of(losing.log().bundle(0, 4))).error().code, store::kCharterOutdated);
  EXPECT_EQ(commit_one(store(), batch_of({losing.charters()[2]})).error().code, format::kCharterForked);
  winning.update_charter();
  EXPECT_TRUE(commit_one(store(), batch_of({winning.charter()})));
}

TEST_P(StoreContract, ABundleOfTheLosingBranchsVersionIsOutdated) {
  ProjectBuilder losing, winning;
  losing.update_charter([](format::Charter& charter) { charter.title = "Losing"; });
  winning.update_charter([](format::Charter& charter) { charter.title = "Winning"; });
  losing.log().append_articles(1);
  ASSERT_TRUE(commit_one(store(), batch_of(losing.charters())));
  ASSERT_TRUE(commit_one(store(), branch_of({winning.charter()})));
  EXPECT_EQ(commit_one(store(), batch_of(losing.log().bundle(0, 1))).error().code, store::kCharterOutdated);
}

TEST_P(StoreContract, EntriesOfADeskThatTheWinningBranchDoesNotKnowAreGone) {
  ProjectBuilder losing, winning;
  const auto key = std::make_shared<format::SigningKey>(key_from("the desk of the branch that loses", 1));
  losing.update_charter([&](format::Charter& charter) {
    format::Desk desk;
    desk.id = DeskId(key->public_key());
    desk.label = "new";
    charter.desks.push_back(desk);
  });
  winning.update_charter([](format::Charter& charter) { charter.title = "Winning"; });
  LogBuilder unknown(losing.id(), key, std::make_shared<format::VerifiedCharter>(losing.charter()));
  unknown.append_articles(3);
  losing.log().append_articles(2);
  ASSERT_TRUE(commit_one(store(), batch_of(losing.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(losing.log().bundle(0, 2))));
  ASSERT_TRUE(commit_one(store(), batch_of(unknown.bundle(0, 3))));
  ASSERT_TRUE(commit_one(store(), branch_of({winning.charter()})));
  EXPECT_FALSE(store().log(unknown.id()));
  EXPECT_FALSE(store().entry(unknown.id(), 0));
  EXPECT_FALSE(store().find(unknown.entry(0)));
  EXPECT_EQ(store().log(losing.log().id())->size, 2U);
}

TEST_P(StoreContract, AClosingOfTheLosingBranchIsUndone) {
  ProjectBuilder losing, winning;
  for (ProjectBuilder* const branch : {&losing, &winning}) branch->log().append_articles(6);
  losing.close_desk(0, 3);
  winning.update_charter([](format::Charter& charter) { charter.title = "Winning"; });
  ASSERT_TRUE(commit_one(store(), batch_of(losing.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(losing.log().bundle(0, 3, {.head_size = 3}))));
  ASSERT_TRUE(commit_one(store(), branch_of({winning.charter()})));
  ASSERT_TRUE(commit_one(store(), batch_of(winning.log().bundle(0, 6))));
  EXPECT_EQ(store().log(winning.log().id())->size, 6U);
}

TEST_P(StoreContract, AClosingOfTheWinningBranchCuts) {
  ProjectBuilder losing, winning;
  for (ProjectBuilder* const branch : {&losing, &winning}) branch->log().append_articles(6);
  losing.update_charter();
  winning.close_desk(0, 4);
  ASSERT_TRUE(commit_one(store(), batch_of(losing.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(losing.log().bundle(0, 6))));
  ASSERT_TRUE(commit_one(store(), branch_of(winning.charters())));
  EXPECT_EQ(store().log(winning.log().id())->size, 4U);
}

TEST_P(StoreContract, ABranchThatDoesNotMeetTheChainIsRefused) {
  ProjectBuilder held, other;
  held.update_charter();
  other.update_charter([](format::Charter& charter) { charter.title = "Other"; });
  other.update_charter();
  ASSERT_TRUE(commit_one(store(), batch_of(held.charters())));
  EXPECT_EQ(commit_one(store(), branch_of({other.charters()[2]})).error().code, format::kCharterForked);
  EXPECT_EQ(store().charter(held.id())->hash(), held.charter().hash());
}

TEST_P(StoreContract, RefusesABundleOfAnUnknownProject) {
  ProjectBuilder project;
  project.log().append_articles(1);
  EXPECT_EQ(commit_one(store(), batch_of(project.log().bundle(0, 1))).error().code, store::kUnknownProject);
}

TEST_P(StoreContract, RefusesABundleVerifiedUnderAnOlderCharter) {
  ProjectBuilder project;
  project.log().append_articles(1);
  const auto early = project.log().bundle(0, 1);
  project.update_charter();
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  EXPECT_EQ(commit_one(store(), batch_of(early)).error().code, store::kCharterOutdated);
  EXPECT_TRUE(store().logs().empty());
  EXPECT_TRUE(commit_one(store(), batch_of(project.log().bundle(0, 1))));
}

TEST_P(StoreContract, GivesBackTheExactBytesOfEveryEntry) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(3);
  log.append_raw("");
  log.append_raw("\0\1\2 not a protobuf message");
  log.append_raw(Bytes(format::kBodyBytesMax, 'x'));
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 5))));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(5, 6))));
  const auto check = [&] {
    for (std::uint64_t i = 0; i < log.size(); ++i) {
      const auto entry = store().entry(log.id(), i);
      ASSERT_TRUE(entry);
      EXPECT_EQ(entry->header, log.header(i));
      EXPECT_EQ(entry->body, log.body(i));
      EXPECT_FALSE(entry->absence);
      EXPECT_EQ(entry->id, log.entry(i));
      EXPECT_EQ(entry->index, i);
      EXPECT_EQ(entry->log.desk, log.desk());
      EXPECT_EQ(entry->received_at, kTestTime);
    }
    EXPECT_EQ(store().entry(log.id(), log.size()).error().code, store::kUnknownEntry);
  };
  check();
  reopen();
  check();
}

TEST_P(StoreContract, SaysWhatItHoldsOfALog) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(9);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  const auto committed = commit_one(store(), batch_of(log.bundle(0, 5)));
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->size_before, 0U);
  EXPECT_EQ(committed->size_after, 5U);
  const auto state = store().log(log.id());
  ASSERT_TRUE(state);
  EXPECT_EQ(state->id, log.id());
  EXPECT_EQ(state->name.project, project.id());
  EXPECT_EQ(state->name.desk, log.desk());
  EXPECT_EQ(state->size, 5U);
  EXPECT_EQ(state->root, log.root(5));
  EXPECT_EQ(state->head.bytes(), log.head_bytes(9));
  ASSERT_EQ(store().logs().size(), 1U);
  EXPECT_EQ(store().logs().front().id, log.id());
}

TEST_P(StoreContract, ServesEveryRangeWithItsProof) {
  constexpr std::uint64_t kHeld = 21;
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(26);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, kHeld))));
  for (std::uint64_t from = 0; from < kHeld; ++from)
    for (std::uint64_t to = from + 1; to <= kHeld; ++to) {
      const auto served = store().bundle(log.id(), from, to - from);
      ASSERT_TRUE(served);
      EXPECT_EQ(served->to, to);
      EXPECT_EQ(served->bytes, log.bundle_bytes(from, to));
    }
  const auto rest = store().bundle(log.id(), 20, 1000);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->to, kHeld);
  EXPECT_EQ(store().bundle(log.id(), kHeld, 1).error().code, store::kUnknownEntry);
}

TEST_P(StoreContract, ServesBundlesWithinTheLimitOfTheFormat) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  for (int i = 0; i < 4; ++i) log.append_raw(Bytes(400'000, static_cast<char>('a' + i)));
  log.append_raw(Bytes(format::kBodyBytesMax, 'z'));
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  for (std::uint64_t i = 0; i < log.size(); ++i) ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(i, i + 1))));
  std::vector<std::uint64_t> ends;
  for (std::uint64_t from = 0; from < log.size();) {
    const auto served = store().bundle(log.id(), from, 100);
    ASSERT_TRUE(served);
    ASSERT_TRUE(format::verify_bundle(project.charter(), served->bytes));
    ends.push_back(from = served->to);
  }
  EXPECT_EQ(ends, (std::vector<std::uint64_t>{2, 4, 5}));
}

TEST_P(StoreContract, TakesWhatIsNewOfABundleThatOverlaps) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(12);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 5, {.head_size = 5}))));
  const auto overlap = commit_one(store(), batch_of(log.bundle(2, 9, {.head_size = 10})));
  ASSERT_TRUE(overlap);
  EXPECT_EQ(overlap->size_before, 5U);
  EXPECT_EQ(overlap->size_after, 9U);
  const auto held = commit_one(store(), batch_of(log.bundle(1, 4, {.head_size = 7})));
  ASSERT_TRUE(held);
  EXPECT_EQ(held->size_before, 9U);
  EXPECT_EQ(held->size_after, 9U);
  EXPECT_FALSE(held->changed);
  EXPECT_EQ(store().log(log.id())->head.size(), 10U);
  const auto served = store().bundle(log.id(), 0, 100);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->bytes, log.bundle_bytes(0, 9, {.head_size = 10}));
}

TEST_P(StoreContract, RefusesAGap) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(9);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 5))));
  EXPECT_EQ(commit_one(store(), batch_of(log.bundle(6, 9))).error().code, store::kGap);
  EXPECT_EQ(store().log(log.id())->size, 5U);
}

TEST_P(StoreContract, RefusesAForkAndKeepsWhatItHeld) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(9);
  LogBuilder fork = log.forked_at(4);
  fork.append_articles(8);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 9))));
  const std::string before = everything_in(store());
  EXPECT_EQ(commit_one(store(), batch_of(fork.bundle(0, 12))).error().code, store::kLogForked);
  EXPECT_EQ(commit_one(store(), batch_of(fork.bundle(9, 12))).error().code, store::kLogForked);
  EXPECT_EQ(everything_in(store()), before);
  reopen();
  EXPECT_EQ(everything_in(store()), before);
}

TEST_P(StoreContract, CommitsAGroupInOrderAndLeavesOutWhatItRefuses) {
  ProjectBuilder project;
  ProjectBuilder stranger(99);
  LogBuilder& log = project.log();
  log.append_articles(10);
  stranger.log().append_articles(1);
  std::vector<Batch> group;
  group.push_back(batch_of(project.charters()));
  group.push_back(batch_of(log.bundle(0, 3)));
  group.push_back(batch_of(stranger.log().bundle(0, 1)));
  group.push_back(batch_of(log.bundle(3, 7)));
  group.push_back(batch_of(log.bundle(8, 10)));
  group.push_back(batch_of(log.bundle(6, 8)));
  const auto results = store().commit(group);
  ASSERT_EQ(results.size(), 6U);
  EXPECT_TRUE(results[0] && results[1] && results[3] && results[5]);
  EXPECT_EQ(results[2].error().code, store::kUnknownProject);
  EXPECT_EQ(results[4].error().code, store::kGap);
  EXPECT_EQ(results[3]->size_before, 3U);
  EXPECT_EQ(results[5]->size_after, 8U);
  const auto served = store().bundle(log.id(), 0, 100);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->bytes, log.bundle_bytes(0, 8));
}

TEST_P(StoreContract, ChecksABundleAgainstACharterOfTheSameGroup) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(2);
  const auto early = log.bundle(0, 1);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  project.update_charter();
  std::vector<Batch> group;
  group.push_back(batch_of({project.charter()}));
  group.push_back(batch_of(early));
  group.push_back(batch_of(log.bundle(0, 2)));
  const auto results = store().commit(group);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().code, store::kCharterOutdated);
  EXPECT_TRUE(results[2]);
}

TEST_P(StoreContract, FindsEntriesById) {
  ProjectBuilder project({.seed = 3, .desks = 2});
  project.log(0).append_articles(300);
  project.log(1).append_articles(5);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(project.log(0).bundle(0, 299))));
  ASSERT_TRUE(commit_one(store(), batch_of(project.log(1).bundle(0, 5))));
  for (std::uint64_t i : {0U, 1U, 255U, 256U, 298U}) {
    const auto place = store().find(project.log(0).entry(i));
    ASSERT_TRUE(place);
    EXPECT_EQ(place->log, project.log(0).id());
    EXPECT_EQ(place->index, i);
  }
  EXPECT_EQ(store().find(project.log(1).entry(4))->log, project.log(1).id());
  EXPECT_FALSE(store().find(project.log(0).entry(299)));
}

TEST_P(StoreContract, TakesABodyThatWasAbsent) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(4);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 3, {.bodies = false}))));
  EXPECT_EQ(store().entry(log.id(), 1)->absence, format::Absence::kNotHeld);
  const auto served = store().bundle(log.id(), 0, 10);
  ASSERT_TRUE(served);
  EXPECT_TRUE(format::verify_bundle(project.charter(), served->bytes));
  const auto filled = commit_one(store(), batch_of(log.bundle(1, 4)));
  ASSERT_TRUE(filled);
  EXPECT_EQ(filled->size_before, 3U);
  EXPECT_EQ(changed(*filled), (std::pair<std::uint64_t, std::uint64_t>(1, 4)));
  const auto filled_alone = commit_one(store(), batch_of(log.bundle(0, 2)));
  ASSERT_TRUE(filled_alone);
  EXPECT_EQ(changed(*filled_alone), (std::pair<std::uint64_t, std::uint64_t>(0, 1)));
  const auto check = [&] {
    EXPECT_EQ(store().entry(log.id(), 0)->body, log.body(0));
    EXPECT_EQ(store().entry(log.id(), 1)->body, log.body(1));
    EXPECT_EQ(store().entry(log.id(), 2)->body, log.body(2));
    EXPECT_EQ(store().entry(log.id(), 3)->body, log.body(3));
  };
  check();
  reopen();
  check();
  const auto nothing = commit_one(store(), batch_of(log.bundle(0, 4, {.bodies = false})));
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->changed);
  check();
}

TEST_P(StoreContract, KeepsServingALogWhoseCharterMovesOn) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(6);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 4))));
  project.update_charter();
  ASSERT_TRUE(commit_one(store(), batch_of({project.charter()})));
  EXPECT_EQ(store().log(log.id())->head.charter_version(), 2U);
  const auto rest = commit_one(store(), batch_of(log.bundle(4, 6)));
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->size_before, 4U);
}

TEST_P(StoreContract, KnowsWhichAttachmentsItsEntriesName) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  const auto blob = [](std::uint64_t number) { return BlobId{octets_from("blob", number), number + 1}; };
  std::vector<BlobId> blobs{blob(0), blob(1), blob(2), blob(3)};
  std::ranges::sort(blobs);
  for (const std::size_t i : {2u, 0u, 3u, 0u}) log.append_with_attachment(blobs[i]);
  log.append_articles(1);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  EXPECT_EQ(commit_one(store(), batch_of(log.bundle(0, 1, {.bodies = false})))->blobs, std::vector<BlobId>());
  EXPECT_FALSE(store().entry_naming(blobs[2]));
  EXPECT_THAT(commit_one(store(), batch_of(log.bundle(0, 5)))->blobs,
              testing::UnorderedElementsAre(blobs[0], blobs[3], blobs[0], blobs[2]));
  EXPECT_EQ(commit_one(store(), batch_of(log.bundle(0, 5)))->blobs, std::vector<BlobId>());
  const auto check = [&] {
    EXPECT_EQ(store().entry_naming(blobs[2])->index, 0U);
    EXPECT_EQ(store().entry_naming(blobs[0])->index, 1U);
    EXPECT_EQ(store().entry_naming(blobs[3])->index, 2U);
    EXPECT_FALSE(store().entry_naming(blobs[1]));
    EXPECT_EQ(store().blobs_after({}, 9), (std::vector{blobs[0], blobs[2], blobs[3]}));
    EXPECT_EQ(store().blobs_after({}, 2), (std::vector{blobs[0], blobs[2]}));
    EXPECT_EQ(store().blobs_after(blobs[0], 1), std::vector{blobs[2]});
    EXPECT_EQ(store().blobs_after(blobs[3], 1), std::vector<BlobId>());
  };
  check();
  reopen();
  check();
  // In the index too, and both together.
  log.append_with_attachment(blobs[1]);
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(5, 6))));
  EXPECT_EQ(store().blobs_after({}, 3), (std::vector{blobs[0], blobs[1], blobs[2]}));
  project.close_desk(0, 1);
  ASSERT_TRUE(commit_one(store(), batch_of({project.charter()})));
  EXPECT_TRUE(store().entry_naming(blobs[2]));
  EXPECT_FALSE(store().entry_naming(blobs[0]));
}

Batch erasure_of(const LogBuilder& log, std::uint64_t index, std::vector<BlobId> blobs = {}) {
  return {store::Erasure{log.name(), index, log.entry(index), std::move(blobs)}, kTestTime};
}

TEST_P(StoreContract, ErasesABodyAndKeepsHeaderAndProof) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  const BlobId blob{octets_from("picture", 1), 9};
  log.append_articles(3);
  log.append_with_attachment(blob);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 4))));
  const auto erased = commit_one(store(), erasure_of(log, 3, {blob}));
  ASSERT_TRUE(erased);
  EXPECT_EQ(changed(*erased), std::pair(std::uint64_t{3}, std::uint64_t{4}));
  EXPECT_EQ(erased->blobs, std::vector{blob});
  ASSERT_TRUE(commit_one(store(), erasure_of(log, 1)));
  const auto check = [&] {
    for (const std::uint64_t index : {1U, 3U}) {
      const auto entry = must(store().entry(log.id(), index));
      EXPECT_EQ(entry.header, log.header(index));
      EXPECT_FALSE(entry.body);
      EXPECT_EQ(entry.absence, format::Absence::kErased);
    }
    EXPECT_EQ(must(store().entry(log.id(), 0)).body, log.body(0));
    EXPECT_FALSE(store().entry_naming(blob));
    const auto served = must(store().bundle(log.id(), 0, 9));
    const auto bundle = must(format::verify_bundle(project.charter(), served.bytes));
    EXPECT_EQ(bundle.entries()[3].absence(), format::Absence::kErased);
    EXPECT_TRUE(bundle.entries()[2].body());
  };
  check();
  const auto again = commit_one(store(), erasure_of(log, 1));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed);
  reopen();
  check();
}

TEST_P(StoreContract, ErasesNothingThatItDoesNotHold) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(3);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  EXPECT_EQ(commit_one(store(), erasure_of(log, 0)).error().code, store::kUnknownEntry);
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 2))));
  EXPECT_EQ(commit_one(store(), erasure_of(log, 2)).error().code, store::kUnknownEntry);
  Batch wrong = erasure_of(log, 0);
  std::get<store::Erasure>(wrong.content).entry = log.entry(1);
  EXPECT_EQ(commit_one(store(), wrong).error().code, store::kUnknownEntry);
  EXPECT_TRUE(must(store().entry(log.id(), 0)).body);
}

TEST_P(StoreContract, TakesABodyThatWasErasedAgain) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(2);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 2))));
  ASSERT_TRUE(commit_one(store(), erasure_of(log, 0)));
  const auto back = commit_one(store(), batch_of(log.bundle(0, 2)));
  ASSERT_TRUE(back);
  EXPECT_EQ(changed(*back), std::pair(std::uint64_t{0}, std::uint64_t{1}));
  EXPECT_EQ(must(store().entry(log.id(), 0)).body, log.body(0));
  reopen();
  EXPECT_EQ(must(store().entry(log.id(), 0)).body, log.body(0));
  ASSERT_TRUE(commit_one(store(), erasure_of(log, 0)));
  reopen();
  EXPECT_FALSE(must(store().entry(log.id(), 0)).body);
}

TEST_P(StoreContract, KnowsWhatWasRetracted) {
  ProjectBuilder project({.seed = 1, .desks = 2});
  LogBuilder& log = project.log();
  log.append_articles(2);
  const EntryId later(octets_from("an entry that comes later", 1));
  log.append({}, format::EntryKind::kRetraction, log.entry(0));
  log.append({}, format::EntryKind::kRetraction, later);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  EXPECT_EQ(commit_one(store(), batch_of(log.bundle(0, 2)))->retracted, std::vector<EntryId>());
  EXPECT_EQ(commit_one(store(), batch_of(log.bundle(2, 4)))->retracted, (std::vector{log.entry(0), later}));
  std::vector<EntryId> both{log.entry(0), later};
  std::ranges::sort(both);
  const auto check = [&] {
    EXPECT_EQ(store().retracting(log.entry(0)), (std::vector{store::Store::Position{log.id(), 2}}));
    EXPECT_EQ(store().retracting(log.entry(1)), std::vector<store::Store::Position>());
    EXPECT_EQ(store().retracted_after({}, 9), both);
    EXPECT_EQ(store().retracted_after({}, 1), std::vector{both[0]});
    EXPECT_EQ(store().retracted_after(both[0], 9), std::vector{both[1]});
  };
  check();
  reopen();
  check();
}

TEST_P(StoreContract, SaysThatATextCameWhichWasRetractedBefore) {
  ProjectBuilder project({.seed = 1, .desks = 2});
  project.log(0).append_articles(2);
  project.log(1).append({}, format::EntryKind::kRetraction, project.log(0).entry(1));
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(project.log(1).bundle(0, 1))));
  reopen();
  EXPECT_EQ(commit_one(store(), batch_of(project.log(0).bundle(0, 2)))->retracted, std::vector{project.log(0).entry(1)});
}

TEST_P(StoreContract, HidesWhatAClosingEnded) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(12);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 12))));
  project.close_desk(0, 9);
  ASSERT_TRUE(commit_one(store(), batch_of({project.charter()})));
  // All that it leaves is here, so it is served on, with no help of the desk's key.
  const auto check = [&] {
    ASSERT_TRUE(store().log(log.id()));
    EXPECT_EQ(store().log(log.id())->size, 9U);
    EXPECT_EQ(store().log(log.id())->root, log.root(9));
    EXPECT_EQ(store().entry(log.id(), 8)->body, log.body(8));
    EXPECT_EQ(store().entry(log.id(), 9).error().code, store::kUnknownEntry);
    EXPECT_FALSE(store().find(log.entry(9)));
    const auto served = store().bundle(log.id(), 0, 100);
    ASSERT_TRUE(served);
    const auto bundle = format::verify_bundle(project.charter(), served->bytes);
    ASSERT_TRUE(bundle) << bundle.error().text;
    EXPECT_EQ(bundle->to(), 9U);
    EXPECT_EQ(bundle->head().bytes(), format::closing_head(project.charter(), log.desk())->bytes());
  };
  check();
  reopen();
  check();
  // The head that the desk signed once says nothing new.
  const auto closing = commit_one(store(), batch_of(log.bundle(0, 1, {.head_size = 9})));
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->size_after, 9U);
  EXPECT_FALSE(closing->changed);
  check();
}

TEST_P(StoreContract, WaitsForABundleOfWhatAClosingLeaves) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(12);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(0, 5))));
  project.close_desk(0, 9);
  ASSERT_TRUE(commit_one(store(), batch_of({project.charter()})));
  const auto check = [&] {
    EXPECT_TRUE(store().logs().empty());
    EXPECT_EQ(store().bundle(log.id(), 0, 1).error().code, store::kUnknownLog);
    EXPECT_EQ(store().entry(log.id(), 4)->body, log.body(4));
  };
  check();
  reopen();
  check();
  const auto closing = commit_one(store(), batch_of(log.bundle(0, 5, {.head_size = 9})));
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->size_after, 5U);
  EXPECT_EQ(changed(*closing), (std::pair<std::uint64_t, std::uint64_t>(5, 5)));
  const auto served = store().bundle(log.id(), 0, 100);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->bytes, log.bundle_bytes(0, 5, {.head_size = 9}));
}

TEST_P(StoreContract, ReplacesABranchThatAClosingEnded) {
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(9);
  LogBuilder fork = log.forked_at(4);
  fork.append_articles(8);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(fork.bundle(0, 6))));
  project.close_desk(0, 9);
  ASSERT_TRUE(commit_one(store(), batch_of({project.charter()})));
  const auto replaced = commit_one(store(), batch_of(log.bundle(0, 5)));
  ASSERT_TRUE(replaced);
  EXPECT_EQ(replaced->size_before, 0U);
  EXPECT_EQ(replaced->size_after, 5U);
  EXPECT_EQ(changed(*replaced), (std::pair<std::uint64_t, std::uint64_t>(0, 6)));  // what is gone is different too
  EXPECT_FALSE(store().find(fork.entry(5)));
  ASSERT_TRUE(commit_one(store(), batch_of(log.bundle(5, 9))));
  const auto check = [&] {
    const auto served = store().bundle(log.id(), 0, 100);
    ASSERT_TRUE(served);
    EXPECT_EQ(served->bytes, log.bundle_bytes(0, 9));
    EXPECT_EQ(store().find(log.entry(5))->index, 5U);
  };
  check();
  reopen();
  check();
}

TEST_P(StoreContract, HoldsTheSameAfterItStartsAgain) {
  ProjectBuilder project({.seed = 5, .desks = 3});
  ProjectBuilder other(6);
  project.log(0).append_articles(700);
  project.log(1).append_articles(40);
  project.log(2).append_articles(1);
  other.log().append_articles(20);
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  ASSERT_TRUE(commit_one(store(), batch_of(other.charters())));
  for (std::uint64_t from = 0; from < 600; from += 100)
    ASSERT_TRUE(commit_one(store(), batch_of(project.log(0).bundle(from, from + 100))));
  ASSERT_TRUE(commit_one(store(), batch_of(project.log(1).bundle(0, 30))));
  project.update_charter();
  ASSERT_TRUE(commit_one(store(), batch_of({project.charter()})));
  ASSERT_TRUE(commit_one(store(), batch_of(other.log().bundle(0, 20))));
  ASSERT_TRUE(commit_one(store(), batch_of(project.log(2).bundle(0, 1))));
  const std::string before = everything_in(store());
  EXPECT_EQ(before.find("BROKEN"), std::string::npos) << before.substr(before.find("BROKEN"), 200);
  reopen();
  EXPECT_EQ(everything_in(store()), before);
  ASSERT_TRUE(commit_one(store(), batch_of(project.log(0).bundle(600, 700))));
  const std::string later = everything_in(store());
  EXPECT_EQ(later.find("BROKEN"), std::string::npos);
  reopen();
  EXPECT_EQ(everything_in(store()), later);
}

// What a reader sees during commits is always a whole state that verifies.
TEST_P(StoreContract, ServesReadersDuringCommits) {
  constexpr std::uint64_t kEntries = 400;
  ProjectBuilder project;
  LogBuilder& log = project.log();
  log.append_articles(kEntries);
  const auto charter = project.charter();
  std::vector<Batch> batches;
  for (std::uint64_t from = 0; from < kEntries; from += 10) batches.push_back(batch_of(log.bundle(from, from + 10)));
  ASSERT_TRUE(commit_one(store(), batch_of(project.charters())));
  store::Store& shared = store();
  std::atomic<bool> done = false;
  std::atomic<int> broken = 0;
  std::thread reader([&] {
    for (std::uint64_t from = 0; !done || from == 0;) {
      const auto state = shared.log(log.id());
      if (!state) continue;
      from %= state->size;
      const auto served = shared.bundle(log.id(), from, 40);
      if (!served || !format::verify_bundle(charter, served->bytes, &state->head)) ++broken;
      if (!shared.entry(log.id(), state->size - 1)) ++broken;
      if (shared.find(log.entry(state->size - 1))->index != state->size - 1) ++broken;
      from += 17;
    }
  });
  for (auto& batch : batches) EXPECT_TRUE(commit_one(shared, batch));
  done = true;
  reader.join();
  EXPECT_EQ(broken, 0);
}

}  // namespace
}  // namespace tamizdat::tests
