// The segment store on a disk that forgets: it crashes, or fails, at every operation in turn, and after each crash it
// must hold exactly what the memory store holds after the last acknowledged group, or after the one that was under way.
#include <gtest/gtest.h>

#include <filesystem>

#include "relay/store/body_coding.h"
#include "relay/store/memory_store.h"
#include "relay/store/segment_store.h"
#include "tests/support/store_contract.h"
#include "tests/support/store_fault_disk.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::tests {
namespace {

namespace fs = std::filesystem;
using store::Batch;
using store::SegmentStore;
using store::SyncSite;

// Groups that together take every way through the segment code: several logs, charters, rotation, index updates,
// overlaps, bodies that come later or are erased, segments that are compacted, a closing, and another branch of the charters.
class Scenario {
 public:
  Scenario() {
    ProjectBuilder project({.seed = 11, .desks = 2});
    LogBuilder& first = project.log(0);
    LogBuilder& second = project.log(1);
    first.append_articles(11);
    first.append_with_attachment({octets_from("picture", 1), 9});
    second.append_with_attachment({octets_from("picture", 2), 9});
    second.append_articles(8);
    add({batch_of(project.charters())});
    add({batch_of(first.bundle(0, 3))});
    add({batch_of(second.bundle(0, 2, {.bodies = false}))});
    add({batch_of(first.bundle(2, 6, {.head_size = 8})), batch_of(second.bundle(0, 4))});
    erase(first, 1, Text::kComesBack);
    project.update_charter();
    add({batch_of({project.charter()})});
    add({batch_of(first.bundle(6, 10))});
    erase(second, 0);
    add({batch_of(second.bundle(4, 9))});
    project.close_desk(1, 7);
    add({batch_of({project.charter()}), batch_of(first.bundle(10, 12))});
    add({batch_of(second.bundle(1, 2, {.head_size = 7}))});
    // Of segments that were compacted.
    erase(first, 4, Text::kElsewhereToo);  // the other desk has the same article
    erase(first, 9);
    erase(first, 7, Text::kElsewhereToo);
    erase(first, 10);
    add({batch_of(first.bundle(0, 2))});  // what was erased comes back
    erase(first, 11);
    // The charters after version 2 lose to another branch, in which the second desk is open.
    ProjectBuilder other({.seed = 11, .desks = 2});
    other.log(1).append_with_attachment({octets_from("picture", 2), 9});
    other.log(1).append_articles(8);
    other.update_charter();
    other.update_charter([](format::Charter& charter) { charter.title = "The other branch"; });
    const store::Charters branch{{other.charter()}, store::OnFork::kReplace};
    add({{branch, kTestTime}, batch_of(other.log(1).bundle(5, 8))});
    other.update_charter();
    add({batch_of({other.charter()})});
  }

  // What lies nowhere on the disk after so many groups: bodies as they were signed, and as they are stored.
  std::vector<Bytes> gone(std::size_t steps) const {
    std::vector<Bytes> out;
    for (const auto& [step, body] : erased_)
      if (step < steps) out.push_back(body);
    return out;
  }

  std::size_t size() const { return groups_.size(); }
  const std::vector<Batch>& group(std::size_t step) const { return groups_[step]; }
  // Everything held after so many groups.
  const std::string& state(std::size_t steps) const { return states_[steps]; }

 private:
  enum class Text { kGone, kComesBack, kElsewhereToo };
  void erase(const LogBuilder& log, std::uint64_t index, Text text = Text::kGone) {
    if (text == Text::kGone) {
      store::BodyCompressor compressor;
      erased_.emplace_back(groups_.size(), log.body(index));
      if (const auto stored = compressor.compress(log.body(index)); !stored.empty()) erased_.emplace_back(groups_.size(), stored);
    }
    add({{store::Erasure{log.name(), index, log.entry(index)}, kTestTime}});
  }
  void add(std::vector<Batch> group) {
    for (const auto& result : model_.commit(group)) TMZ_CHECK(result.has_value());
    groups_.push_back(std::move(group));
    states_.push_back(everything_in(model_));
  }

  store::MemoryStore model_;
  std::vector<std::vector<Batch>> groups_;
  std::vector<std::pair<std::size_t, Bytes>> erased_;  // by the group that erases them
  std::vector<std::string> states_{everything_in(model_)};
};

const Scenario& scenario() {
  static const Scenario made;
  return made;
}

// The index lies outside the disk that forgets. It is real, on a file system in memory where there is one.
class Trial {
 public:
  Trial() : folder_((::setenv("TMPDIR", fs::is_directory("/dev/shm") ? "/dev/shm" : "/tmp", 1), TemporaryFolder())) {
    fs::create_directories(store_folder());
  }

