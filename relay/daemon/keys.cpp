#include "relay/daemon/keys.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "proto/base/check.h"
#include "relay/daemon/folders.h"
#include "relay/os/files.h"

namespace tamizdat::daemon {
namespace {

namespace fs = std::filesystem;
using format::SigningKey;
using keys::KeyRole;

constexpr std::size_t kAnyKeyFileBytesMax = 64 * 1024;  // a longer one is not ours either, and says so when it is read
constexpr std::array<std::pair<std::string_view, KeyRole>, 3> kRoles{
    {{"identity", KeyRole::kRelayIdentity}, {"witness", KeyRole::kRelayWitness}, {"mirror", KeyRole::kRelayMirror}}};

struct KeyFile {
  fs::path path;
  KeyRole role;
  Bytes octets;
  Hash32 public_key;
};
using KeyFiles = std::vector<KeyFile>;  // in the order of kRoles
using Keys = std::vector<SigningKey>;   // likewise

fs::path file_of(const fs::path& folder, std::string_view role) { return keys_folder(folder) / (std::string(role) + ".key"); }

std::string_view advice_on(ErrorCode code) {
  if (code == os::kFileFailed) return ": put your copy of it back, readable by the relay's user; without it nobody is this relay";
  if (code == keys::kKeyFileUnknown)
    return ": put your copy of the file back that `tamizdat-relay init` made; if there is none, make a new relay with it, in another folder";
  if (code == keys::kKeyFileOfAnotherRole) return ": put each key back under its own name";
  return "";
}

// The form alone.
Result<KeyFile> read_key_file(const fs::path& path, KeyRole role) {
  auto octets = os::read_private_file(path, kAnyKeyFileBytesMax);
  if (!octets) return fail(octets.error().code, octets.error().text + std::string(advice_on(octets.error().code)));
  const auto public_key = keys::public_key_of(*octets, role);
  if (!public_key) {
    const Error& error = public_key.error();
    return fail(error.code, path.string() + ": " + error.text + std::string(advice_on(error.code)));
  }
  return KeyFile{path, role, *std::move(octets), *public_key};
}

Result<KeyFiles> read_key_files(const fs::path& folder) {
  KeyFiles files;
  for (const auto& [name, role] : kRoles) {
    auto file = read_key_file(file_of(folder, name), role);
    if (!file) return pass(file);
    for (const KeyFile& other : files)
      if (other.public_key == file->public_key)
        return fail(kKeyFileInvalid, keys_folder(folder).string() + " holds one key twice: each role needs its own");
    files.push_back(*std::move(file));
  }
  return files;
}

RelayPublicKeys public_keys_of(const KeyFiles& files) { return {files[0].public_key, files[1].public_key, files[2].public_key}; }

// Nothing if that is not its passphrase.
Result<std::optional<SigningKey>> try_open(const KeyFile& file, keys::PassphraseKey& passphrase) {
  auto key = keys::open_key(file.octets, file.role, passphrase);
  if (key) return std::optional(*std::move(key));
  if (key.error().code == keys::kPassphraseWrong) return std::optional<SigningKey>();
  return fail(key.error().code, file.path.string() + ": " + key.error().text);
}

tl::unexpected<Error> wrong_passphrase(const KeyFiles& files, const Passphrase& passphrase, std::size_t opened) {
  const std::string keys = files.front().path.parent_path().string();
  if (opened == 0)
    return fail(keys::kPassphraseWrong, "the passphrase in " + passphrase.file.string() + " is wrong for the keys in " + keys +
                                            ": put the file back that belongs to them, or name it with --passphrase-file");
  return fail(keys::kPassphraseWrong, "the passphrase in " + passphrase.file.string() + " opens " + std::to_string(opened) + " of the three keys in " + keys +
                                          ": a change of the passphrase was cut short, so run `tamizdat-relay passphrase` again, or put the copy of one time back");
}

// All, under one new salt.
Result<void> write_keys(const fs::path& folder, const Keys& keys, const Passphrase& passphrase, env::Random& random) {
  keys::PassphraseKey under(passphrase.secret.view());
  Bytes drawn(keys::kSaltAndNonceBytes, '\0');
  const std::span octets(reinterpret_cast<std::uint8_t*>(drawn.data()), drawn.size());
  random.fill(octets);
  std::vector<Bytes> files;
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    random.fill(octets.subspan(keys::kSaltBytes));
    auto file = keys::seal_key(keys[i], kRoles[i].second, under, kRelayKeyCost, drawn);
    if (!file) return pass(file);
    files.push_back(*std::move(file));
  }
  for (std::size_t i = 0; i < kRoles.size(); ++i)
    if (auto written = os::write_file(file_of(folder, kRoles[i].first), files[i], os::FileMode::kPrivate); !written) return written;
  return {};
}

SigningKey draw_key(env::Random& random) {
  keys::Secret seed(keys::kSeedBytes);
  random.fill(seed.writable());
  auto key = SigningKey::from_seed(seed.view());
  TMZ_CHECK(key.has_value());
  return *std::move(key);
}

}  // namespace

