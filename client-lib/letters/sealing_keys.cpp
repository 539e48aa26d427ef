#include "client-lib/letters/sealing_keys.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "client-lib/files/files.h"
#include "client-lib/keys/desk_box.h"
#include "client-lib/keys/key_files.h"
#include "proto/base/sealing_key_id.h"
#include "proto/format/slot.h"

namespace tamizdat::letters {
namespace {

constexpr std::size_t kFileBytesMax = 4096;
constexpr std::string_view kDestroyed = ".destroyed";

}  // namespace

Result<Hash32> SealingKeys::make(const format::SigningKey& desk_key, edges::Random& random) const {
  keys::Secret secret(32);
  random.fill(secret.writable());
  const auto public_key = format::sealing_public_key(secret.view());
  if (!public_key) return public_key;
  const SealingSecret made{*public_key, std::move(secret)};
  if (auto kept = keep(made, desk_key, random); !kept) return pass(kept);
  return public_key;
}

Result<void> SealingKeys::keep(const SealingSecret& secret, const format::SigningKey& desk_key, edges::Random& random) const {
  if (auto made = files::make_folder(folder_, files::Visibility::kOwner); !made) return made;
  const Bytes sealed = keys::seal_for_desk(desk_key, secret.secret.view(), secret.public_key.view(), random);
  std::error_code ignored;
  if (std::filesystem::exists(path(secret.public_key), ignored)) return {};
  return files::replace_file(path(secret.public_key), sealed, files::Visibility::kOwner);
}

Result<std::vector<Hash32>> SealingKeys::all() const {
  std::vector<Hash32> out;
  std::vector<std::filesystem::path> destroyed;
  std::error_code error;
  if (!std::filesystem::exists(folder_, error)) return out;
  for (std::filesystem::directory_iterator next(folder_, error), end; !error && next != end; next.increment(error)) {
    if (next->path().extension() == kDestroyed) destroyed.push_back(next->path());
    const auto octets = from_hex(next->path().filename().string());
    if (const auto key = octets ? Hash32::from(*octets) : std::nullopt) out.push_back(*key);
  }
  if (error) return fail(files::kFileFailed, "cannot read the folder " + folder_.string() + ": " + error.message());
  for (const auto& file : destroyed)
    if (auto done = wipe(file); !done) return pass(done);
  std::ranges::sort(out);
  return out;
}

Result<SealingSecret> SealingKeys::open(const Hash32& public_key, const format::SigningKey& desk_key) const {
  const auto sealed = keys::read_key_file(path(public_key));
  if (!sealed) return tl::unexpected(sealed.error());
  auto secret = keys::open_for_desk(desk_key, *sealed, public_key.view());
  if (!secret) return fail(secret.error().code, path(public_key).string() + ": " + secret.error().text);
  return SealingSecret{public_key, *std::move(secret)};
}

Result<void> SealingKeys::destroy(const Hash32& public_key) const {
  const auto file = path(public_key);
  std::filesystem::path destroyed = file;
  destroyed += kDestroyed;
  if (::rename(file.c_str(), destroyed.c_str()) != 0) return tl::unexpected(files::system_error("destroy", file));
  if (auto done = files::sync_folder(folder_); !done) return done;
  return wipe(destroyed);
}

Result<void> SealingKeys::wipe(const std::filesystem::path& file) const {
  const files::Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!descriptor) return tl::unexpected(files::system_error("open", file));
  if (auto done = files::write_at(descriptor, file, 0, Bytes(kFileBytesMax, '\0')); !done) return done;
  if (::fdatasync(descriptor.number()) != 0) return tl::unexpected(files::system_error("overwrite", file));
  if (::unlink(file.c_str()) != 0) return tl::unexpected(files::system_error("remove", file));
  return files::sync_folder(folder_);
}

Result<Hash32> sealing_key_named(const std::string& text) {
  const auto of_digits = [](const std::string& digits) {
    const auto octets = from_hex(digits);
    return octets ? Hash32::from(*octets) : std::nullopt;
  };
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(text, ignored)) {
    if (of_digits(text))
      return fail(kSealingKeyInvalid, "hexadecimal digits do not tell a typing error, and nobody could read what is sealed to a wrong key: write "
                                      "the key as tzseal1..., which tamizdat sealing-key list prints");
    const auto key = SealingKeyId::parse(text);
    if (!key) return fail(kSealingKeyInvalid, "\"" + text + "\" is neither a file nor a sealing key: " + key.error().text);
    return key->value;
  }
  if (const auto key = of_digits(std::filesystem::path(text).filename().string())) return *key;
  const auto file = keys::read_key_file(text);
  if (!file) return tl::unexpected(file.error());
  const auto key = keys::public_key_of(*file, keys::KeyRole::kSealing);
  if (!key) return fail(key.error().code, text + ": " + key.error().text);
  return *key;
}

}  // namespace tamizdat::letters