  Result<std::unique_ptr<SegmentStore>> open(FaultDisk& disk) {
    store::SegmentStoreSettings settings;
    settings.folder = store_folder();
    settings.segment_bytes = 3000;  // two or three groups
    settings.index_after_entries = 9;
    settings.compaction = {1, 0};
    return SegmentStore::open(disk, settings);
  }

  std::string store_folder() const { return (folder_.path() / "store").string(); }
  // Keeps a copy of the index under this name.
  void keep_index(const std::string& name) const {
    fs::remove_all(folder_.path() / name);
    if (fs::exists(index())) fs::copy(index(), folder_.path() / name, fs::copy_options::recursive);
  }
  // Puts a kept one in place of the index, or none if there was none of this name.
  void put_index(const std::string& name) const {
    fs::remove_all(index());
    if (fs::exists(folder_.path() / name)) fs::copy(folder_.path() / name, index(), fs::copy_options::recursive);
  }

 private:
  fs::path index() const { return folder_.path() / "store" / "index"; }
  TemporaryFolder folder_;
};

// Commits the groups from `step` on until one fails, and compacts what can be compacted after each. Returns the number of the first that is not acknowledged.
std::size_t run_from(SegmentStore& store, std::size_t step, std::size_t end, const std::function<void()>& before = {}) {
  for (; step < end; ++step) {
    if (before) before();
    for (const auto& result : store.commit(scenario().group(step)))
      if (!result) return step;
    while (store.compact().value_or(false)) {
    }
  }
  return step;
}

// Octets that should be nowhere and lie in a file of the store.
std::string found_of(FaultDisk& disk, const std::string& folder, const std::vector<Bytes>& gone) {
  for (const auto& name : must(disk.list(folder))) {
    const auto file = disk.open(folder + "/" + name);
    if (!file) continue;
    const Bytes octets = must(store::read_whole(**file));
    for (const Bytes& body : gone)
      if (octets.find(body) != Bytes::npos)
        return name + " holds what was erased, at " + std::to_string(octets.find(body)) + ": " + std::to_string(body.size());
  }
  return {};
}

class Explorer {
 public:
  explicit Explorer(std::optional<SyncSite> ignored = {}) : ignored_(ignored) {}

  // Everything that went wrong, at most the first few.
  std::vector<std::string> violations;

  void crash_everywhere() {
    for (std::uint64_t operation = 1; violations.size() < 5; ++operation)
      if (!crash_at(operation)) break;
  }
  std::uint64_t operations() const { return operations_; }

 private:
  // False if the scenario ends before this operation.
  bool crash_at(std::uint64_t operation) {
    const auto disk = new_disk();
    disk->plan(operation, FaultDisk::Fault::kCrash);
    trial_.put_index("none");
    std::size_t acknowledged = 0;
    {
      trial_.keep_index("older");
      auto store = trial_.open(*disk);
      // The older index is the one from before the last three groups.
      const auto keep = [&, count = 0]() mutable {
        if (++count % 3 == 0) trial_.keep_index("older");
      };
      if (store) acknowledged = run_from(**store, 0, scenario().size(), keep);
      trial_.keep_index("crashed");
    }
    if (!disk->crashed()) return false;
    operations_ = operation;
    for (const char* index : {"crashed", "older", "none"}) {
      where_ = "crash at operation " + std::to_string(operation) + ", index " + index;
      check_after(*disk, index, acknowledged, "killed", [](FaultDisk& copy) { copy.kill(); });
      check_after(*disk, index, acknowledged, "power cut, nothing survives",
                  [](FaultDisk& copy) { copy.cut_power(FaultDisk::Survivors::kNone, 0); });
      check_after(*disk, index, acknowledged, "power cut, all survives",
                  [](FaultDisk& copy) { copy.cut_power(FaultDisk::Survivors::kAll, 0); });
      for (std::uint64_t seed : {1U, 2U})
        check_after(*disk, index, acknowledged, "power cut, some survives", [&](FaultDisk& copy) {
          copy.cut_power(FaultDisk::Survivors::kSome, operation * 10 + seed);
        });
      check_second_crashes(*disk, index, acknowledged);
    }
    return true;
  }

