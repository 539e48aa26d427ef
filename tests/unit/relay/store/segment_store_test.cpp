#include "relay/store/segment_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/store_contract.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/relay/store/segment_folder.h"

namespace tamizdat::tests {
namespace {

namespace fs = std::filesystem;
using store::RecoveryReport;
using store::SegmentStore;

// How a run ends before the next one starts.
enum class Ending { kClosed, kKilled, kKilledAndIndexLost };

class SegmentsUnderTest : public StoreUnderTest {
 public:
  SegmentsUnderTest(std::uint32_t segment_bytes, std::size_t index_after_entries, Ending ending) : ending_(ending) {
    settings_.folder = folder_.path().string() + "/store";
    settings_.segment_bytes = segment_bytes;
    settings_.index_after_entries = index_after_entries;
    start();
  }
  store::Store& store() override { return *store_; }
  void reopen() override {
    if (ending_ == Ending::kClosed) {
      const auto closed = store_->close();
      TMZ_CHECK(closed.has_value());
    }
    store_.reset();
    if (ending_ == Ending::kKilledAndIndexLost) fs::remove_all(settings_.folder + "/index");
    start();
  }

 private:
  void start() { store_ = must(SegmentStore::open(disk_, settings_)); }

  TemporaryFolder folder_;
  store::PosixDisk disk_;
  store::SegmentStoreSettings settings_;
  Ending ending_;
  std::unique_ptr<SegmentStore> store_;
};

StoreBackend segments(std::string name, std::uint32_t segment_bytes, std::size_t index_after_entries, Ending ending) {
  const auto make = [=] { return std::make_unique<SegmentsUnderTest>(segment_bytes, index_after_entries, ending); };
  return {std::move(name), make};
}

constexpr std::uint32_t kMany = 1 << 20;
constexpr std::uint32_t kOneGroup = 1;  // every group gets a segment of its own

INSTANTIATE_TEST_SUITE_P(
    Segments, StoreContract,
    testing::Values(segments("Closed", kMany, 1000, Ending::kClosed), segments("Killed", kMany, 1000, Ending::kKilled),
                    segments("KilledIndexedAtOnce", kMany, 1, Ending::kKilled),
                    segments("KilledIndexedSometimes", 64 * 1024, 130, Ending::kKilled),
                    segments("IndexLost", kMany, 130, Ending::kKilledAndIndexLost),
                    segments("SegmentAGroup", kOneGroup, 130, Ending::kKilled)),
    [](const auto& backend) { return backend.param.name; });

class SegmentStoreTest : public testing::Test {
 protected:
  SegmentStoreTest() {
    settings.folder = folder.path().string() + "/store";
    settings.segment_bytes = 1 << 20;
    project.log().append_articles(40);
  }
  std::unique_ptr<SegmentStore> open() { return must(SegmentStore::open(disk, settings)); }
  void commit(store::Store& store, std::uint64_t from, std::uint64_t to) {
    ASSERT_TRUE(commit_one(store, batch_of(project.log().bundle(from, to))));
  }
  std::vector<fs::path> segment_files() const { return tests::segments(fs::path(settings.folder)); }
  // Octets of the segment up to the last that is not zero.
  static std::size_t used(const std::string& segment) { return segment.find_last_not_of('\0') + 1; }

