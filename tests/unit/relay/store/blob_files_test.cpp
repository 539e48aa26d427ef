#include "relay/store/blob_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <thread>

#include "proto/format/limits.h"
#include "tests/support/project_builder.h"
#include "tests/support/store_fault_disk.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::store {
namespace {

using format::kBlockBytes;
using tests::FaultDisk;

constexpr std::size_t kBlocks = 7;

struct Blob {
  explicit Blob(std::size_t size) {
    for (std::size_t i = 0; octets.size() < size; ++i)
      octets.append(std::min(kBlockBytes, size - octets.size()), static_cast<char>('a' + i % 26));
    const auto tree = format::BlobTree::from_bytes(octets).value();
    id = tree.id();
    leaves.assign(tree.leaves().begin(), tree.leaves().end());
  }
  BytesView block(std::size_t i) const { return BytesView(octets).substr(i * kBlockBytes, kBlockBytes); }

  Bytes octets;
  BlobId id;
  std::vector<Hash32> leaves;
};

Bytes whole_of(BlobFiles& files, const Blob& blob) {
  Bytes out;
  for (std::size_t i = 0; i < blob.leaves.size(); ++i) out += files.read_block(blob.id, i).value_or(Bytes("?"));
  return out;
}

class BlobFilesTest : public testing::Test {
 protected:
  BlobFilesTest() { reopen(); }
  void reopen() {
    files = nullptr;
    files = tests::must(BlobFiles::open(disk, folder.path() / "attachments"));
  }
  std::filesystem::path path(const Blob& of, const char* suffix = "") const {
    return folder.path() / "attachments" / (of.id.text() + suffix);
  }
  void alter(const std::filesystem::path& file, std::size_t offset) const {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.put('!');
  }
  void put_all(const Blob& of) {
    ASSERT_TRUE(files->put_leaves(of.id, of.leaves));
    for (std::size_t i = 0; i < of.leaves.size(); ++i) ASSERT_TRUE(files->put_block(of.id, i, of.block(i)));
  }

  void put_some(const Blob& of) {
    ASSERT_TRUE(files->put_leaves(of.id, of.leaves));
    for (const std::size_t i : {0u, 2u}) ASSERT_TRUE(files->put_block(of.id, i, of.block(i)));
  }
  // Of `blob`, of which put_some() brought two. One is altered behind the back of `files`: it counts as there until all are
  // looked at again.
  bool looks_again_after(const std::function<void()>& meanwhile) {
    alter(path(blob, ".part"), 3);
    meanwhile();
    const auto missing = files->missing(blob.id, 9).value();
    return missing.empty() || missing[0].first == 0;
  }

