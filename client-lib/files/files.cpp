#include "client-lib/files/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tamizdat::files {
namespace {

mode_t mode_of(Visibility visibility) { return visibility == Visibility::kOwner ? 0600 : 0666; }

Result<void> write_all(const Descriptor& file, BytesView bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return tl::unexpected(system_error("write", path));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

Result<Descriptor> create(const std::filesystem::path& path, Visibility visibility, int flags) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, mode_of(visibility)));
  if (!file) return tl::unexpected(system_error("write", path));
  return file;
}

}  // namespace

Error system_error(std::string_view doing, const std::filesystem::path& path) {
  const int reason = errno;
  const std::string what = "cannot " + std::string(doing) + " " + path.string() + ": ";
  switch (reason) {
    case ENOENT: return {kFileMissing, what + "there is no such file or folder"};
    case EEXIST: return {kFileExists, what + "it exists already"};
    case EACCES: case EPERM: return {kFileFailed, what + "this user may not; check owner and mode"};
    case ENOSPC: case EDQUOT: return {kFileFailed, what + "the disk is full; free some space and run it again"};
    default: return {kFileFailed, what + std::strerror(reason)};
  }
}

Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!file || ::fstat(file.number(), &about) != 0) return tl::unexpected(system_error("read", path));
  if (!S_ISREG(about.st_mode)) return fail(kFileFailed, "cannot read " + path.string() + ": it is no ordinary file");
  Bytes out;
  while (true) {
    constexpr std::size_t kChunkBytes = 256 * 1024;
    const std::size_t before = out.size();
    out.resize(before + kChunkBytes);
    const ssize_t got = ::read(file.number(), out.data() + before, kChunkBytes);
    out.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(system_error("read", path));
    if (out.size() > bytes_max)
      return fail(kFileTooLarge, path.string() + " is larger than " + std::to_string(bytes_max) + " octets");
    if (got == 0) return out;
  }
}

Result<void> write_new_file(const std::filesystem::path& path, BytesView bytes, Visibility visibility) {
  const auto file = create(path, visibility, O_EXCL);
  if (!file) return tl::unexpected(file.error());
  auto done = write_all(*file, bytes, path);
  if (done && ::fsync(file->number()) != 0) done = tl::unexpected(system_error("write", path));
  if (!done) {
    ::unlink(path.c_str());
    return done;
  }
  return sync_folder(folder_of(path));
}

Result<void> replace_file_lightly(const std::filesystem::path& path, BytesView bytes) {
  std::filesystem::path part = path;
  part += ".part";
  const auto file = create(part, Visibility::kPublic, O_TRUNC);
  if (!file) return tl::unexpected(file.error());
  if (auto done = write_all(*file, bytes, part); !done) return done;
  if (::rename(part.c_str(), path.c_str()) != 0) return tl::unexpected(system_error("write", path));
  return {};
}

Result<void> replace_file(const std::filesystem::path& path, BytesView bytes, Visibility visibility) {
  std::filesystem::path part = path;
  part += ".part";
  ::unlink(part.c_str());  // what an earlier attempt left: it may have another mode
  if (auto done = write_new_file(part, bytes, visibility); !done) return done;
  if (::rename(part.c_str(), path.c_str()) != 0) return tl::unexpected(system_error("write", path));
  return sync_folder(folder_of(path));
}

Result<Bytes> read_at(const Descriptor& file, const std::filesystem::path& path, std::uint64_t offset, std::size_t count) {
  Bytes out(count, '\0');
  for (std::size_t read = 0; read < count;) {
    const ssize_t got = ::pread(file.number(), out.data() + read, count - read, static_cast<off_t>(offset + read));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(system_error("read", path));
    if (got == 0) return fail(kFileFailed, "cannot read " + path.string() + ": it became shorter meanwhile");
    read += static_cast<std::size_t>(got);
  }
  return out;
}

Result<void> write_at(const Descriptor& file, const std::filesystem::path& path, std::uint64_t offset, BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return tl::unexpected(system_error("write", path));
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Descriptor open_folder(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!open_folder || ::fsync(open_folder.number()) != 0) return tl::unexpected(system_error("write", folder));
  return {};
}

Result<void> make_folder(const std::filesystem::path& path, Visibility visibility) {
  std::error_code error;
  const bool there = std::filesystem::is_directory(path, error);
  if (there) return {};
  std::filesystem::create_directories(folder_of(path), error);
  if (::mkdir(path.c_str(), visibility == Visibility::kOwner ? 0700 : 0777) != 0 && errno != EEXIST)
    return tl::unexpected(system_error("make the folder", path));
  if (!std::filesystem::is_directory(path, error))
    return fail(kFileFailed, "cannot make the folder " + path.string() + ": a file of that name is in the way");
  return {};
}

}  // namespace tamizdat::files
