// An attachment on its way here, block by block and perhaps over several runs: `<path>.part`, which gets its name when
// every block is there, checked and on the disk. What an earlier run left is found by hashing, so nothing else is kept.
// One process writes at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "client-lib/files/descriptor.h"
#include "proto/format/attachment.h"

namespace tamizdat::blobs {

class BlobPart {
 public:
  // Opens or begins it in a folder that is there. `leaves` come from anybody. Errors: format::kBlobLeavesWrong, those of
  // the file.
  static Result<BlobPart> open(const std::filesystem::path& path, const BlobId& blob, std::vector<Hash32> leaves);

  struct Blocks {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };
  // The first run of missing blocks, at most `count_max` of it; nothing if all are there.
  std::optional<Blocks> missing(std::uint64_t count_max) const;
  // Whole blocks from number `first` on; those before a wrong one are kept. Errors: format::kBlockWrong, those of the file.
  Result<void> take(std::uint64_t first, BytesView octets);
  // Once nothing is missing: durable under its name when it returns. Errors: those of the file.
  Result<void> finish();

 private:
  BlobPart(files::Descriptor file, std::filesystem::path path, const BlobId& blob, std::vector<Hash32> leaves)
      : file_(std::move(file)), path_(std::move(path)), blob_(blob), leaves_(std::move(leaves)), is_there_(leaves_.size()) {}
  std::filesystem::path part_path() const;
  Result<void> find_blocks();

  files::Descriptor file_;
  std::filesystem::path path_;
  BlobId blob_;
  std::vector<Hash32> leaves_;
  std::vector<bool> is_there_;
};

}  // namespace tamizdat::blobs
