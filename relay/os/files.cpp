#include "relay/os/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace tamizdat::os {

namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> failed(std::string_view what, const std::filesystem::path& path) {
  const std::string reason = std::strerror(errno);
  return fail(kFileFailed, "cannot " + std::string(what) + " " + path.string() + ": " + reason);
}

bool write_all(int fd, BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Result<void> sync_folder(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const FileDescriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return failed("sync", folder);
  return {};
}

// Whoever has the right to replace the file of another user leaves it his.
bool keep_owner(int fd, const struct stat& replaced) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return false;
  return (facts.st_uid == replaced.st_uid && facts.st_gid == replaced.st_gid) || ::fchown(fd, replaced.st_uid, replaced.st_gid) == 0;
}

enum class Secrecy { kAny, kOwnerOnly };

// systemd.exec(5): credentials lie in this folder.
bool is_credential(const std::filesystem::path& path) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder != nullptr && path.parent_path() == folder;
}

// That it can be read, and by nobody else.
Result<void> check(const FileDescriptor& file, const std::filesystem::path& path, Secrecy secrecy) {
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) != 0) return failed("read", path);
  const mode_t of_others = is_credential(path) ? 037U : 077U;
  if (secrecy == Secrecy::kOwnerOnly && (facts.st_mode & of_others) != 0) {
    return fail(kFileNotPrivate, path.string() + " can be read by other users: chmod 600 it, and replace the key in it "
                                                 "if somebody else may have read it");
  }
  return {};
}

Result<Bytes> read(const std::filesystem::path& path, std::size_t bytes_max, Secrecy secrecy) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (auto fine = check(file, path, secrecy); !fine) return pass(fine);
  Bytes bytes;
  for (;;) {
    char buffer[16384];
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path);
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
    if (bytes.size() > bytes_max) {
      return fail(kFileTooLarge, path.string() + " is larger than " + std::to_string(bytes_max) + " octets");
    }
  }
}

}  // namespace

Result<void> write_file(const std::filesystem::path& path, BytesView bytes, FileMode mode) {
  // A name of our own: what people call FILE.new is theirs.
  auto next = path;
  next.replace_filename("." + path.filename().string() + ".unfinished");
  ::unlink(next.c_str());  // left by a crash; O_EXCL then refuses a link that somebody put there
  const FileDescriptor old(::open(path.c_str(), (mode == FileMode::kPrivate ? O_WRONLY : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat replaced {};
  const bool replaces = old && ::fstat(old.get(), &replaced) == 0 && S_ISREG(replaced.st_mode);
  {
    const FileDescriptor file(
        ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (!file) return failed("create", next);
    if (replaces && !keep_owner(file.get(), replaced)) return failed("keep the owner of", path);
    if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0) return failed("write", next);
  }
  if (::rename(next.c_str(), path.c_str()) != 0) return failed("replace", path);
  if (auto synced = sync_folder(path); !synced) return synced;
  // A secret is overwritten where it lay, once the new one is safe. Another name of the same file is a copy that somebody made.
  if (mode != FileMode::kPrivate || !replaces || replaced.st_nlink != 1) return {};
  if (!write_all(old.get(), Bytes(static_cast<std::size_t>(replaced.st_size), '\0')) || ::fdatasync(old.get()) != 0)
    return failed("overwrite what was before in", path);
  return {};
}

Result<void> sync_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return failed("sync", path);
  return sync_folder(path);
}

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  return read(path, bytes_max, Secrecy::kAny);
}

Result<Bytes> read_private_file(const std::filesystem::path& path, std::size_t bytes_max) {
  return read(path, bytes_max, Secrecy::kOwnerOnly);
}

Result<std::size_t> read_private_file(const std::filesystem::path& path, std::span<std::uint8_t> into) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (auto fine = check(file, path, Secrecy::kOwnerOnly); !fine) return pass(fine);
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t count = ::read(file.get(), &into[filled], into.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

}  // namespace tamizdat::os
