#include "client-lib/blobs/blob_part.h"

#include <gtest/gtest.h>

#include <fstream>

#include "client-lib/files/files.h"
#include "proto/format/limits.h"
#include "tests/support/project_builder.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::blobs {
namespace {

using tests::must;

class BlobPartTest : public testing::Test {
 protected:
  tests::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "roof.jpg";
  Bytes octets_ = octets(3 * format::kBlockBytes + 7);
  format::BlobTree tree_ = must(format::BlobTree::from_bytes(octets_));

  static Bytes octets(std::size_t count) {
    Bytes out;
    for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(i * 7 + i / 251);
    return out;
  }
  Result<BlobPart> open() { return BlobPart::open(path_, tree_.id(), {tree_.leaves().begin(), tree_.leaves().end()}); }
  BytesView block(std::size_t index) const { return BytesView(octets_).substr(index * format::kBlockBytes, format::kBlockBytes); }
};

TEST_F(BlobPartTest, GetsItsNameWhenAllBlocksAreThere) {
  auto part = must(open());
  EXPECT_EQ(part.missing(9)->count, 4U);
  EXPECT_EQ(part.missing(2)->count, 2U);
  ASSERT_TRUE(part.take(3, block(3)));
  ASSERT_TRUE(part.take(0, BytesView(octets_).substr(0, 2 * format::kBlockBytes)));
  EXPECT_EQ(part.missing(9)->first, 2U);
  EXPECT_EQ(part.missing(9)->count, 1U);
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_TRUE(part.take(2, block(2)));
  EXPECT_FALSE(part.missing(9));
  ASSERT_TRUE(part.finish());
  EXPECT_EQ(must(files::read_file(path_, 1 << 20)), octets_);
  EXPECT_FALSE(std::filesystem::exists(path_.string() + ".part"));
}

TEST_F(BlobPartTest, ALaterRunGoesOnWithWhatFits) {
  {
    auto part = must(open());
    ASSERT_TRUE(part.take(1, block(1)));
    ASSERT_TRUE(part.take(2, block(2)));
  }
  std::fstream(path_.string() + ".part", std::ios::binary | std::ios::in | std::ios::out).seekp(2 * format::kBlockBytes) << "?";
  auto part = must(open());
  ASSERT_TRUE(part.take(0, block(0)));
  EXPECT_EQ(part.missing(9)->first, 2U);
  EXPECT_EQ(part.missing(9)->count, 2U);
}

TEST_F(BlobPartTest, WhatIsTooLongIsCut) {
  std::ofstream(path_.string() + ".part", std::ios::binary) << octets_ << "more";
  auto part = must(open());
  EXPECT_FALSE(part.missing(9));
  ASSERT_TRUE(part.finish());
  EXPECT_EQ(must(files::read_file(path_, 1 << 20)), octets_);
}

TEST_F(BlobPartTest, TakesNoWrongBlockAndNoWrongLeaves) {
  auto part = must(open());
  Bytes wrong(octets_.substr(0, 2 * format::kBlockBytes));
  wrong[format::kBlockBytes + 5] = '!';
  EXPECT_EQ(part.take(0, wrong).error().code, format::kBlockWrong);
  EXPECT_EQ(part.missing(9)->first, 1U);  // the block before it is kept
  EXPECT_EQ(part.take(1, block(2)).error().code, format::kBlockWrong);
  EXPECT_EQ(part.take(3, "short").error().code, format::kBlockWrong);
  EXPECT_EQ(part.take(4, "x").error().code, format::kBlockWrong);
  std::vector<Hash32> leaves(tree_.leaves().begin(), tree_.leaves().end());
  std::swap(leaves[0], leaves[1]);
  EXPECT_EQ(BlobPart::open(path_, tree_.id(), leaves).error().code, format::kBlobLeavesWrong);
}

}  // namespace
}  // namespace tamizdat::blobs
