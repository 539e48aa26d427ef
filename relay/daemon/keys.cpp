#include "relay/daemon/keys.h"

#include <sodium.h>

#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "relay/daemon/folders.h"
#include "relay/os/files.h"

namespace tamizdat::daemon {
namespace {

constexpr std::string_view kFirstWord = "tamizdat-relay-key:v1";
constexpr std::string_view kIdentity = "identity";
constexpr std::string_view kWitness = "witness";
constexpr std::string_view kMirror = "mirror";
constexpr std::size_t kKeyFileBytesMax = 256;  // one line of about 80

std::filesystem::path file_of(const std::filesystem::path& folder, std::string_view role) {
  return keys_folder(folder) / (std::string(role) + ".key");
}

std::string prefix_of(std::string_view role) { return std::string(kFirstWord) + " " + std::string(role) + " "; }

void wipe(std::string& secret) { sodium_memzero(secret.data(), secret.size()); }

Result<format::SigningKey> create_key(const std::filesystem::path& folder, std::string_view role, env::Random& random) {
  Bytes seed(32, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(seed.data()), seed.size()});
  std::string line = prefix_of(role) + to_base64url(seed) + "\n";
  auto key = format::SigningKey::from_seed(seed);
  const auto created = os::write_file(file_of(folder, role), line, os::FileMode::kPrivate);
  wipe(seed);
  wipe(line);
  if (!created) return pass(created);
  return key;
}

Result<format::SigningKey> load_key(const std::filesystem::path& folder, std::string_view role) {
  const auto file = file_of(folder, role);
  auto line = os::read_private_file(file, kKeyFileBytesMax);
  if (!line) return pass(line);
  const std::string prefix = prefix_of(role);
  const auto invalid = [&] {
    return fail(kKeyFileInvalid, file.string() + " is no " + std::string(role) +
                                     " key of a relay: put back the file that `tamizdat-relay init` made");
  };
  if (!line->starts_with(prefix) || !line->ends_with('\n')) return invalid();
  auto seed = from_base64url(std::string_view(*line).substr(prefix.size(), line->size() - prefix.size() - 1));
  wipe(*line);
  if (!seed || seed->size() != 32) return invalid();
  auto key = format::SigningKey::from_seed(*seed);
  wipe(*seed);
  return key;
}

// The three keys, each by `make`, or the first error.
template <typename Make>
Result<RelayKeys> all_keys(Make make) {
  auto identity = make(kIdentity);
  if (!identity) return pass(identity);
  auto witness = make(kWitness);
  if (!witness) return pass(witness);
  auto mirror = make(kMirror);
  if (!mirror) return pass(mirror);
  return RelayKeys{std::move(*identity), std::move(*witness), std::move(*mirror)};
}

}  // namespace

std::filesystem::path keys_folder(const std::filesystem::path& folder) { return folder / "keys"; }

Result<RelayKeys> create_keys(const std::filesystem::path& folder, env::Random& random) {
  for (const auto role : {kIdentity, kWitness, kMirror}) {
    std::error_code ignored;
    if (std::filesystem::exists(file_of(folder, role), ignored))
      return fail(kKeyFileExists, file_of(folder, role).string() + " exists already");
  }
  if (auto made = make_folder(keys_folder(folder), FolderReaders::kOwnerOnly); !made) return pass(made);
  return all_keys([&](std::string_view role) { return create_key(folder, role, random); });
}

Result<RelayKeys> load_keys(const std::filesystem::path& folder) {
  auto keys = all_keys([&](std::string_view role) { return load_key(folder, role); });
  if (keys && (keys->identity.public_key() == keys->witness.public_key() ||
               keys->identity.public_key() == keys->mirror.public_key() ||
               keys->witness.public_key() == keys->mirror.public_key()))
    return fail(kKeyFileInvalid, keys_folder(folder).string() + " holds one key twice: each role needs its own");
  return keys;
}

}  // namespace tamizdat::daemon
