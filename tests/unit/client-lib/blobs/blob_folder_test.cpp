#include "client-lib/blobs/blob_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "client-lib/files/files.h"
#include "proto/format/limits.h"
#include "tests/support/project_builder.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::blobs {
namespace {

namespace fs = std::filesystem;
using tests::must;

class BlobFolderTest : public testing::Test {
 protected:
  tests::TemporaryFolder folder_;
  fs::path home_ = folder_.path() / "attachments";
  BlobFolder blobs_{home_};

  static Bytes octets(std::size_t count) {
    Bytes out;
    for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(i * 7 + i / 251);
    return out;
  }
  fs::path write(const std::string& name, BytesView bytes) {
    std::ofstream(folder_.path() / name, std::ios::binary) << bytes;
    return folder_.path() / name;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(home_), fs::directory_iterator()));
  }
};

TEST_F(BlobFolderTest, KeepsOctetsUnderTheirIdForTheirOwner) {
  const Bytes bytes = octets(3 * format::kBlockBytes + 5);
  const BlobId id = must(blobs_.keep(bytes));
  EXPECT_EQ(id, must(format::BlobTree::from_bytes(bytes)).id());
  struct stat about {};
  ASSERT_EQ(::stat((home_ / id.text()).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_EQ(must(files::read_file(home_ / id.text(), 1 << 20)), bytes);
  EXPECT_EQ(files(), 1U);
}

TEST_F(BlobFolderTest, KeepsAFileAndGivesItsBlocks) {
  const Bytes bytes = octets(2 * format::kBlockBytes + 1);
  const BlobId id = must(blobs_.keep_file(write("sound", bytes)));
  const auto file = must(blobs_.open(id));
  EXPECT_EQ(must(file.blocks(0, 1)), bytes.substr(0, format::kBlockBytes));
  EXPECT_EQ(must(file.blocks(1, 9)), bytes.substr(format::kBlockBytes));
  EXPECT_TRUE(format::verify_leaves(id, {file.leaves().begin(), file.leaves().end()}).has_value());
}

TEST_F(BlobFolderTest, TheSameTwiceIsOneFile) {
  const Bytes bytes = octets(100);
  EXPECT_EQ(must(blobs_.keep(bytes)), must(blobs_.keep_file(write("again", bytes))));
  EXPECT_EQ(files(), 1U);
}

TEST_F(BlobFolderTest, WhatIsEmptyIsNoAttachment) {
  EXPECT_EQ(blobs_.keep("").error().code, format::kBlobSizeInvalid);
  EXPECT_EQ(blobs_.keep_file(write("empty", "")).error().code, format::kBlobSizeInvalid);
  EXPECT_EQ(blobs_.keep_file(folder_.path()).error().code, files::kFileFailed);
  EXPECT_EQ(blobs_.keep_file(folder_.path() / "nothing").error().code, files::kFileMissing);
}

TEST_F(BlobFolderTest, WhatAnInterruptedAttemptLeftIsTakenOver) {
  const Bytes bytes = octets(50'000);
  const BlobId id = must(format::BlobTree::from_bytes(bytes)).id();
  fs::create_directory(home_);
  write("attachments/" + id.text() + ".part", octets(70'000));
  EXPECT_EQ(must(blobs_.keep(bytes)), id);
  EXPECT_EQ(must(files::read_file(home_ / id.text(), 1 << 20)), bytes);
  EXPECT_EQ(files(), 1U);
}

TEST_F(BlobFolderTest, ADamagedFileIsNoticedAndReplaced) {
  const Bytes bytes = octets(50'000);
  const BlobId id = must(blobs_.keep(bytes));
  for (const Bytes& damaged : {octets(49'999), Bytes(), octets(50'000).replace(20'000, 1, "!")}) {
    write("attachments/" + id.text(), damaged);
    EXPECT_EQ(blobs_.open(id).error().code, kBlobDamaged);
    EXPECT_EQ(must(blobs_.keep(bytes)), id);
    EXPECT_TRUE(blobs_.open(id).has_value());
  }
}

TEST_F(BlobFolderTest, AMissingFileIsTold) {
  const BlobId id = must(format::BlobTree::from_bytes("x")).id();
  const auto file = blobs_.open(id);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, kBlobMissing);
  EXPECT_EQ(file.error().text, "the attachment " + (home_ / id.text()).string() +
                                   " is not there: bring it back from a copy of this folder");
}

TEST_F(BlobFolderTest, AFileThatChangesWhileItIsReadGivesNothing) {
  const BlobId id = must(blobs_.keep(octets(50'000)));
  const auto file = must(blobs_.open(id));
  std::fstream(home_ / id.text(), std::ios::binary | std::ios::in | std::ios::out).seekp(40'000) << "x";
  EXPECT_TRUE(file.blocks(0, 1).has_value());
  EXPECT_EQ(file.blocks(2, 1).error().code, kFileChanged);
}

}  // namespace
}  // namespace tamizdat::blobs
