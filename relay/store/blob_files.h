// The attachments of a relay, as plain files named by their ids:
//
//   <id>          a whole attachment, octet by octet: made durable before it got this name
//   <id>.part     one that is still coming: blocks lie at their places, the rest reads as zero
//   <id>.leaves   its leaf hashes, which come first; checked against the root whenever they are read
//
// Nothing says which blocks of a part are there: they are hashed when it is first used, so that a block which a crash
// tore counts as missing. Blocks are checked again on the way out; a whole attachment that fails becomes a part, and
// what is damaged of it counts as missing. Leaf hashes that are lost are computed again from a whole attachment.
//
// Every function may be called from any thread, and blocks.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "proto/format/attachment.h"
#include "relay/store/disk.h"

namespace tamizdat::store {

// Nothing of it is here.
inline constexpr ErrorCode kBlobUnknown{"blob-unknown"};
// Its leaf hashes must come before its blocks.
inline constexpr ErrorCode kBlobLeavesMissing{"blob-leaves-missing"};
inline constexpr ErrorCode kBlockMissing{"block-missing"};
// It was whole and is damaged now: fetch what is missing.
inline constexpr ErrorCode kBlobDamaged{"blob-damaged"};

enum class BlobState { kUnknown, kPart, kWhole };

struct BlockRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  friend bool operator==(const BlockRange&, const BlockRange&) = default;
};

// What must come before an attachment is whole.
struct Lack {
  bool leaves = false;
  std::vector<BlockRange> blocks;
};

// Of a store, below its folder.
inline constexpr std::string_view kBlobFolderName = "attachments";

struct BlobFileName {
  BlobId blob;
  BlobState state = BlobState::kPart;  // or kWhole
};
// Nothing for leaf hashes, and for what others put there.
std::optional<BlobFileName> parse_blob_file_name(std::string_view name);
std::string blob_part_name(const BlobId& blob);

class BlobFiles {
 public:
  // `folder` is made if it is missing; its parent must exist. Errors: those of Disk.
  static Result<std::unique_ptr<BlobFiles>> open(Disk& disk, std::string folder);
  ~BlobFiles();

  BlobState state(const BlobId& blob) const;
  // Whole attachments.
  std::size_t count() const;
  // Attachments after `after` of which anything is here, ascending, at most `count`.
  std::vector<BlobId> known_after(const std::optional<BlobId>& after, std::size_t count) const;

  // Errors: format::kBlobSizeInvalid, format::kBlobLeavesWrong, those of Disk. Those that are here already are no error.
  Result<void> put_leaves(const BlobId& blob, const std::vector<Hash32>& leaves);
  // kWhole when the last block came: the attachment is durable then. A block that is here already is no error.
  // Errors: kBlobLeavesMissing, format::kBlockWrong, those of Disk.
  Result<BlobState> put_block(const BlobId& blob, std::uint64_t index, BytesView block);
  // What is missing, ascending, at most `ranges_max` ranges; of an attachment without leaf hashes, everything.
  // Errors: format::kBlobSizeInvalid, those of Disk.
  Result<std::vector<BlockRange>> missing(const BlobId& blob, std::size_t ranges_max);
  // The same with the leaf hashes, and all ranges.
  Result<Lack> lacking(const BlobId& blob);

  // Errors: kBlobUnknown, kBlobLeavesMissing, kBlobDamaged, those of Disk.
  Result<std::vector<Hash32>> leaves(const BlobId& blob);
  // `count` of them from `first` on, one behind the other; it has so many.
  Result<Bytes> read_leaves(const BlobId& blob, std::uint64_t first, std::uint64_t count);
  // Overwrites its octets with zeros and removes it; gone for good when it returns. One that is not here is no error.
  // Errors: those of Disk.
  Result<void> erase(const BlobId& blob);

  // Also of a part. Errors: kBlobUnknown, format::kBlockWrong (no such block), kBlockMissing, kBlobDamaged, those of Disk.
  Result<Bytes> read_block(const BlobId& blob, std::uint64_t index);

 private:
  struct Open;
  struct Used {
    std::shared_ptr<Open> open;
    std::uint64_t at = 0;  // when last, by `clock_`
  };

  BlobFiles(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}
  std::string path(const BlobId& blob) const { return folder_ + "/" + blob.text(); }
  std::string part_path(const BlobId& blob) const { return folder_ + "/" + blob_part_name(blob); }
  std::shared_ptr<Open> use(const BlobId& blob);
  bool close_one();
  BlobState known_state(const BlobId& blob) const;
  Result<void> load(Open& open);
  static std::vector<BlockRange> missing_blocks(const Open& open, std::size_t ranges_max);
  Result<void> load_leaves(Open& open);
  Result<void> store_leaves(const Open& open);
  Result<void> find_blocks(Open& open);
  Result<void> secure_found_blocks(Open& open);
  Result<void> finish(Open& open);
  Result<void> set_aside(Open& open);
  void set_state(const BlobId& blob, BlobState state);

  Disk& disk_;
  const std::string folder_;
  mutable std::mutex mutex_;  // of what follows; never held while a file is used
  std::map<BlobId, BlobState> known_;
  std::map<BlobId, Used> open_;  // in use, or lately
  std::uint64_t open_blocks_ = 0;
  std::uint64_t clock_ = 0;
};

}  // namespace tamizdat::store
