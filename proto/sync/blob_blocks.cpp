#include "proto/sync/blob_blocks.h"

#include "proto/format/attachment.h"

namespace tamizdat::sync {

std::uint64_t part_size(const BlobId& blob, BlobPart part) {
  return part == BlobPart::kContent ? blob.size : format::block_count(blob.size) * sizeof(Hash32::octets);
}

std::uint64_t part_blocks(const BlobId& blob, BlobPart part) { return format::block_count(part_size(blob, part)); }

std::size_t part_block_size(const BlobId& blob, BlobPart part, std::uint64_t index) {
  return format::block_size(part_size(blob, part), index);
}

}  // namespace tamizdat::sync