fs::path keys_folder(const fs::path& folder) { return folder / "keys"; }

Result<RelayPublicKeys> create_keys(const fs::path& folder, const Passphrase& passphrase, env::Random& random) {
  Keys keys;
  for (const auto& [name, role] : kRoles) {
    std::error_code ignored;
    if (fs::exists(file_of(folder, name), ignored))
      return fail(kKeyFileExists, file_of(folder, name).string() + " exists already");
    keys.push_back(draw_key(random));
  }
  if (auto made = make_folder(keys_folder(folder), FolderReaders::kOwnerOnly); !made) return pass(made);
  if (auto written = write_keys(folder, keys, passphrase, random); !written) return pass(written);
  return RelayPublicKeys{keys[0].public_key(), keys[1].public_key(), keys[2].public_key()};
}

Result<RelayPublicKeys> load_public_keys(const fs::path& folder) {
  const auto files = read_key_files(folder);
  if (!files) return pass(files);
  return public_keys_of(*files);
}

Result<RelayKeys> open_keys(const fs::path& folder, const Passphrase& passphrase) {
  const auto files = read_key_files(folder);
  if (!files) return pass(files);
  keys::PassphraseKey under(passphrase.secret.view());
  Keys keys;
  for (const KeyFile& file : *files) {
    auto key = try_open(file, under);
    if (!key) return pass(key);
    if (*key) keys.push_back(**std::move(key));
  }
  if (keys.size() != files->size()) return wrong_passphrase(*files, passphrase, keys.size());
  return RelayKeys{std::move(keys[0]), std::move(keys[1]), std::move(keys[2])};
}

Result<PassphraseChange> change_passphrase(const fs::path& folder, const Passphrase& before, const Passphrase& after,
                                           env::Random& random) {
  const auto files = read_key_files(folder);
  if (!files) return pass(files);
  keys::PassphraseKey under_before(before.secret.view()), under_after(after.secret.view());
  Keys keys;
  std::size_t done = 0;
  for (const KeyFile& file : *files) {
    auto key = try_open(file, under_after);
    if (key && *key) ++done;
    if (key && !*key) key = try_open(file, under_before);
    if (!key) return pass(key);
    if (!*key)
      return fail(keys::kPassphraseWrong, file.path.string() + " opens neither with the passphrase in " + before.file.string() + " nor with the one in " +
                                              after.file.string() + ": nothing was changed. Name the file of the passphrase of now with --passphrase-file");
    keys.push_back(**std::move(key));
  }
  if (done == files->size()) return PassphraseChange::kWasDone;
  if (auto written = write_keys(folder, keys, after, random); !written)
    return fail(written.error().code, written.error().text + ". Keep both passphrase files, and run this again: it goes on where it stopped");
  return PassphraseChange::kDone;
}

}  // namespace tamizdat::daemon
