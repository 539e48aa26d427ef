#include "relay/store/backup.h"

#include <gmock/gmock.h>

#include "relay/store/blob_copies.h"
#include "relay/store/blob_files.h"
#include "tests/unit/relay/store/store_on_disk.h"

namespace tamizdat::tests {
namespace {

using testing::IsEmpty;

class BackupTest : public StoreOnDisk {
 protected:
  store::BackupReport back_up() { return must(store::back_up(disk, settings.folder, target)); }
  std::string target = folder.path().string() + "/backup";
};

TEST_F(BackupTest, OfAnOpenStoreHoldsAllThatWasCommitted) {
  const auto store = open();
  project.log().append_articles(20);
  commit(*store, 300, 320);
  EXPECT_EQ(back_up().groups, 32u);
  const StoreFindings found = must(store::check_store(disk, target));
  EXPECT_THAT(found.faults, IsEmpty());
  EXPECT_EQ(found.entries, 320u);
  EXPECT_FALSE(found.has_index);

  store::SegmentStoreSettings restored = settings;
  restored.folder = target;
  const auto again = must(SegmentStore::open(disk, restored));
  EXPECT_EQ(must(again->bundle(project.log().id(), 300, 100)).bytes, must(store->bundle(project.log().id(), 300, 100)).bytes);
}

TEST_F(BackupTest, IntoTheSameFolderWritesOnlyWhatIsNew) {
  const auto first = back_up();
  EXPECT_EQ(first.octets_copied, first.octets);
  EXPECT_EQ(back_up().octets_copied, 0u);
  const auto store = open();
  project.log().append_articles(1);
  commit(*store, 300, 301);
  const auto third = back_up();
  EXPECT_GT(third.octets_copied, 0u);
  EXPECT_LT(third.octets_copied, 4096u);
  EXPECT_EQ(must(store::check_store(disk, target)).entries, 301u);
}

TEST_F(BackupTest, AnInterruptedOneIsCompleted) {
  back_up();
  const auto copies = segments(target);
  fs::resize_file(copies.back(), fs::file_size(copies.back()) - 5);
  write(copies[1], "");
  EXPECT_THAT(must(store::check_store(disk, target)).faults, testing::Not(IsEmpty()));
  back_up();
  EXPECT_THAT(must(store::check_store(disk, target)).faults, IsEmpty());
}

TEST_F(BackupTest, WhatWasErasedSinceIsErasedFromTheBackupToo) {
  back_up();
  auto store = open();
  const auto entry = must(store->entry(project.log().id(), 137));
  store::BodyCompressor compressor;
  const Bytes stored(compressor.compress(*entry.body));
  const auto holds = [&](const std::string& place) {
    return std::ranges::any_of(segments(place), [&](const auto& path) { return read(path).find(stored) != std::string::npos; });
  };
  ASSERT_TRUE(holds(settings.folder) && holds(target));
  ASSERT_TRUE(commit_one(*store, {store::Erasure{project.log().name(), 137, entry.id}, kTestTime}));
  EXPECT_FALSE(holds(settings.folder));
  must_close(*store);
  store.reset();
  EXPECT_THAT(check().faults, IsEmpty());
  EXPECT_EQ(check().bodies, 299u);
  back_up();
  EXPECT_FALSE(holds(target));
  EXPECT_THAT(must(store::check_store(disk, target)).faults, IsEmpty());
  EXPECT_EQ(back_up().octets_copied, 0u);
  const auto again = must(SegmentStore::reindex(disk, settings));
  EXPECT_EQ(again.entries, 300u);
  EXPECT_THAT(check().faults, IsEmpty());
}

// Only what no entry of the backup names: an attachment that the relay lost is not one that was erased.
TEST_F(BackupTest, AttachmentsThatWereErasedSinceGoFromTheBackupTooAndLostOnesStay) {
  const auto files = must(store::BlobFiles::open(disk, settings.folder + "/attachments"));
  const auto put = [&](char octet) {
    const Bytes octets(1000, octet);
    const BlobId blob{format::block_hash(octets), octets.size()};
    EXPECT_TRUE(files->put_block(blob, 0, octets));
    project.log().append_with_attachment(blob);
    return blob;
  };
  const auto goes = put('a'), is_lost = put('b');
  const auto store = open();
  commit(*store, 300, 302);
  const auto back_up_all = [&] {
    back_up();
    return must(store::back_up_blobs(disk, settings.folder, target));
  };
  EXPECT_EQ(back_up_all().erased, 0U);
  ASSERT_TRUE(commit_one(*store, {store::Erasure{project.log().name(), 300, project.log().entry(300)}, kTestTime}));
  ASSERT_TRUE(files->erase(goes));
  fs::remove(settings.folder + "/attachments/" + is_lost.text());
  EXPECT_EQ(back_up_all().erased, 1U);
  EXPECT_FALSE(fs::exists(target + "/attachments/" + goes.text()));
  EXPECT_TRUE(fs::exists(target + "/attachments/" + is_lost.text()));
  EXPECT_EQ(back_up_all().erased, 0U);
}

TEST_F(BackupTest, LeavesAnotherStoresBackupAlone) {
  back_up();
  const std::string before = read(segments(target).front());
  fs::remove_all(settings.folder);
  {
    ProjectBuilder other(2);
    other.log().append_articles(300);
    const auto store = open();
    ASSERT_TRUE(commit_one(*store, batch_of(other.charters())));
    for (std::uint64_t from = 0; from < 300; from += 10)
      ASSERT_TRUE(commit_one(*store, batch_of(other.log().bundle(from, from + 10))));
    must_close(*store);
  }
  const auto done = store::back_up(disk, settings.folder, target);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, store::kBackupElsewhere);
  EXPECT_EQ(read(segments(target).front()), before);
}

TEST_F(BackupTest, LeavesABackupOfALaterStateAlone) {
  back_up();
  fs::remove(segments(settings.folder).back());
  const auto done = store::back_up(disk, settings.folder, target);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, store::kBackupElsewhere);
}

TEST_F(BackupTest, SaysWhereTheStoreIsDamaged) {
  damage(header(137));
  const auto done = store::back_up(disk, settings.folder, target);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, store::kStoreDamaged);
}

}  // namespace
}  // namespace tamizdat::tests