  tests::TemporaryFolder folder;
  PosixDisk disk;
  std::unique_ptr<BlobFiles> files;
  const Blob blob{(kBlocks - 1) * kBlockBytes + 5};
};

TEST_F(BlobFilesTest, TakesBlocksInAnyOrderAndIsWholeWithTheLast) {
  EXPECT_EQ(files->state(blob.id), BlobState::kUnknown);
  EXPECT_EQ(files->missing(blob.id, 9).value(), (std::vector<BlockRange>{{0, kBlocks}}));
  ASSERT_TRUE(files->put_leaves(blob.id, blob.leaves));
  for (const std::size_t i : {6u, 0u, 3u, 1u, 5u, 3u}) EXPECT_EQ(files->put_block(blob.id, i, blob.block(i)).value(), BlobState::kPart);
  EXPECT_EQ(files->missing(blob.id, 9).value(), (std::vector<BlockRange>{{2, 1}, {4, 1}}));
  EXPECT_EQ(files->missing(blob.id, 1).value(), (std::vector<BlockRange>{{2, 1}}));
  EXPECT_EQ(files->read_block(blob.id, 3).value(), blob.block(3));
  EXPECT_EQ(files->read_block(blob.id, 4).error().code, kBlockMissing);
  ASSERT_TRUE(files->put_block(blob.id, 2, blob.block(2)));
  EXPECT_EQ(files->put_block(blob.id, 4, blob.block(4)).value(), BlobState::kWhole);
  EXPECT_EQ(files->put_block(blob.id, 4, blob.block(4)).value(), BlobState::kWhole);
  EXPECT_EQ(whole_of(*files, blob), blob.octets);
  EXPECT_EQ(files->leaves(blob.id).value(), blob.leaves);
  EXPECT_EQ(std::filesystem::file_size(path(blob)), blob.octets.size());
  EXPECT_EQ(files->count(), 1U);
  reopen();
  EXPECT_EQ(files->state(blob.id), BlobState::kWhole);
  EXPECT_EQ(whole_of(*files, blob), blob.octets);
}

TEST_F(BlobFilesTest, OneBlockNeedsNoLeaves) {
  const Blob small(11);
  EXPECT_EQ(files->put_block(small.id, 0, small.block(0)).value(), BlobState::kWhole);
  EXPECT_EQ(whole_of(*files, small), small.octets);
  EXPECT_FALSE(std::filesystem::exists(path(small, ".leaves")));
}

TEST_F(BlobFilesTest, RefusesWhatDoesNotBelong) {
  EXPECT_EQ(files->put_block(blob.id, 0, blob.block(0)).error().code, kBlobLeavesMissing);
  auto wrong = blob.leaves;
  std::swap(wrong[0], wrong[1]);
  EXPECT_EQ(files->put_leaves(blob.id, wrong).error().code, format::kBlobLeavesWrong);
  ASSERT_TRUE(files->put_leaves(blob.id, blob.leaves));
  EXPECT_EQ(files->put_block(blob.id, 0, blob.block(1)).error().code, format::kBlockWrong);
  EXPECT_EQ(files->put_block(blob.id, 6, blob.block(6).substr(1)).error().code, format::kBlockWrong);
  EXPECT_EQ(files->put_block(blob.id, 7, blob.block(0)).error().code, format::kBlockWrong);
  EXPECT_EQ(files->read_block(blob.id, 7).error().code, kBlobUnknown);
  EXPECT_EQ(files->leaves(Blob(3).id).error().code, kBlobUnknown);
  EXPECT_EQ(files->missing({blob.id.root, 0}, 9).error().code, format::kBlobSizeInvalid);
  EXPECT_FALSE(std::filesystem::exists(path(blob, ".part")));
}

TEST_F(BlobFilesTest, APartIsTakenUpAgainAfterAStart) {
  ASSERT_TRUE(files->put_leaves(blob.id, blob.leaves));
  for (const std::size_t i : {0u, 2u, 6u}) ASSERT_TRUE(files->put_block(blob.id, i, blob.block(i)));
  alter(path(blob, ".part"), 2 * kBlockBytes + 100);
  reopen();
  EXPECT_EQ(files->state(blob.id), BlobState::kPart);
  EXPECT_EQ(files->missing(blob.id, 9).value(), (std::vector<BlockRange>{{1, 5}}));
  // Without its leaf hashes too, as soon as they come again.
  std::filesystem::remove(path(blob, ".leaves"));
  reopen();
  EXPECT_EQ(files->put_block(blob.id, 1, blob.block(1)).error().code, kBlobLeavesMissing);
  put_all(blob);
  EXPECT_EQ(whole_of(*files, blob), blob.octets);
}

TEST_F(BlobFilesTest, ALastBlockWithoutItsNameIsFoundAtTheNextUse) {
  ASSERT_TRUE(files->put_leaves(blob.id, blob.leaves));
  ASSERT_TRUE(files->put_block(blob.id, 0, blob.block(0)));
  files = nullptr;
  std::ofstream(path(blob, ".part"), std::ios::binary) << blob.octets;
  reopen();
  EXPECT_TRUE(files->missing(blob.id, 9).value().empty());
  EXPECT_EQ(files->state(blob.id), BlobState::kWhole);
}

TEST_F(BlobFilesTest, DamageIsNeverServedAndOnlyItIsFetchedAgain) {
  put_all(blob);
  alter(path(blob), 3 * kBlockBytes);
  alter(path(blob), 5 * kBlockBytes + 1);
  EXPECT_EQ(files->read_block(blob.id, 2).value(), blob.block(2));
  EXPECT_EQ(files->read_block(blob.id, 3).error().code, kBlobDamaged);
  EXPECT_EQ(files->state(blob.id), BlobState::kPart);
  EXPECT_EQ(files->missing(blob.id, 9).value(), (std::vector<BlockRange>{{3, 1}, {5, 1}}));
  ASSERT_TRUE(files->put_block(blob.id, 5, blob.block(5)));
  EXPECT_EQ(files->put_block(blob.id, 3, blob.block(3)).value(), BlobState::kWhole);
  EXPECT_EQ(whole_of(*files, blob), blob.octets);
}

TEST_F(BlobFilesTest, LostOrWrongLeavesAreComputedAgain) {
  put_all(blob);
  files = nullptr;
  alter(path(blob, ".leaves"), 40);
  reopen();
  EXPECT_EQ(files->leaves(blob.id).value(), blob.leaves);
  files = nullptr;
  std::filesystem::remove(path(blob, ".leaves"));
  reopen();
  EXPECT_EQ(whole_of(*files, blob), blob.octets);
  files = nullptr;
  std::filesystem::remove(path(blob, ".leaves"));
  alter(path(blob), 0);
  reopen();
  EXPECT_EQ(files->leaves(blob.id).error().code, kBlobDamaged);
  EXPECT_EQ(files->state(blob.id), BlobState::kPart);
}

TEST_F(BlobFilesTest, ManyAreUsedAtATimeFromManyThreads) {
  std::vector<Blob> blobs;
  for (std::size_t i = 0; i < 100; ++i) blobs.emplace_back(2 * kBlockBytes + i + 1);
  const auto work = [&](std::size_t first) {
    for (std::size_t round = 0; round < 3; ++round)
      for (std::size_t i = first; i < blobs.size(); i += 2) {
        ASSERT_TRUE(files->put_leaves(blobs[i].id, blobs[i].leaves));
        ASSERT_TRUE(files->put_block(blobs[i].id, round, blobs[i].block(round)));
      }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (const auto& item : blobs) EXPECT_EQ(whole_of(*files, item), item.octets);
  EXPECT_EQ(files->count(), blobs.size());
}

// An id costs nothing to invent, but finding the blocks of a part again costs a look at all of them.
TEST_F(BlobFilesTest, QuestionsAboutInventedIdsPushNothingOut) {
  put_some(blob);
  EXPECT_FALSE(looks_again_after([&] {
    for (std::uint64_t size = 1; size <= 200; ++size)
      EXPECT_EQ(files->missing({blob.id.root, size}, 9).value(), (std::vector<BlockRange>{{0, 1}}));
  }));
}

TEST_F(BlobFilesTest, WholeAttachmentsAreClosedBeforeParts) {
  put_some(blob);
  EXPECT_FALSE(looks_again_after([&] {
    for (std::size_t size = 1; size <= 200; ++size) {
      const Blob other(size);
      put_all(other);
      EXPECT_EQ(whole_of(*files, other), other.octets);
    }
  }));
}

TEST_F(BlobFilesTest, ReadsARangeOfLeaves) {
  EXPECT_EQ(files->read_leaves(blob.id, 0, 1).error().code, kBlobUnknown);
  put_all(blob);
  EXPECT_EQ(files->read_leaves(blob.id, 2, 2).value(), Bytes(blob.leaves[2].view()) + Bytes(blob.leaves[3].view()));
  EXPECT_EQ(files->read_leaves(blob.id, 0, kBlocks).value().size(), kBlocks * 32);
}

// ---- crashes ----

constexpr const char* kFolder = "store/attachments";

// What goes wrong if the process dies, or the disk fails, at each operation in turn: an attachment that was called whole
// must be whole after a start, and one that was not must still come to be whole.
class Explorer {
 public:
  explicit Explorer(std::optional<SyncSite> ignored) : ignored_(ignored) {}

  std::vector<std::string> run() {
    for (const auto fault : {FaultDisk::Fault::kCrash, FaultDisk::Fault::kFail, FaultDisk::Fault::kFailAndCrash})
      for (std::uint64_t operation = 1; violations_.size() < 5 && fault_at(operation, fault); ++operation) {
      }
    return violations_;
  }

 private:
  bool fault_at(std::uint64_t operation, FaultDisk::Fault fault) {
    FaultDisk disk;
    TMZ_CHECK(disk.make_folder("store").has_value());
    TMZ_CHECK(disk.sync_folder(".", SyncSite::kStoreFolder).has_value());
    if (ignored_) disk.ignore(*ignored_);
    disk.plan(operation, fault);
    const bool acknowledged = send(disk);
    if (disk.operations() < operation) return false;
    const auto where = "fault at operation " + std::to_string(operation);
    for (const std::uint64_t seed : {0u, 1u, 2u, 3u}) {
      const auto copy = disk.copy();
      if (seed == 0) copy->kill();
      if (seed == 1) copy->cut_power(FaultDisk::Survivors::kNone, 0);
      if (seed > 1) copy->cut_power(FaultDisk::Survivors::kSome, operation * 10 + seed);
      if (acknowledged && !is_whole(*copy)) violations_.push_back(where + ": what was acknowledged is lost");
      if (!send(*copy) || !is_whole(*copy)) violations_.push_back(where + ": cannot be sent again");
      copy->cut_power(FaultDisk::Survivors::kNone, 0);
      if (!is_whole(*copy)) violations_.push_back(where + ": sent again, then lost");
    }
    return true;
  }

  // As a client does: leaves, what is missing, once more after an error. True if it was told that all of it is there.
  bool send(FaultDisk& disk) {
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto files = BlobFiles::open(disk, kFolder);
      if (files && (*files)->state(blob_.id) == BlobState::kWhole) return true;
      if (!files || !(*files)->put_leaves(blob_.id, blob_.leaves)) continue;
      const auto missing = (*files)->missing(blob_.id, 99);
      if (!missing) continue;
      for (const auto& range : *missing)
        for (auto i = range.first + range.count; i-- > range.first;)
          static_cast<void>((*files)->put_block(blob_.id, i, blob_.block(static_cast<std::size_t>(i))));
      if ((*files)->state(blob_.id) == BlobState::kWhole) return true;
    }
    return false;
  }

  bool is_whole(FaultDisk& disk) {
    const auto files = BlobFiles::open(disk, kFolder);
    return files && whole_of(**files, blob_) == blob_.octets;
  }

  const std::optional<SyncSite> ignored_;
  const Blob blob_{3 * kBlockBytes + 1};
  std::vector<std::string> violations_;
};

TEST(BlobFilesCrash, LosesNothingAcknowledgedWhereverItHappens) {
  EXPECT_EQ(Explorer({}).run(), std::vector<std::string>());
}

// The process dies, or the disk fails, at each operation of an erasure: after one that was acknowledged nothing is left,
// and after another one nothing stands in the way of the next. Gives what went wrong.
std::vector<std::string> erase_everywhere(std::optional<SyncSite> ignored) {
  const Blob blob{3 * kBlockBytes + 1};
  std::vector<std::string> violations;
  for (const auto fault : {FaultDisk::Fault::kCrash, FaultDisk::Fault::kFail, FaultDisk::Fault::kFailAndCrash})
    for (std::uint64_t operation = 1;; ++operation) {
      FaultDisk disk;
      TMZ_CHECK(disk.make_folder("store").has_value());
      TMZ_CHECK(disk.sync_folder(".", SyncSite::kStoreFolder).has_value());
      auto files = tests::must(BlobFiles::open(disk, kFolder));
      TMZ_CHECK(files->put_leaves(blob.id, blob.leaves).has_value());
      for (std::size_t i = 0; i < blob.leaves.size(); ++i) TMZ_CHECK(files->put_block(blob.id, i, blob.block(i)).has_value());
      if (ignored) disk.ignore(*ignored);
      disk.plan(operation, fault);
      const bool acknowledged = files->erase(blob.id).has_value();
      if (disk.operations() < operation) break;
      for (const std::uint64_t seed : {0U, 1U, 2U, 3U}) {
        const auto copy = disk.copy();
        if (seed == 0) copy->kill();
        if (seed == 1) copy->cut_power(FaultDisk::Survivors::kNone, 0);
        if (seed > 1) copy->cut_power(FaultDisk::Survivors::kSome, operation * 10 + seed);
        auto again = tests::must(BlobFiles::open(*copy, kFolder));
        const auto where = "fault at operation " + std::to_string(operation) + ": ";
        if (acknowledged && again->state(blob.id) != BlobState::kUnknown) violations.push_back(where + "it is back");
        if (!again->erase(blob.id)) violations.push_back(where + "cannot be erased again");
        copy->cut_power(FaultDisk::Survivors::kNone, 0);
        again = tests::must(BlobFiles::open(*copy, kFolder));
        if (again->state(blob.id) != BlobState::kUnknown) violations.push_back(where + "erased again, and back");
        for (const auto& name : tests::must(copy->list(kFolder)))
          if (tests::must(copy->open(std::string(kFolder) + "/" + name))->size().value() > 0) violations.push_back(where + name + " is left");
      }
    }
  return violations;
}

TEST(BlobFilesCrash, LeavesNothingOfWhatWasErasedWhereverItHappens) {
  EXPECT_EQ(erase_everywhere({}), std::vector<std::string>());
}

// Without the sync of the zeros the octets stay where they are when their name goes; a disk in memory has no such place.
TEST(BlobFilesCrash, ANameThatIsNotSyncedComesBack) { EXPECT_FALSE(erase_everywhere(SyncSite::kBlobName).empty()); }

class EveryBlobSync : public testing::TestWithParam<SyncSite> {};

TEST_P(EveryBlobSync, IsNeeded) {
  EXPECT_FALSE(Explorer(GetParam()).run().empty()) << "nobody noticed that this sync does nothing";
}

INSTANTIATE_TEST_SUITE_P(BlobFilesCrash, EveryBlobSync, testing::ValuesIn(kBlobSyncSites));

}  // namespace
}  // namespace tamizdat::store
