#include "client-lib/blobs/blob_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "client-lib/files/files.h"
#include "proto/format/limits.h"

namespace tamizdat::blobs {

Result<BlobFile> BlobFile::open(const std::filesystem::path& path) {
  files::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!file || ::fstat(file.number(), &about) != 0) return tl::unexpected(files::system_error("read", path));
  if (!S_ISREG(about.st_mode))
    return fail(files::kFileFailed, "cannot read " + path.string() + ": it is no ordinary file");
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size == 0 || size > format::kAttachmentBytesMax)
    return fail(format::kBlobSizeInvalid, path.string() + ": an attachment has between 1 octet and 4 GiB");
  std::vector<Hash32> leaves;
  leaves.reserve(static_cast<std::size_t>(format::block_count(size)));
  for (std::uint64_t index = 0; index < format::block_count(size); ++index) {
    const auto block =
        files::read_at(file, path, index * format::kBlockBytes, format::block_size(size, index));
    if (!block) return tl::unexpected(block.error());
    leaves.push_back(format::block_hash(*block));
  }
  auto tree = format::BlobTree::from_leaves(size, std::move(leaves));
  if (!tree) return pass(tree);
  return BlobFile(std::move(file), path, *std::move(tree));
}

Result<Bytes> BlobFile::blocks(std::uint64_t first, std::uint64_t count) const {
  Bytes out;
  const std::uint64_t end = first + std::min<std::uint64_t>(count, leaves().size() - first);
  for (std::uint64_t index = first; index < end; ++index) {
    const auto block = files::read_at(file_, path_, index * format::kBlockBytes, format::block_size(id().size, index));
    if (!block) return block;
    if (format::block_hash(*block) != leaves()[static_cast<std::size_t>(index)])
      return fail(kFileChanged, path_.string() + " was changed while it was read: run the same command again");
    out += *block;
  }
  return out;
}

}  // namespace tamizdat::blobs