  void check_after(const FaultDisk& crashed, const char* index, std::size_t acknowledged, const char* outcome,
                   const std::function<void(FaultDisk&)>& happen) {
    const auto disk = crashed.copy();
    happen(*disk);
    trial_.put_index(index);
    const std::string where = where_ + ", " + outcome;
    std::size_t step = acknowledged;
    {
      auto store = trial_.open(*disk);
      if (!store) return violated(where + ": does not start: " + store.error().text);
      const std::string held = everything_in(**store);
      if (held != scenario().state(step) && step < scenario().size()) ++step;
      if (held != scenario().state(step)) return violated(where + ": holds another state");
      if (const auto found = found_of(*disk, trial_.store_folder(), scenario().gone(step)); !found.empty())
        return violated(where + ": " + found);
      if (step > acknowledged && index == std::string("none")) {
        store = Result<std::unique_ptr<SegmentStore>>(nullptr);
        return check_retry(*disk, where, step);
      }
      const std::size_t next = std::min(step + 1, scenario().size());
      if (run_from(**store, step, next) != next) return violated(where + ": takes no more");
      step = next;
    }
    // The power is cut soon after: what the first run left unsynced must not count as durable.
    disk->cut_power(FaultDisk::Survivors::kNone, 0);
    auto store = trial_.open(*disk);
    if (!store) return violated(where + ", then cut again: does not start: " + store.error().text);
    if (everything_in(**store) != scenario().state(step)) return violated(where + ", then cut again: another state");
    if (const auto found = found_of(*disk, trial_.store_folder(), scenario().gone(step)); !found.empty())
      return violated(where + ", then cut again: " + found);
    if (run_from(**store, step, scenario().size()) != scenario().size())
      return violated(where + ", then cut again: takes no more");
    if (everything_in(**store) != scenario().state(scenario().size())) violated(where + ": ends in another state");
  }

  // The process was killed, and the start that follows is cut off in turn by each of its own operations. Then the power
  // goes: the start must not have built upon anything that it had not made durable.
  void check_second_crashes(const FaultDisk& crashed, const char* index, std::size_t acknowledged) {
    for (std::uint64_t operation = 1;; ++operation) {
      const auto disk = crashed.copy();
      disk->kill();
      disk->plan(operation, FaultDisk::Fault::kCrash);
      trial_.put_index(index);
      static_cast<void>(trial_.open(*disk));
      if (!disk->crashed()) return;
      const std::string where = where_ + ", killed, and again at operation " + std::to_string(operation) + " of the start";
      disk->cut_power(FaultDisk::Survivors::kNone, 0);
      auto store = trial_.open(*disk);
      if (!store) return violated(where + ": does not start: " + store.error().text);
      const std::string held = everything_in(**store);
      const std::size_t under_way = std::min(acknowledged + 1, scenario().size());
      if (held != scenario().state(acknowledged) && held != scenario().state(under_way))
        violated(where + ": holds another state");
    }
  }

  // The group under way was there, so a sender who tries again hears at once that all of it is held. From then on it
  // counts as acknowledged.
  void check_retry(FaultDisk& disk, const std::string& where, std::size_t step) {
    {
      auto store = trial_.open(disk);
      if (!store) return violated(where + ", again: does not start: " + store.error().text);
      if (run_from(**store, step - 1, step) != step) return violated(where + ": refuses a retry");
    }
    disk.cut_power(FaultDisk::Survivors::kNone, 0);
    auto store = trial_.open(disk);
    if (!store) return violated(where + ", retried, then cut: does not start: " + store.error().text);
    if (everything_in(**store) != scenario().state(step)) violated(where + ", retried, then cut: another state");
  }

  std::unique_ptr<FaultDisk> new_disk() const {
    auto disk = std::make_unique<FaultDisk>();
    if (ignored_) disk->ignore(*ignored_);
    return disk;
  }
  void violated(std::string what) { violations.push_back(std::move(what)); }

  std::optional<SyncSite> ignored_;
  Trial trial_;
  std::string where_;
  std::uint64_t operations_ = 0;
};

TEST(SegmentCrash, LosesNothingAcknowledgedWhereverItCrashes) {
  Explorer explorer;
  explorer.crash_everywhere();
  EXPECT_EQ(explorer.violations, std::vector<std::string>());
  EXPECT_GT(explorer.operations(), 30U);
}

class EverySync : public testing::TestWithParam<SyncSite> {};

TEST_P(EverySync, IsNeeded) {
  Explorer explorer(GetParam());
  explorer.crash_everywhere();
  EXPECT_FALSE(explorer.violations.empty()) << "nobody noticed that this sync does nothing";
}

INSTANTIATE_TEST_SUITE_P(CompactionCrash, EverySync, testing::ValuesIn(store::kCompactionSyncSites), [](const auto& site) {
  return site.param == SyncSite::kCompacted ? "Compacted" : "CompactedName";
});
INSTANTIATE_TEST_SUITE_P(OverwriteCrash, EverySync, testing::ValuesIn(store::kOverwriteSyncSites), [](const auto& site) {
  switch (site.param) {
    case SyncSite::kOverwrites:
      return "Overwrites";
    case SyncSite::kOverwritesName:
      return "OverwritesName";
    default:
      return "OverwrittenBody";
  }
});
INSTANTIATE_TEST_SUITE_P(SegmentCrash, EverySync, testing::ValuesIn(store::kSegmentSyncSites), [](const auto& site) {
  switch (site.param) {
    case SyncSite::kGroup:
      return "Group";
    case SyncSite::kNewSegment:
      return "NewSegment";
    case SyncSite::kStoreFolder:
      return "StoreFolder";
    case SyncSite::kRecoveredTail:
      return "RecoveredTail";
    case SyncSite::kRecoveredFolder:
      return "RecoveredFolder";
    default:
      break;  // of attachments and copies
  }
  return "Unknown";
});

// What a sync that fails has done in truth.
class SegmentFailure : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<FaultDisk> failing_disk(std::uint64_t operation, FaultDisk::Fault fault) {
    auto disk = std::make_unique<FaultDisk>();
    disk->set_failed_sync_writes(GetParam());
    disk->plan(operation, fault);
    trial.put_index("none");
    return disk;
  }
  Trial trial;
};

