#include <tamizdat/passphrase.h>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "client-lib/client/problem.h"
#include "client-lib/files/descriptor.h"
#include "client-lib/files/files.h"
#include "proto/keys/passphrase_line.h"

namespace tamizdat::client {
namespace {

constexpr ErrorCode kPassphraseUnsafe{"passphrase-file-unsafe"};

// The first line, read octet by octet: what follows on standard input belongs to others.
Result<keys::Secret> read_line(int file, const std::string& path) {
  keys::Secret buffer(keys::kPassphraseBytesMax + 1);
  std::size_t filled = 0;
  while (filled < buffer.view().size()) {
    const ssize_t got = ::read(file, &buffer.writable()[filled], 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(files::system_error("read", path));
    if (got == 0 || buffer.view()[filled++] == '\n') break;
  }
  return keys::passphrase_line(buffer.view().substr(0, filled), path);
}

}  // namespace

Passphrase::Passphrase(std::unique_ptr<keys::Secret> secret) : secret_(std::move(secret)) {}
Passphrase::Passphrase(Passphrase&&) noexcept = default;
Passphrase& Passphrase::operator=(Passphrase&&) noexcept = default;
Passphrase::~Passphrase() = default;

bool Passphrase::operator==(const Passphrase& other) const {
  const auto mine = secret_->view(), theirs = other.secret_->view();
  return mine.size() == theirs.size() && sodium_memcmp(mine.data(), theirs.data(), mine.size()) == 0;
}

Outcome<Passphrase> Passphrase::take(std::string& text) {
  if (text.empty()) return tl::unexpected(problem_of({keys::kPassphraseEmpty, "the passphrase is empty"}));
  auto secret = std::make_unique<keys::Secret>(keys::Secret::copy_of(text));
  keys::wipe(text);
  return Passphrase(std::move(secret));
}

Outcome<Passphrase> Passphrase::from_file(const std::string& path) {
  const files::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.number(), &about) != 0) return tl::unexpected(problem_of(files::system_error("read", path)));
  if (S_ISREG(about.st_mode) && (about.st_mode & 077U) != 0)
    return tl::unexpected(problem_of({kPassphraseUnsafe, "other users of this machine may read the passphrase file " + path +
                                                             ": run chmod 600 on it, and choose another passphrase if they could have"}));
  auto secret = read_line(file.number(), path);
  if (!secret) return problem(secret);
  return Passphrase(std::make_unique<keys::Secret>(*std::move(secret)));
}

Outcome<Passphrase> Passphrase::from_standard_input() {
  auto secret = read_line(STDIN_FILENO, "standard input");
  if (!secret) return problem(secret);
  return Passphrase(std::make_unique<keys::Secret>(*std::move(secret)));
}

}  // namespace tamizdat::client
