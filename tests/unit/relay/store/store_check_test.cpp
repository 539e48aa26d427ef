#include "relay/store/store_check.h"

#include <gmock/gmock.h>

#include "tests/unit/relay/store/store_on_disk.h"

namespace tamizdat::tests {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

using StoreCheckTest = StoreOnDisk;

TEST_F(StoreCheckTest, CountsWhatIsInOrder) {
  const StoreFindings found = check();
  EXPECT_THAT(found.faults, IsEmpty());
  EXPECT_GT(found.segments, 3u);
  EXPECT_EQ(found.groups, 31u);
  EXPECT_EQ(found.projects, 1u);
  EXPECT_EQ(found.logs, 1u);
  EXPECT_EQ(found.entries, 300u);
  EXPECT_EQ(found.bodies, 300u);
  EXPECT_TRUE(found.has_index);
}

TEST_F(StoreCheckTest, NamesTheDamagedEntryAndReadsOnBehindIt) {
  damage(header(137));
  const StoreFindings found = check();
  EXPECT_THAT(found.faults, Contains(HasSubstr(entry_text(137) + " is damaged")));
  EXPECT_THAT(found.faults, Contains(HasSubstr("cannot be checked against its signed head")));
  EXPECT_EQ(found.faults.size(), 2u) << testing::PrintToString(found.faults);
  EXPECT_EQ(found.entries, 300u);
  EXPECT_EQ(found.bodies, 299u);
}

TEST_F(StoreCheckTest, FindsATextThatItsHeaderDoesNotCommitTo) {
  forge(header(137), [](Bytes&, Bytes& body) { body.back() = static_cast<char>(body.back() ^ 1); });
  const StoreFindings found = check();
  ASSERT_EQ(found.faults.size(), 1u) << testing::PrintToString(found.faults);
  EXPECT_THAT(found.faults[0], HasSubstr(entry_text(137)));
  EXPECT_THAT(found.faults[0], HasSubstr("has a text that"));
}

TEST_F(StoreCheckTest, FindsAHeaderThatTheDeskDidNotSign) {
  forge(header(137), [](Bytes& header, Bytes&) {
    const Hash32 commitment = format::parse_header(header)->body_commitment;
    const std::size_t at = header.find(commitment.view());
    header[at] = static_cast<char>(header[at] ^ 1);
  });
  const auto faults = check().faults;
  EXPECT_THAT(faults, Contains(HasSubstr("not the one its header commits to")));
  EXPECT_THAT(faults, Contains(HasSubstr("do not lead to the root that its desk signed")));
}

TEST_F(StoreCheckTest, NamesEveryEntryOfAHole) {
  const Bytes first = header(120);
  for (const auto& path : segments(settings.folder)) {
    std::string content = read(path);
    const std::size_t at = content.find(first);
    if (at == std::string::npos) continue;
    const std::size_t size = std::min<std::size_t>(content.size() - at, 200);
    write(path, content.replace(at - 30, size, size, '\xff'));
  }
  const StoreFindings found = check();
  EXPECT_THAT(found.faults, Contains(HasSubstr(entry_text(120) + " is damaged")));
  EXPECT_EQ(found.entries, 300u) << testing::PrintToString(found.faults);
}

TEST_F(StoreCheckTest, MissesASegmentThatIsGone) {
  fs::remove(segments(settings.folder)[1]);
  EXPECT_THAT(check().faults, Contains(HasSubstr("are missing before 0000000003.segment")));
}

TEST_F(StoreCheckTest, MissesAnEndThatTheIndexKnows) {
  const auto last = segments(settings.folder).back();
  fs::resize_file(last, fs::file_size(last) - 5);
  EXPECT_THAT(check().faults, Contains(HasSubstr("group 31 is damaged or gone")));
}

TEST_F(StoreCheckTest, AnUnfinishedGroupAfterACrashIsNoFault) {
  const auto last = segments(settings.folder).back();
  write(last, read(last) + read(last).substr(28, 40));
  const StoreFindings found = check();
  EXPECT_THAT(found.faults, IsEmpty());
  EXPECT_EQ(found.octets_unfinished, 40u);
}

TEST_F(StoreCheckTest, ADamagedCharterIsFound) {
  damage(project.charters().front().signed_bytes(), 40);
  EXPECT_THAT(check().faults, Contains(HasSubstr("has no charter that can be read")));
}

TEST_F(StoreCheckTest, AnIndexThatIsWrongIsFoundAndReindexMendsIt) {
  // An index of the same size, made from another newsroom's store.
  ProjectBuilder other(2);
  other.log().append_articles(300);
  store::SegmentStoreSettings elsewhere = settings;
  elsewhere.folder = folder.path().string() + "/other";
  {
    const auto store = must(SegmentStore::open(disk, elsewhere));
    ASSERT_TRUE(commit_one(*store, batch_of(other.charters())));
    ASSERT_TRUE(commit_one(*store, batch_of(other.log().bundle(0, 300))));
    must_close(*store);
  }
  fs::copy_file(elsewhere.folder + "/index/data.mdb", settings.folder + "/index/data.mdb",
                fs::copy_options::overwrite_existing);
  EXPECT_THAT(check().faults, Contains(HasSubstr("reindex")));
  const auto report = must(SegmentStore::reindex(disk, settings));
  EXPECT_EQ(report.index, store::RecoveryReport::Index::kRemade);
  EXPECT_EQ(report.entries, 300u);
  EXPECT_THAT(check().faults, IsEmpty());
  EXPECT_FALSE(fs::exists(settings.folder + "/index.new"));
  EXPECT_EQ(open()->recovery().index, store::RecoveryReport::Index::kUsed);
}

TEST_F(StoreCheckTest, AReindexThatFailsLeavesTheOldIndex) {
  damage(header(137));
  const std::string before = read(settings.folder + "/index/data.mdb");
  const auto report = SegmentStore::reindex(disk, settings);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, store::kStoreDamaged);
  EXPECT_EQ(read(settings.folder + "/index/data.mdb"), before);
}

// A start takes a damaged group at the very end for one that a crash tore. The old index knows better.
TEST_F(StoreCheckTest, AReindexCutsNothingThatTheOldIndexKnows) {
  damage(header(299));
  const std::string before = read(segments(settings.folder).back());
  const auto report = SegmentStore::reindex(disk, settings);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, store::kStoreDamaged);
  EXPECT_EQ(read(segments(settings.folder).back()), before);
}

TEST_F(StoreCheckTest, IsRefusedWhileTheStoreIsOpen) {
  const auto store = open();
  const auto checked = store::check_store(disk, settings.folder);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, store::kFolderInUse);
  const auto report = SegmentStore::reindex(disk, settings);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, store::kFolderInUse);
}

}  // namespace
}  // namespace tamizdat::tests
