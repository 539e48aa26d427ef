#include "client-lib/keys/key_files.h"

#include <sys/stat.h>

#include "client-lib/files/files.h"
#include "proto/base/check.h"
#include "proto/keys/secret.h"

namespace tamizdat::keys {

format::SigningKey generate_key(edges::Random& random) {
  Secret seed(kSeedBytes);
  random.fill(seed.writable());
  auto key = format::SigningKey::from_seed(seed.view());
  TMZ_CHECK(key.has_value());
  return *std::move(key);
}

Result<Bytes> read_key_file(const std::filesystem::path& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return tl::unexpected(files::system_error("read", path));
  if ((about.st_mode & 077U) != 0)
    return fail(kKeyFileUnsafe, "other users of this machine may read the key file " + path.string() +
                                    ": run chmod 600 on it, and think about who could have copied it");
  constexpr std::uint64_t kAnyKeyFileBytesMax = 64 * 1024;  // a longer one is not ours either, and says so when opened
  auto file = files::read_file(path, kAnyKeyFileBytesMax);
  if (file && file->empty())
    return fail(kKeyFileDamaged, path.string() + " is empty: the power went, or the disk was full, while it was written. Bring it back from a copy or "
                                 "from paper; if it was being made and no charter lists the key yet, remove the file and make it again");
  return file;
}

}  // namespace tamizdat::keys
