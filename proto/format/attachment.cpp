#include "proto/format/attachment.h"

#include <algorithm>
#include <bit>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"

namespace tamizdat::format {
namespace {

Hash32 parent(const Hash32& left, const Hash32& right) { return sha256({left.view(), right.view()}); }

// Hash of a subtree of zero leaves, `level` levels above them.
Hash32 padding(std::size_t level) {
  Hash32 hash;
  for (std::size_t i = 0; i < level; ++i) hash = parent(hash, hash);
  return hash;
}

std::size_t path_length(std::uint64_t blocks) { return static_cast<std::size_t>(std::bit_width(blocks - 1)); }

Result<void> check_size(std::uint64_t size) {
  if (size == 0 || size > kAttachmentBytesMax)
    return fail(kBlobSizeInvalid, "an attachment has between 1 and " + std::to_string(kAttachmentBytesMax) + " octets");
  return {};
}

}  // namespace

std::uint64_t block_count(std::uint64_t size) { return size / kBlockBytes + (size % kBlockBytes != 0 ? 1 : 0); }

std::size_t block_size(std::uint64_t size, std::uint64_t index) {
  TMZ_CHECK(index < block_count(size));
  return static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, size - index * kBlockBytes));
}

Hash32 block_hash(BytesView block) { return sha256({block}); }

Result<BlobTree> BlobTree::from_leaves(std::uint64_t size, std::vector<Hash32> leaves) {
  if (auto valid = check_size(size); !valid) return pass(valid);
  if (leaves.size() != block_count(size))
    return fail(kBlobLeavesWrong, "the attachment's leaf hashes do not match its size in number");
  BlobTree tree;
  tree.size_ = size;
  tree.levels_.push_back(std::move(leaves));
  while (tree.levels_.back().size() > 1) {
    const std::vector<Hash32>& below = tree.levels_.back();
    std::vector<Hash32> level((below.size() + 1) / 2);
    for (std::size_t i = 0; i < level.size(); ++i)
      level[i] = parent(below[2 * i], 2 * i + 1 < below.size() ? below[2 * i + 1] : padding(tree.levels_.size() - 1));
    tree.levels_.push_back(std::move(level));
  }
  return tree;
}

Result<BlobTree> BlobTree::from_bytes(BytesView blob) {
  std::vector<Hash32> leaves;
  for (std::size_t offset = 0; offset < blob.size(); offset += kBlockBytes)
    leaves.push_back(block_hash(blob.substr(offset, kBlockBytes)));
  return from_leaves(blob.size(), std::move(leaves));
}

std::vector<Hash32> BlobTree::path(std::uint64_t index) const {
  TMZ_CHECK(index < leaves().size());
  std::vector<Hash32> out;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level, index >>= 1) {
    const auto sibling = static_cast<std::size_t>(index ^ 1U);
    out.push_back(sibling < levels_[level].size() ? levels_[level][sibling] : padding(level));
  }
  return out;
}

Result<void> verify_leaves(const BlobId& blob, const std::vector<Hash32>& leaves) {
  const auto tree = BlobTree::from_leaves(blob.size, leaves);
  if (!tree) return tl::unexpected(tree.error());
  if (tree->id() != blob) return fail(kBlobLeavesWrong, "the leaf hashes do not belong to this attachment");
  return {};
}

Result<void> verify_block(const BlobId& blob, std::uint64_t index, BytesView block, std::span<const Hash32> path) {
  if (auto valid = check_size(blob.size); !valid) return valid;
  const std::uint64_t blocks = block_count(blob.size);
  if (index >= blocks || block.size() != block_size(blob.size, index))
    return fail(kBlockWrong, "the block's index or length does not fit the attachment's size");
  if (path.size() != path_length(blocks))
    return fail(kBlockPathLength, "the block's path has the wrong number of hashes");
  Hash32 hash = block_hash(block);
  for (std::size_t level = 0; level < path.size(); ++level)
    hash = ((index >> level) & 1U) != 0 ? parent(path[level], hash) : parent(hash, path[level]);
  if (hash != blob.root) return fail(kBlockWrong, "the block is not the one that the attachment names");
  return {};
}

}  // namespace tamizdat::format
