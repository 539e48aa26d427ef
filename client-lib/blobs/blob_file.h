// The octets of an attachment in a file, open for reading. It was hashed once when it was opened, and each block is
// checked again when it is read: what leaves this class is the attachment or an error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "client-lib/files/descriptor.h"
#include "proto/format/attachment.h"

namespace tamizdat::blobs {

inline constexpr ErrorCode kFileChanged{"file-changed"};  // somebody wrote into it while it was read

class BlobFile {
 public:
  // Hashes the whole file. Errors: format::kBlobSizeInvalid (empty or too large), those of the file.
  static Result<BlobFile> open(const std::filesystem::path& path);

  // Of what is in it, whatever its name says.
  BlobId id() const { return tree_.id(); }
  std::span<const Hash32> leaves() const { return tree_.leaves(); }
  // The octets of `count` blocks from `first` on, or up to the end. Errors: kFileChanged, those of the file.
  Result<Bytes> blocks(std::uint64_t first, std::uint64_t count) const;

 private:
  BlobFile(files::Descriptor file, std::filesystem::path path, format::BlobTree tree)
      : file_(std::move(file)), path_(std::move(path)), tree_(std::move(tree)) {}

  files::Descriptor file_;
  std::filesystem::path path_;
  format::BlobTree tree_;
};

}  // namespace tamizdat::blobs
