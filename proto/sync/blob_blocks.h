// In what pieces attachments travel on a link. Their octets come in the blocks of their tree, 16 KiB each, and so do their
// leaf hashes, 32 octets each and one behind the other: every block of either part costs the same, and a line that is cut
// costs at most the one that was under way.
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/base/ids.h"

namespace tamizdat::sync {

enum class BlobPart : std::uint8_t { kLeaves = 1, kContent = 2 };

// Blocks [first, first + count) of one part of an attachment.
struct BlobRun {
  BlobId blob;
  BlobPart part = BlobPart::kContent;
  std::uint64_t first = 0;
  std::uint64_t count = 1;
  friend bool operator==(const BlobRun&, const BlobRun&) = default;
};

// Blocks that a peer may have asked for and not been answered: 8 MiB as of bundles, 300 ms at 200 Mbit/s.
inline constexpr std::uint64_t kBlobBlocksAskedMax = 512;

// Octets, and blocks, of this part.
std::uint64_t part_size(const BlobId& blob, BlobPart part);
std::uint64_t part_blocks(const BlobId& blob, BlobPart part);
// Octets of its block `index`, which is one of them.
std::size_t part_block_size(const BlobId& blob, BlobPart part, std::uint64_t index);

}  // namespace tamizdat::sync
