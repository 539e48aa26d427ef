#include "client-lib/blobs/blob_part.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "client-lib/files/files.h"
#include "proto/base/check.h"
#include "proto/format/limits.h"

namespace tamizdat::blobs {
namespace {

std::filesystem::path part_of(std::filesystem::path path) {
  path += ".part";
  return path;
}

}  // namespace

std::filesystem::path BlobPart::part_path() const { return part_of(path_); }

Result<BlobPart> BlobPart::open(const std::filesystem::path& path, const BlobId& blob, std::vector<Hash32> leaves) {
  if (auto fine = format::verify_leaves(blob, leaves); !fine) return pass(fine);
  files::Descriptor file(::open(part_of(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file) return tl::unexpected(files::system_error("write", part_of(path)));
  BlobPart part(std::move(file), path, blob, std::move(leaves));
  if (auto done = part.find_blocks(); !done) return pass(done);
  return part;
}

Result<void> BlobPart::find_blocks() {
  struct stat about {};
  if (::fstat(file_.number(), &about) != 0) return tl::unexpected(files::system_error("read", part_path()));
  const auto octets = static_cast<std::uint64_t>(about.st_size);
  for (std::uint64_t index = 0; index < leaves_.size(); ++index) {
    const std::size_t size = format::block_size(blob_.size, index);
    if (index * format::kBlockBytes + size > octets) break;
    const auto block = files::read_at(file_, part_path(), index * format::kBlockBytes, size);
    if (!block) return tl::unexpected(block.error());
    const auto at = static_cast<std::size_t>(index);
    is_there_[at] = format::block_hash(*block) == leaves_[at];
  }
  if (octets > blob_.size && ::ftruncate(file_.number(), static_cast<off_t>(blob_.size)) != 0)
    return tl::unexpected(files::system_error("write", part_path()));
  return {};
}

std::optional<BlobPart::Blocks> BlobPart::missing(std::uint64_t count_max) const {
  const auto first = std::ranges::find(is_there_, false);
  if (first == is_there_.end()) return std::nullopt;
  const auto end = std::find(first, is_there_.end(), true);
  return Blocks{static_cast<std::uint64_t>(first - is_there_.begin()),
                std::min(count_max, static_cast<std::uint64_t>(end - first))};
}

Result<void> BlobPart::take(std::uint64_t first, BytesView octets) {
  for (std::uint64_t index = first; !octets.empty(); ++index) {
    const auto block = octets.substr(0, format::kBlockBytes);
    octets.remove_prefix(block.size());
    const auto at = static_cast<std::size_t>(index);
    if (index >= leaves_.size() || block.size() != format::block_size(blob_.size, index) ||
        format::block_hash(block) != leaves_[at])
      return fail(format::kBlockWrong, "block " + std::to_string(index) + " is not of the attachment " + blob_.text());
    if (auto done = files::write_at(file_, part_path(), index * format::kBlockBytes, block); !done) return done;
    is_there_[at] = true;
  }
  return {};
}

Result<void> BlobPart::finish() {
  TMZ_CHECK(!missing(1));
  if (::fsync(file_.number()) != 0 || std::rename(part_path().c_str(), path_.c_str()) != 0)
    return tl::unexpected(files::system_error("write", path_));
  return files::sync_folder(path_.parent_path());
}

}  // namespace tamizdat::blobs
