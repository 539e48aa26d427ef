#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "relay/store/disk.h"

namespace tamizdat::store {
namespace {

tl::unexpected<Error> failed(int error, const std::string& what, const std::string& path) {
  const std::string reason = std::system_category().message(error);
  if (error == ENOSPC || error == EDQUOT)
    return fail(kDiskFull, "no space left to " + what + " " + path + ": free some, or give the relay a larger disk");
  return fail(kDiskFailed, "cannot " + what + " " + path + ": " + reason);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool valid() const { return number_ >= 0; }

 private:
  int number_;
};

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = ::pread(descriptor_.number(), out.data() + done, out.size() - done,
                                    static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed(errno, "read", path_);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
    while (!bytes.empty()) {
      const ssize_t count =
          ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed(errno, "write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  Result<void> sync(SyncSite) override {
    if (::fdatasync(descriptor_.number()) != 0) return failed(errno, "make durable", path_);
    return {};
  }

  Result<void> preallocate(std::uint64_t size) override {
    const int error = ::posix_fallocate(descriptor_.number(), 0, static_cast<off_t>(size));
    if (error != 0) return failed(error, "allocate", path_);
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0) return failed(errno, "cut", path_);
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat status {};
    if (::fstat(descriptor_.number(), &status) != 0) return failed(errno, "look at", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

class PosixLock final : public FolderLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

Result<std::unique_ptr<File>> open_file(const std::string& path, int flags, const char* what) {
  Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0600));
  if (!descriptor.valid()) return failed(errno, what, path);
  return std::make_unique<PosixFile>(std::move(descriptor), path);
}

}  // namespace

std::string parent_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Result<void> PosixDisk::make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(errno, "make the folder", path);
  return {};
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator item(folder, error), end; !error && item != end; item.increment(error))
    names.push_back(item->path().filename().string());
  if (error) return failed(error.value(), "list", folder);
  std::ranges::sort(names);
  return names;
}

Result<std::unique_ptr<File>> PosixDisk::create(const std::string& path) {
  return open_file(path, O_CREAT | O_EXCL, "create");
}

Result<std::unique_ptr<File>> PosixDisk::open(const std::string& path) { return open_file(path, 0, "open"); }

Result<void> PosixDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return failed(errno, "remove", path);
  return {};
}

Result<void> PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed(errno, "rename", from);
  return {};
}

Result<void> PosixDisk::sync_folder(const std::string& path, SyncSite) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.valid()) return failed(errno, "open the folder", path);
  if (::fsync(descriptor.number()) != 0) return failed(errno, "make durable", path);
  return {};
}

Result<std::unique_ptr<FolderLock>> PosixDisk::lock(const std::string& folder) {
  const std::string path = folder + "/lock";
  Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!descriptor.valid()) return failed(errno, "open", path);
  if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(kFolderInUse, "another process has the store in " + folder +
                                    ": stop the other relay, or give this one a folder of its own");
    return failed(errno, "lock", path);
  }
  return std::make_unique<PosixLock>(std::move(descriptor));
}

}  // namespace tamizdat::store