  TemporaryFolder folder;
  store::PosixDisk disk;
  store::SegmentStoreSettings settings;
  ProjectBuilder project;
};

TEST_F(SegmentStoreTest, ReportsWhatAStartFound) {
  {
    const auto store = open();
    EXPECT_EQ(store->recovery().index, RecoveryReport::Index::kNone);
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    commit(*store, 0, 10);
    ASSERT_TRUE(store->close());
  }
  {
    const auto store = open();
    EXPECT_EQ(store->recovery().index, RecoveryReport::Index::kUsed);
    EXPECT_EQ(store->recovery().groups_read, 0U);
    EXPECT_EQ(store->recovery().entries, 10U);
    commit(*store, 10, 15);
  }
  {
    const auto store = open();
    EXPECT_EQ(store->recovery().groups_read, 1U);
    EXPECT_EQ(store->recovery().entries_read, 5U);
    EXPECT_EQ(store->recovery().octets_cut, 0U);
  }
  fs::remove_all(settings.folder + "/index");
  const auto store = open();
  EXPECT_EQ(store->recovery().index, RecoveryReport::Index::kRemade);
  EXPECT_EQ(store->recovery().entries_read, 15U);
  EXPECT_NE(store->recovery().text().find("made again"), std::string::npos);
}

TEST_F(SegmentStoreTest, CutsATornTailAndSaysSo) {
  std::string before;
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    commit(*store, 0, 10);
    before = everything_in(*store);
    commit(*store, 10, 20);
  }
  const fs::path segment = segment_files().back();
  std::string octets = read(segment);
  const std::size_t size = used(octets);
  for (std::size_t i = size - 300; i < size - 200; ++i) octets[i] = 0;
  write(segment, octets);
  const auto store = open();
  EXPECT_EQ(everything_in(*store), before);
  EXPECT_GT(store->recovery().octets_cut, 0U);
  EXPECT_EQ(store->recovery().cut_from, segment.filename().string());
  commit(*store, 10, 40);
}

// A torn tail is one group. Damage before the last one is something else: what lies behind it was acknowledged.
TEST_F(SegmentStoreTest, CutsNothingWhereAnEarlierGroupIsDamaged) {
  std::string before;
  std::size_t first_end = 0;
  std::size_t second_end = 0;
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    first_end = used(read(segment_files().back()));
    commit(*store, 0, 10);
    second_end = used(read(segment_files().back()));
    commit(*store, 10, 20);
    before = everything_in(*store);
  }
  const fs::path segment = segment_files().back();
  const std::string whole = read(segment);
  for (const std::size_t at : {first_end + 2, first_end + 5, (first_end + second_end) / 2, second_end - 10}) {
    SCOPED_TRACE(at);
    std::string octets = whole;
    octets[at] ^= 1;
    write(segment, octets);
    const auto opened = SegmentStore::open(disk, settings);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, store::kStoreDamaged);
    EXPECT_NE(opened.error().text.find(segment.filename().string()), std::string::npos) << opened.error().text;
    EXPECT_EQ(read(segment), octets);
  }
  write(segment, whole);
  EXPECT_EQ(everything_in(*open()), before);
}

TEST_F(SegmentStoreTest, RefusesToStartWhereTheHeaderOfTheLastSegmentIsDamaged) {
  settings.segment_bytes = 1;
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    commit(*store, 0, 10);
  }
  settings.segment_bytes = 1 << 20;
  const auto refuses_without = [this](std::size_t octets_lost) {
    SCOPED_TRACE(octets_lost);
    const fs::path segment = segment_files().back();
    const std::string whole = read(segment);
    std::string octets = whole;
    octets.replace(0, octets_lost, octets_lost, '\0');
    write(segment, octets);
    const auto opened = SegmentStore::open(disk, settings);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, store::kStoreDamaged);
    EXPECT_EQ(read(segment), octets);
    write(segment, whole);
  };
  refuses_without(store::kSegmentHeaderBytes);  // one group in it
  {
    const auto store = open();
    commit(*store, 10, 20);
    commit(*store, 20, 30);
  }
  refuses_without(store::kSegmentHeaderBytes);
  refuses_without(512);  // and with it the beginning of its first group
  EXPECT_EQ(open()->recovery().entries, 30U);
}

TEST_F(SegmentStoreTest, TakesASegmentWithoutAHeaderAndWithoutGroupsForUnbegun) {
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    commit(*store, 0, 10);
  }
  write(settings.folder + "/0000000002.segment", std::string(5000, '\0'));
  const auto store = open();
  EXPECT_EQ(store->recovery().entries, 10U);
  EXPECT_EQ(store->recovery().segments_unbegun, 1U);
  commit(*store, 10, 20);
}

TEST_F(SegmentStoreTest, KeepsABoundedNumberOfFilesOpen) {
  settings.segment_bytes = 1;
  project.log().append_articles(260);
  const auto store = open();
  ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
  for (std::uint64_t i = 0; i < 300; ++i) commit(*store, i, i + 1);
  ASSERT_EQ(segment_files().size(), 301U);
  const auto is_segment = [](const fs::directory_entry& descriptor) {
    std::error_code gone;
    return fs::read_symlink(descriptor.path(), gone).extension() == ".segment";
  };
  EXPECT_LE(std::ranges::count_if(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator(), is_segment), 256);
  EXPECT_TRUE(store->entry(project.log().id(), 0));
}

TEST_F(SegmentStoreTest, RefusesToStartWithoutAcknowledgedGroups) {
  settings.segment_bytes = 1;
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    for (std::uint64_t i = 0; i < 4; ++i) commit(*store, i, i + 1);
  }
  const auto files = segment_files();
  ASSERT_EQ(files.size(), 5U);
  const std::string whole = read(files[2]);
  fs::remove(files[2]);
  EXPECT_EQ(SegmentStore::open(disk, settings).error().code, store::kStoreDamaged);
  write(files[2], whole.substr(0, whole.size() - 5));
  EXPECT_EQ(SegmentStore::open(disk, settings).error().code, store::kStoreDamaged);
  std::string flipped = whole;
  flipped[whole.size() / 2] ^= 1;
  write(files[2], flipped);
  EXPECT_EQ(SegmentStore::open(disk, settings).error().code, store::kStoreDamaged);
  write(files[2], whole);
  EXPECT_EQ(open()->recovery().entries, 4U);
}

