#include "proto/format/attachment.h"

#include <gtest/gtest.h>

#include <array>

#include "proto/format/limits.h"

namespace tamizdat::format {
namespace {

Bytes patterned(std::size_t size) {
  Bytes out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * i + i / 251);
  return out;
}

struct PiecesRoot {
  std::size_t size;
  std::string_view root;
};
// Computed apart from this code with Python's hashlib from the text of BEP 52, octet i being (i * i + i / 251) mod 256:
// SHA-256 of each 16 KiB block, zeros up to a power of two, SHA-256 of pairs up to one root.
constexpr std::array<PiecesRoot, 10> kPiecesRoots{
    {{1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
     {16383, "6ab3ea5d6599c519fd8698628309a2b1e659f8e5396a2d95c0f91704f44ed386"},
     {16384, "b90ce153cd748ac171b08fd3dba9bd93ee68447855a4928697a8f972717b9ae1"},
     {16385, "9ebc9eb903b6bc4fc9e4ad50423dcf6f66354244564867f9e7a2830d094b1dc2"},
     {32769, "267c81a3f92a35fac264cbc3ff51f032674b6791078af2a05067b3a548842c98"},
     {49152, "13282cf124f16eca8332d4c9c585dde1cf856a07835913492c61cd45821f388f"},
     {65536, "ae2618754d7d0e0ce035ca44409a1ada4ae1415ff890f6267146961234f0c555"},
     {81920, "9472e3c94659af92fb1399932524426505ffaec21a3ee37ebc6d6c6a94582614"},
     {81927, "ce0f2940f0522f4bb437ec6fb53b0c6664cea33e556acc9645c0b228a202ebda"},
     {147556, "558b777bd61a794f32a3cff29dbde1981f6b62785c631082f0bdcd2390d9a230"}}};

TEST(BlobTree, HasThePiecesRootOfBep52) {
  for (const auto& [size, root] : kPiecesRoots) {
    const auto tree = BlobTree::from_bytes(patterned(size));
    ASSERT_TRUE(tree);
    EXPECT_EQ(to_hex(tree->id().root.view()), root) << size;
    EXPECT_EQ(tree->id().size, size);
    EXPECT_EQ(tree->leaves().size(), block_count(size));
  }
}

TEST(BlobTree, GivesAPathThatVerifiesForEveryBlock) {
  for (const auto& vector : kPiecesRoots) {
    const Bytes blob = patterned(vector.size);
    const auto tree = BlobTree::from_bytes(blob).value();
    for (std::uint64_t index = 0; index < block_count(blob.size()); ++index) {
      const Bytes block = blob.substr(index * kBlockBytes, block_size(blob.size(), index));
      const auto path = tree.path(index);
      EXPECT_TRUE(verify_block(tree.id(), index, block, path)) << vector.size << " " << index;
    }
    EXPECT_TRUE(verify_leaves(tree.id(), {tree.leaves().begin(), tree.leaves().end()}));
  }
}

TEST(BlobTree, RefusesNoOctetsAndTooMany) {
  EXPECT_EQ(BlobTree::from_bytes("").error().code, kBlobSizeInvalid);
  EXPECT_EQ(BlobTree::from_leaves(0, {}).error().code, kBlobSizeInvalid);
  EXPECT_EQ(BlobTree::from_leaves(kAttachmentBytesMax + 1, {}).error().code, kBlobSizeInvalid);
  EXPECT_EQ(BlobTree::from_leaves(~std::uint64_t{0}, {}).error().code, kBlobSizeInvalid);
  EXPECT_EQ(BlobTree::from_leaves(kBlockBytes + 1, {Hash32{}}).error().code, kBlobLeavesWrong);
}

TEST(Block, CountsAndSizesFollowFromTheBlobsSize) {
  EXPECT_EQ(block_count(1), 1U);
  EXPECT_EQ(block_count(kBlockBytes), 1U);
  EXPECT_EQ(block_count(kBlockBytes + 1), 2U);
  EXPECT_EQ(block_count(~std::uint64_t{0}), std::uint64_t{1} << 50);
  EXPECT_EQ(block_size(kBlockBytes + 7, 0), kBlockBytes);
  EXPECT_EQ(block_size(kBlockBytes + 7, 1), 7U);
  EXPECT_EQ(block_size(kBlockBytes, 0), kBlockBytes);
}

class VerifyBlock : public ::testing::Test {
 protected:
  VerifyBlock() : blob_(patterned(5 * kBlockBytes + 7)), tree_(BlobTree::from_bytes(blob_).value()) {}

  Bytes block(std::uint64_t index) const { return blob_.substr(index * kBlockBytes, block_size(blob_.size(), index)); }
  static std::string_view code_of(const Result<void>& result) { return result ? "ok" : result.error().code.name(); }

  Bytes blob_;
  BlobTree tree_;
};

TEST_F(VerifyBlock, RefusesABlockInAnothersPlace) {
  EXPECT_EQ(code_of(verify_block(tree_.id(), 1, block(2), tree_.path(1))), "block-wrong");
  EXPECT_EQ(code_of(verify_block(tree_.id(), 1, block(2), tree_.path(2))), "block-wrong");
}

TEST_F(VerifyBlock, RefusesAnIndexOrLengthBeyondTheSize) {
  EXPECT_EQ(code_of(verify_block(tree_.id(), 6, block(5), tree_.path(5))), "block-wrong");
  EXPECT_EQ(code_of(verify_block(tree_.id(), ~std::uint64_t{0}, block(5), tree_.path(5))), "block-wrong");
  EXPECT_EQ(code_of(verify_block(tree_.id(), 5, block(5) + 'x', tree_.path(5))), "block-wrong");
  EXPECT_EQ(code_of(verify_block(tree_.id(), 0, block(0).substr(1), tree_.path(0))), "block-wrong");
}

TEST_F(VerifyBlock, RefusesAnotherSizeWithTheSameRoot) {
  BlobId longer = tree_.id();
  longer.size = 6 * kBlockBytes;
  EXPECT_EQ(code_of(verify_block(longer, 5, block(5), tree_.path(5))), "block-wrong");
  longer.size = kAttachmentBytesMax + 1;
  EXPECT_EQ(code_of(verify_block(longer, 5, block(5), tree_.path(5))), "blob-size-invalid");
  longer.size = 0;
  EXPECT_EQ(code_of(verify_block(longer, 0, "", {})), "blob-size-invalid");
}

TEST_F(VerifyBlock, RefusesAPathOfAnotherLengthOrHash) {
  auto path = tree_.path(3);
  ASSERT_EQ(path.size(), 3U);
  EXPECT_EQ(code_of(verify_block(tree_.id(), 3, block(3), std::span(path).first(2))), "block-path-length");
  path[1].octets[0] ^= 1;
  EXPECT_EQ(code_of(verify_block(tree_.id(), 3, block(3), path)), "block-wrong");
  path.push_back(Hash32{});
  EXPECT_EQ(code_of(verify_block(tree_.id(), 3, block(3), path)), "block-path-length");
}

TEST_F(VerifyBlock, LeavesOfAnotherBlobAreRefused) {
  std::vector<Hash32> leaves(tree_.leaves().begin(), tree_.leaves().end());
  std::swap(leaves[0], leaves[1]);
  EXPECT_EQ(code_of(verify_leaves(tree_.id(), leaves)), "blob-leaves-wrong");
  leaves.pop_back();
  EXPECT_EQ(code_of(verify_leaves(tree_.id(), leaves)), "blob-leaves-wrong");
}

}  // namespace
}  // namespace tamizdat::format
