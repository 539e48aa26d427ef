// Whole attachments as plain files named by their ids. A file gets its name when all of it is on the disk, so a crash
// leaves `<id>.part` at most, which the next attempt takes over. One thread an object; several processes may keep the same
// one at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "client-lib/blobs/blob_file.h"

namespace tamizdat::blobs {

inline constexpr ErrorCode kBlobMissing{"attachment-missing"};
inline constexpr ErrorCode kBlobDamaged{"attachment-damaged"};

class BlobFolder {
 public:
  // The folder need not be there yet.
  explicit BlobFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Durable when they return; a damaged file of that name is replaced. Errors: format::kBlobSizeInvalid, those of the file.
  Result<BlobId> keep(BytesView octets) const;
  // Copies the file. Errors: also kFileChanged.
  Result<BlobId> keep_file(const std::filesystem::path& path) const;
  // The same of an attachment in another folder. Errors: those of open() there, those of the file.
  Result<void> keep_from(const BlobFolder& other, const BlobId& blob) const;
  // Errors: kBlobMissing, kBlobDamaged, those of the file.
  Result<BlobFile> open(const BlobId& blob) const;
  // On its disk, for this user. Errors: those of the file.
  Result<std::uint64_t> free_bytes() const;

 private:
  using Blocks = std::function<Result<Bytes>(std::uint64_t first, std::uint64_t count)>;
  std::filesystem::path path(const BlobId& blob) const { return folder_ / blob.text(); }
  Result<void> write(const BlobId& blob, const Blocks& blocks) const;

  std::filesystem::path folder_;
  mutable bool is_named_durably_ = false;  // the folder itself, in the one above it
};

}  // namespace tamizdat::blobs
