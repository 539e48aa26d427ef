#include "relay/daemon/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace tamizdat::daemon {
namespace {

std::string reason_of(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The name of a new file is durable only after its folder is.
bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return descriptor.is_open() && ::fsync(descriptor.number()) == 0;
}

}  // namespace

Result<void> create_file(const std::filesystem::path& file, std::string_view content, Readers readers) {
  const mode_t mode = readers == Readers::kOwnerOnly ? 0600 : 0644;
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!descriptor.is_open() && errno == EEXIST) return fail(kFileExists, file.string() + " exists already");
  if (!descriptor.is_open() || !write_all(descriptor.number(), content) || ::fsync(descriptor.number()) != 0 ||
      !sync_folder(file.parent_path()))
    return fail(kFileNotWritten, "cannot write " + file.string() + ": " + reason_of(errno));
  return {};
}

Result<void> create_folder(const std::filesystem::path& folder, Readers readers) {
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(folder, error);
  if (!error && is_new && readers == Readers::kOwnerOnly)
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return fail(kFileNotWritten, "cannot make the folder " + folder.string() + ": " + error.message());
  return {};
}

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return fail(kFileUnreadable, "cannot read " + file.string() + ": " + reason_of(errno));
  return content;
}

Result<std::string> read_secret_file(const std::filesystem::path& file) {
  struct ::stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(kSecretExposed, file.string() + " is open to other users of this machine: chmod 600 " + file.string() +
                                    ", and think whether somebody read it");
  }
  return read_file(file);
}

}  // namespace tamizdat::daemon
