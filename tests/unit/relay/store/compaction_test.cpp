#include "relay/store/compaction.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "relay/store/backup.h"
#include "relay/store/compacted_file.h"
#include "relay/store/segment_scan.h"
#include "tests/unit/relay/store/store_on_disk.h"

namespace tamizdat::tests {
namespace {

using testing::IsEmpty;

// A segment with zeros at the beginning, in the middle, side by side with short ones, and at the end.
class CompactedFileTest : public testing::Test {
 protected:
  CompactedFileTest() {
    segment = store::encode({.number = 7, .first_sequence = 9});
    segment += Bytes(100, '\0') + "first" + Bytes(63, '\0') + "second" + Bytes(64, '\0') + "third" + Bytes(1000, '\0');
    write(path, *store::compacted(segment));
  }
  std::unique_ptr<store::File> open() { return must(store::open_segment(disk, path)).file; }

  TemporaryFolder folder;
  store::PosixDisk disk;
  std::string path = folder.path().string() + "/segment";
  Bytes segment;
};

TEST_F(CompactedFileTest, ReadsAsTheSegmentFromEveryPlaceOn) {
  EXPECT_LT(fs::file_size(path), 200U);
  const auto file = open();
  EXPECT_EQ(must(file->size()), segment.size());
  for (std::size_t at = 0; at <= segment.size(); ++at)
    for (const std::size_t size : {1U, 30U, 64U, 300U, 5000U}) {
      Bytes octets(size, 'x');
      octets.resize(must(file->read_at(at, octets)));
      ASSERT_EQ(octets, segment.substr(at, size)) << at << ", " << size;
    }
}

TEST_F(CompactedFileTest, SaysWhatIsLeftOutButForTheEnd) {
  const auto opened = must(store::open_segment(disk, path));
  EXPECT_EQ(opened.left_out, 164U);
  EXPECT_EQ(opened.size_on_disk, fs::file_size(path));
}

TEST_F(CompactedFileTest, OctetsThatAreThereCanBeWrittenOver) {
  const std::size_t at = segment.find("second") - 2;
  ASSERT_TRUE(open()->write_at(at, Bytes("\0\0SECOND\0\0\0", 11)));
  EXPECT_EQ(must(store::read_whole(*open())), Bytes(segment).replace(at + 2, 6, "SECOND"));
}

TEST_F(CompactedFileTest, AHoleStaysAHole) {
  EXPECT_FALSE(open()->write_at(segment.find("first") - 10, "never"));
  EXPECT_FALSE(open()->truncate(10));
  EXPECT_EQ(must(store::read_whole(*open())), segment);
}

TEST_F(CompactedFileTest, ADamagedTableIsNoSegment) {
  const Bytes octets = read(path);
  for (std::size_t at = store::kSegmentHeaderBytes; at < octets.find("first"); ++at) {
    Bytes damaged = octets;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    write(path, damaged);
    const auto opened = store::open_segment(disk, path);
    ASSERT_FALSE(opened) << at;
    EXPECT_EQ(opened.error().code, store::kStoreDamaged);
  }
}

TEST_F(CompactedFileTest, WhatHasNoZerosIsLeftAsItIs) {
  EXPECT_FALSE(store::compacted(store::encode({.number = 7, .first_sequence = 9}) + "text"));
}

class CompactionTest : public StoreOnDisk {
 protected:
  void erase(SegmentStore& store, std::uint64_t index) {
    ASSERT_TRUE(commit_one(store, {store::Erasure{project.log().name(), index, project.log().entry(index)}, kTestTime}));
  }
  static std::uintmax_t size_of(const std::string& place) {
    std::uintmax_t out = 0;
    for (const auto& path : segments(place)) out += fs::file_size(path);
    return out;
  }
  // How many segments were compacted.
  static int compact_all(SegmentStore& store) {
    int out = 0;
    while (must(store.compact())) ++out;
    return out;
  }
  // The octets of the bodies of these entries as they lie on the disk.
  std::uint64_t stored_octets(std::uint64_t from, std::uint64_t to) {
    store::BodyCompressor compressor;
    std::uint64_t out = 0;
    for (std::uint64_t i = from; i < to; ++i) out += compressor.compress(project.log().body(i)).size();
    return out;
  }
};

TEST_F(CompactionTest, GivesTheSpaceBackAndKeepsEverythingElse) {
  settings.compaction.octets_min = 100;
  auto store = open();
  for (std::uint64_t i = 0; i < 100; ++i) erase(*store, i);
  const auto held = everything_in(*store);
  const auto before = size_of(settings.folder);
  EXPECT_GT(compact_all(*store), 3);
  EXPECT_EQ(everything_in(*store), held);
  // A table of holes costs eight octets a body, and the segment that holds the last of the hundred may not be worth it.
  EXPECT_LT(size_of(settings.folder), before - stored_octets(0, 90) + 100 * 8);
  EXPECT_FALSE(must(store->compact()));
  must_close(*store);
  store.reset();
  EXPECT_THAT(check().faults, IsEmpty());
  EXPECT_EQ(must(SegmentStore::reindex(disk, settings)).entries, 300U);
  EXPECT_THAT(check().faults, IsEmpty());
  store = open();
  EXPECT_EQ(everything_in(*store), held);
  EXPECT_FALSE(must(store->compact()));
}

TEST_F(CompactionTest, LeavesASegmentAloneWhereLittleIsErased) {
  auto store = open();
  for (std::uint64_t i = 0; i < 30; ++i) erase(*store, i);
  EXPECT_FALSE(must(store->compact()));  // not enough octets
  must_close(*store);
  store.reset();
  settings.compaction = {100, 99};
  store = open();
  EXPECT_FALSE(must(store->compact()));  // not enough of any segment
  must_close(*store);
  store.reset();
  settings.compaction = {100, 25};
  store = open();
  EXPECT_TRUE(must(store->compact()));  // what the runs before erased is known
}

TEST_F(CompactionTest, LeavesTheLastSegmentAloneUntilItIsEnded) {
  settings.segment_bytes = 1 << 20;
  settings.compaction = {1, 0};
  const auto store = open();
  project.log().append_articles(10);
  commit(*store, 300, 310);
  erase(*store, 305);
  EXPECT_EQ(compact_all(*store), 0);
  ASSERT_TRUE(store->end_segment());
  EXPECT_EQ(compact_all(*store), 1);
  const auto held = everything_in(*store);
  must_close(*store);
  EXPECT_EQ(everything_in(*store), held);
}

TEST_F(CompactionTest, WhatIsErasedLaterIsErasedFromTheCompactedFile) {
  settings.compaction = {1, 0};
  auto store = open();
  erase(*store, 1);
  ASSERT_EQ(compact_all(*store), 1);
  erase(*store, 2);
  erase(*store, 0);
  store::BodyCompressor compressor;
  for (const std::uint64_t index : {0U, 1U, 2U}) {
    EXPECT_FALSE(must(store->entry(project.log().id(), index)).body);
    const Bytes stored(compressor.compress(project.log().body(index)));
    for (const auto& file : segments(settings.folder)) EXPECT_EQ(read(file).find(stored), std::string::npos) << file;
  }
  EXPECT_TRUE(must(store->entry(project.log().id(), 3)).body);
  EXPECT_EQ(compact_all(*store), 1);
  must_close(*store);
  store.reset();
  EXPECT_THAT(check().faults, IsEmpty());
}

TEST_F(CompactionTest, ABackupIntoTheSameFolderGetsItsSpaceBackToo) {
  settings.compaction = {1, 0};
  const std::string target = folder.path().string() + "/backup";
  must(store::back_up(disk, settings.folder, target));
  const auto before = size_of(target);
  const auto store = open();
  for (std::uint64_t i = 0; i < 50; ++i) erase(*store, i);
  ASSERT_GT(compact_all(*store), 0);
  must(store::back_up(disk, settings.folder, target));
  EXPECT_LT(size_of(target), before - stored_octets(0, 45) + 50 * 150);  // an erasure is a record of its own
  EXPECT_EQ(must(store::back_up(disk, settings.folder, target)).octets_copied, 0U);
  EXPECT_THAT(must(store::check_store(disk, target)).faults, IsEmpty());
  store::SegmentStoreSettings restored = settings;
  restored.folder = target;
  EXPECT_EQ(everything_in(*must(SegmentStore::open(disk, restored))), everything_in(*store));
}

TEST_F(CompactionTest, ACopyThatWasNotFinishedIsGoneAfterAStart) {
  const auto copy = segments(settings.folder).front().string() + ".part";
  write(copy, "what an interrupted run left");
  const auto store = open();
  EXPECT_FALSE(fs::exists(copy));
}

TEST_F(CompactionTest, ReadersNoticeNothing) {
  settings.compaction = {1, 0};
  const auto store = open();
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::thread reader([&] {
    while (!done)
      for (std::uint64_t i = 0; i < 200; i += 7) {
        const auto entry = store->entry(project.log().id(), i);
        const bool right = entry && (entry->body ? *entry->body == project.log().body(i) : entry->absence == format::Absence::kErased);
        if (!right) ++wrong;
        if (!store->bundle(project.log().id(), i, 20)) ++wrong;
      }
  });
  for (std::uint64_t i = 0; i < 200; i += 5) {
    erase(*store, i);
    compact_all(*store);
  }
  done = true;
  reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tamizdat::tests
