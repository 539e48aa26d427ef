#include "client-lib/blobs/blob_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>

#include "client-lib/files/files.h"
#include "proto/format/limits.h"

namespace tamizdat::blobs {
namespace {

constexpr std::uint64_t kBlocksAtOnce = 64;

}  // namespace

Result<BlobId> BlobFolder::keep(BytesView octets) const {
  const auto tree = format::BlobTree::from_bytes(octets);
  if (!tree) return tl::unexpected(tree.error());
  const auto blocks = [&](std::uint64_t first, std::uint64_t count) -> Result<Bytes> {
    return Bytes(octets.substr(static_cast<std::size_t>(first * format::kBlockBytes),
                               static_cast<std::size_t>(count * format::kBlockBytes)));
  };
  if (auto done = write(tree->id(), blocks); !done) return pass(done);
  return tree->id();
}

Result<BlobId> BlobFolder::keep_file(const std::filesystem::path& source) const {
  const auto file = BlobFile::open(source);
  if (!file) return tl::unexpected(file.error());
  const auto blocks = [&](std::uint64_t first, std::uint64_t count) { return file->blocks(first, count); };
  if (auto done = write(file->id(), blocks); !done) return pass(done);
  return file->id();
}

Result<void> BlobFolder::keep_from(const BlobFolder& other, const BlobId& blob) const {
  const auto file = other.open(blob);
  if (!file) return tl::unexpected(file.error());
  return write(blob, [&](std::uint64_t first, std::uint64_t count) { return file->blocks(first, count); });
}

Result<BlobFile> BlobFolder::open(const BlobId& blob) const {
  auto file = BlobFile::open(path(blob));
  if (!file && file.error().code == files::kFileMissing)
    return fail(kBlobMissing, "the attachment " + path(blob).string() +
                                  " is not there: bring it back from a copy of this folder");
  const bool is_damaged = file ? file->id() != blob : file.error().code == format::kBlobSizeInvalid;
  if (is_damaged)
    return fail(kBlobDamaged, "the attachment " + path(blob).string() +
                                  " is damaged: bring it back from a copy of this folder");
  return file;
}

Result<std::uint64_t> BlobFolder::free_bytes() const {
  if (auto made = files::make_folder(folder_, files::Visibility::kOwner); !made) return pass(made);
  std::error_code error;
  const auto space = std::filesystem::space(folder_, error);
  if (error) return fail(files::kFileFailed, "cannot tell how much of the disk of " + folder_.string() + " is free: " + error.message());
  return space.available;
}

Result<void> BlobFolder::write(const BlobId& blob, const Blocks& blocks) const {
  if (auto made = files::make_folder(folder_, files::Visibility::kOwner); !made) return made;
  if (open(blob)) return {};
  std::filesystem::path part = path(blob);
  part += ".part";
  const files::Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || ::flock(file.number(), LOCK_EX) != 0) return tl::unexpected(files::system_error("write", part));
  // Another command may have kept it while this one waited; then `file` is perhaps the whole one.
  if (open(blob)) return {};
  const auto fill = [&]() -> Result<void> {
    if (::ftruncate(file.number(), 0) != 0) return tl::unexpected(files::system_error("write", part));
    for (std::uint64_t first = 0; first < format::block_count(blob.size); first += kBlocksAtOnce) {
      const auto octets = blocks(first, kBlocksAtOnce);
      if (!octets) return tl::unexpected(octets.error());
      if (auto done = files::write_at(file, part, first * format::kBlockBytes, *octets); !done) return done;
    }
    if (::fsync(file.number()) != 0 || std::rename(part.c_str(), path(blob).c_str()) != 0)
      return tl::unexpected(files::system_error("write", part));
    return {};
  };
  if (auto done = fill(); !done) {
    // Its room goes back, its name stays: another command may be waiting for the lock.
    static_cast<void>(::ftruncate(file.number(), 0) == 0);
    return done;
  }
  if (auto done = files::sync_folder(folder_); !done) return done;
  if (is_named_durably_) return {};
  if (auto done = files::sync_folder(folder_.parent_path()); !done) return done;
  is_named_durably_ = true;
  return {};
}

}  // namespace tamizdat::blobs