TEST_F(SegmentStoreTest, RefusesSegmentsThatEndBeforeTheIndex) {
  settings.segment_bytes = 1;
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    commit(*store, 0, 10);
    ASSERT_TRUE(store->close());
  }
  fs::remove(segment_files().back());
  const auto opened = SegmentStore::open(disk, settings);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, store::kStoreDamaged);
}

TEST_F(SegmentStoreTest, RefusesSegmentsOfANewerVersion) {
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
  }
  const fs::path segment = segment_files().back();
  const std::string newer = store::encode({.version = store::kCompactedVersion + 1, .number = 1, .first_sequence = 1});
  write(segment, newer + read(segment).substr(newer.size()));
  EXPECT_EQ(SegmentStore::open(disk, settings).error().code, store::kStoreTooNew);
}

// An older program would take an erased body for damage.
TEST_F(SegmentStoreTest, RaisesTheVersionOfASegmentInWhichItErases) {
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    project.log().append_articles(2);
    ASSERT_TRUE(commit_one(*store, batch_of(project.log().bundle(0, 2))));
  }
  const fs::path segment = segment_files().back();
  const std::string older = store::encode({.version = 1, .number = 1, .first_sequence = 1});
  write(segment, older + read(segment).substr(older.size()));
  const auto store = open();
  ASSERT_TRUE(must(store->entry(project.log().id(), 0)).body);
  ASSERT_TRUE(commit_one(*store, {store::Erasure{project.log().name(), 0, project.log().entry(0)}, kTestTime}));
  EXPECT_EQ(store::decode_segment_header(read(segment))->version, store::kSegmentVersion);
  EXPECT_FALSE(must(store->entry(project.log().id(), 0)).body);
  EXPECT_TRUE(must(store->entry(project.log().id(), 1)).body);
}

TEST_F(SegmentStoreTest, MakesAnUnusableIndexAgain) {
  std::string before;
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    commit(*store, 0, 20);
    before = everything_in(*store);
    ASSERT_TRUE(store->close());
  }
  write(settings.folder + "/index/data.mdb", std::string(40'000, 'x'));
  const auto store = open();
  EXPECT_EQ(store->recovery().index, RecoveryReport::Index::kRemade);
  EXPECT_EQ(everything_in(*store), before);
}

TEST_F(SegmentStoreTest, NamesADamagedEntryInsteadOfServingIt) {
  const auto store = open();
  ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
  commit(*store, 0, 20);
  ASSERT_TRUE(store->close());
  const fs::path segment = segment_files().back();
  std::string octets = read(segment);
  octets[used(octets) - 100] ^= 1;  // in the last entry
  write(segment, octets);
  EXPECT_TRUE(store->entry(project.log().id(), 0));
  EXPECT_EQ(store->entry(project.log().id(), 19).error().code, store::kStoreFailed);
  EXPECT_EQ(store->bundle(project.log().id(), 0, 20).error().code, store::kStoreFailed);
  EXPECT_TRUE(store->bundle(project.log().id(), 0, 19));
}

TEST_F(SegmentStoreTest, LetsOneProcessHaveTheFolder) {
  const auto store = open();
  const auto second = SegmentStore::open(disk, settings);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, store::kFolderInUse);
  EXPECT_NE(second.error().text.find(settings.folder), std::string::npos);
}

TEST_F(SegmentStoreTest, CutsFilesToTheirUsedSizeWhenItCloses) {
  const auto store = open();
  ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
  EXPECT_EQ(fs::file_size(segment_files().back()), settings.segment_bytes);
  ASSERT_TRUE(store->close());
  EXPECT_LT(fs::file_size(segment_files().back()), 4096U);
}

TEST_F(SegmentStoreTest, TakesAGroupLargerThanASegment) {
  settings.segment_bytes = 1000;
  LogBuilder& log = project.log();
  std::string noise;
  for (std::uint64_t i = 0; noise.size() < 200'000; ++i) noise += octets_from("noise", i).view();
  log.append_raw(noise);
  {
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(project.charters())));
    commit(*store, 0, log.size());
  }
  EXPECT_EQ(open()->entry(log.id(), log.size() - 1)->body, noise);
}

}  // namespace
}  // namespace tamizdat::tests
