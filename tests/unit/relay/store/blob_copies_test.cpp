#include "relay/store/blob_copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "proto/format/limits.h"
#include "relay/store/blob_files.h"
#include "tests/support/project_builder.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::store {
namespace {

namespace fs = std::filesystem;

class BlobCopiesTest : public testing::Test {
 protected:
  BlobCopiesTest() {
    fs::create_directories(store);
    fs::create_directories(target);
    open();
  }
  void open() { files = tests::must(BlobFiles::open(disk, store + "/attachments")); }
  BlobId put(std::size_t size) {
    const Bytes octets(size, 'x');
    const auto tree = format::BlobTree::from_bytes(octets).value();
    EXPECT_TRUE(files->put_leaves(tree.id(), {tree.leaves().begin(), tree.leaves().end()}));
    for (std::size_t i = 0; i < tree.leaves().size(); ++i)
      EXPECT_TRUE(files->put_block(tree.id(), i, BytesView(octets).substr(i * format::kBlockBytes, format::kBlockBytes)));
    return tree.id();
  }
  static void alter(const std::string& file) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(2);
    stream.put('!');
  }
  std::string path(const std::string& below, const BlobId& blob) const { return below + "/attachments/" + blob.text(); }

  tests::TemporaryFolder folder;
  const std::string store = folder.path().string() + "/store", target = folder.path().string() + "/backup";
  PosixDisk disk;
  std::unique_ptr<BlobFiles> files;
};

TEST_F(BlobCopiesTest, ChecksWholeOnesAndNamesTheDamaged) {
  put(10);
  const auto damaged = put(3 * format::kBlockBytes), cut = put(40'000);
  const auto part = format::BlobTree::from_bytes(Bytes(70'000, 'p')).value();
  ASSERT_TRUE(files->put_leaves(part.id(), {part.leaves().begin(), part.leaves().end()}));
  ASSERT_TRUE(files->put_block(part.id(), 0, Bytes(format::kBlockBytes, 'p')));
  EXPECT_TRUE(tests::must(check_blobs(disk, store)).faults.empty());
  alter(path(store, damaged));
  fs::resize_file(path(store, cut), 39'999);
  const auto found = tests::must(check_blobs(disk, store));
  EXPECT_EQ(found.whole, 3U);
  EXPECT_EQ(found.parts, 1U);
  EXPECT_THAT(found.faults, testing::UnorderedElementsAre(testing::HasSubstr(damaged.text()), testing::HasSubstr(cut.text())));
}

TEST_F(BlobCopiesTest, AStoreWithoutAttachmentsHasNone) {
  EXPECT_EQ(tests::must(check_blobs(disk, target)).whole, 0U);
}

TEST_F(BlobCopiesTest, ABackupHoldsThemAndGrows) {
  const auto first = put(50'000);
  EXPECT_EQ(tests::must(back_up_blobs(disk, store, target)).octets_copied, 50'000U);
  const auto second = put(10);
  EXPECT_EQ(tests::must(back_up_blobs(disk, store, target)).octets_copied, 10U);
  const auto restored = tests::must(BlobFiles::open(disk, target + "/attachments"));
  for (const auto& blob : {first, second}) EXPECT_EQ(restored->state(blob), BlobState::kWhole);
  EXPECT_EQ(restored->read_block(first, 3).value(), files->read_block(first, 3).value());
  EXPECT_TRUE(tests::must(check_blobs(disk, target)).faults.empty());
}

TEST_F(BlobCopiesTest, ADamagedOneIsLeftOutAndACutOffCopyMadeAgain) {
  const auto damaged = put(10), cut_off = put(20);
  alter(path(store, damaged));
  fs::create_directories(target + "/attachments");
  std::ofstream(path(target, cut_off) + ".part") << "half";
  const auto found = tests::must(back_up_blobs(disk, store, target));
  EXPECT_THAT(found.faults, testing::ElementsAre(testing::HasSubstr(damaged.text())));
  EXPECT_FALSE(fs::exists(path(target, damaged)));
  EXPECT_FALSE(fs::exists(path(target, damaged) + ".part"));
  EXPECT_EQ(fs::file_size(path(target, cut_off)), 20U);
}

}  // namespace
}  // namespace tamizdat::store
