// Attachments: a blob is named by its BlobId, the `pieces root` of BEP 52 (a SHA-256 Merkle tree over 16 KiB blocks,
// missing leaves zero up to a power of two) and its size.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "proto/base/ids.h"

namespace tamizdat::format {

inline constexpr ErrorCode kBlobSizeInvalid{"blob-size-invalid"};
inline constexpr ErrorCode kBlobLeavesWrong{"blob-leaves-wrong"};
inline constexpr ErrorCode kBlockWrong{"block-wrong"};
inline constexpr ErrorCode kBlockPathLength{"block-path-length"};

// Number of 16 KiB blocks, the last one perhaps shorter.
std::uint64_t block_count(std::uint64_t size);
// Octets of the block `index`.
std::size_t block_size(std::uint64_t size, std::uint64_t index);
Hash32 block_hash(BytesView block);

// The whole tree of one blob.
class BlobTree {
 public:
  // Leaf hashes in order. Errors: kBlobSizeInvalid (0 or above the limit), kBlobLeavesWrong (their number).
  static Result<BlobTree> from_leaves(std::uint64_t size, std::vector<Hash32> leaves);
  static Result<BlobTree> from_bytes(BytesView blob);

  BlobId id() const { return {levels_.back().front(), size_}; }
  std::span<const Hash32> leaves() const { return levels_.front(); }
  // Sibling hashes from the leaf up to below the root.
  std::vector<Hash32> path(std::uint64_t index) const;

 private:
  std::uint64_t size_ = 0;
  std::vector<std::vector<Hash32>> levels_;  // leaves first, without the padding; root last
};

// Checks that `leaves` belong to the blob. Errors: kBlobSizeInvalid, kBlobLeavesWrong.
Result<void> verify_leaves(const BlobId& blob, const std::vector<Hash32>& leaves);
// Checks one block with its path. Errors: kBlobSizeInvalid, kBlockPathLength, kBlockWrong (size, index or hash).
Result<void> verify_block(const BlobId& blob, std::uint64_t index, BytesView block, std::span<const Hash32> path);

}  // namespace tamizdat::format