// An operation fails and the program goes on: the group is refused, the next attempt succeeds, and what was
// acknowledged before and after survives the power.
TEST_P(SegmentFailure, GoesOnAfterAnyOperation) {
  for (std::uint64_t operation = 1;; ++operation) {
    SCOPED_TRACE(testing::Message() << "operation " << operation);
    const auto disk = failing_disk(operation, FaultDisk::Fault::kFail);
    auto store = trial.open(*disk);
    if (!store) store = trial.open(*disk);
    ASSERT_TRUE(store) << store.error().text;
    std::size_t step = run_from(**store, 0, scenario().size());
    EXPECT_EQ(everything_in(**store), scenario().state(step));
    ASSERT_EQ(run_from(**store, step, scenario().size()), scenario().size());
    EXPECT_EQ(everything_in(**store), scenario().state(scenario().size()));
    store = Result<std::unique_ptr<SegmentStore>>(nullptr);
    const bool reached = disk->operations() >= operation;
    disk->cut_power(FaultDisk::Survivors::kNone, 0);
    store = trial.open(*disk);
    ASSERT_TRUE(store) << store.error().text;
    EXPECT_EQ(everything_in(**store), scenario().state(scenario().size()));
    EXPECT_EQ(found_of(*disk, trial.store_folder(), scenario().gone(scenario().size())), "");
    if (!reached) break;
  }
}

// A sync failed, so its pages count as clean, and the process dies before it can do anything about it. The next run
// finds the group in the cache.
TEST_P(SegmentFailure, IsNotForgottenByTheNextRun) {
  for (std::uint64_t operation = 1;; ++operation) {
    SCOPED_TRACE(testing::Message() << "operation " << operation);
    const auto disk = failing_disk(operation, FaultDisk::Fault::kFailAndCrash);
    std::size_t step = 0;
    {
      const auto store = trial.open(*disk);
      if (store) step = run_from(**store, 0, scenario().size());
    }
    if (!disk->crashed()) break;
    disk->kill();
    auto store = trial.open(*disk);
    ASSERT_TRUE(store) << store.error().text;
    const std::string held = everything_in(**store);
    if (held != scenario().state(step)) ++step;
    ASSERT_EQ(held, scenario().state(step));
    const std::size_t next = std::min(step + 1, scenario().size());
    ASSERT_EQ(run_from(**store, step, next), next);
    store = Result<std::unique_ptr<SegmentStore>>(nullptr);
    disk->cut_power(FaultDisk::Survivors::kNone, 0);
    store = trial.open(*disk);
    ASSERT_TRUE(store) << store.error().text;
    EXPECT_EQ(everything_in(**store), scenario().state(next));
  }
}

INSTANTIATE_TEST_SUITE_P(SegmentCrash, SegmentFailure, testing::Bool(), [](const auto& everything) {
  return everything.param ? "SyncWroteEverything" : "SyncWroteNothing";
});

TEST(SegmentCrash, ServesWhileTheDiskIsFullAndTakesMoreWhenThereIsSpaceAgain) {
  Trial trial;
  FaultDisk disk;
  auto store = must(trial.open(disk));
  ASSERT_EQ(run_from(*store, 0, 2), 2U);
  disk.set_full(true);
  const std::size_t step = run_from(*store, 2, scenario().size());  // what the segment has room for is still taken
  ASSERT_LT(step, scenario().size());
  for (int attempt = 0; attempt < 3; ++attempt)
    for (const auto& result : store->commit(scenario().group(step))) {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, store::kStoreFailed);
      EXPECT_NE(result.error().text.find("full"), std::string::npos);
    }
  EXPECT_EQ(everything_in(*store), scenario().state(step));
  disk.set_full(false);
  EXPECT_EQ(run_from(*store, step, scenario().size()), scenario().size());
  EXPECT_EQ(everything_in(*store), scenario().state(scenario().size()));
}

}  // namespace
}  // namespace tamizdat::tests
