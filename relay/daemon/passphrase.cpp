#include "relay/daemon/passphrase.h"

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "proto/keys/passphrase_line.h"
#include "relay/os/files.h"

namespace tamizdat::daemon {
namespace {

namespace fs = std::filesystem;

// Those of bech32 (BIP 173): none looks like another. 32 of them, so that each stands for five bits.
constexpr std::string_view kLetters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kDrawnLetters = 32, kGroup = 4;

// "kcv6-0y9n-...", a line.
keys::Secret draw(env::Random& random) {
  keys::Secret octets(kDrawnLetters);
  random.fill(octets.writable());
  keys::Secret line(kDrawnLetters + kDrawnLetters / kGroup);
  std::size_t at = 0;
  for (std::size_t i = 0; i < kDrawnLetters; ++i) {
    line.writable()[at++] = static_cast<std::uint8_t>(kLetters[octets.writable()[i] & 31U]);
    if (i % kGroup == kGroup - 1) line.writable()[at++] = '-';
  }
  line.writable().back() = '\n';
  return line;
}

// Or may be: in a folder that cannot be read.
bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::status(path, ignored).type() != fs::file_type::not_found;
}

}  // namespace

fs::path default_passphrase_file(const fs::path& folder) {
  fs::path file = fs::absolute(folder).lexically_normal();
  if (!file.has_filename()) file = file.parent_path();  // "/srv/relay/"
  return file += ".passphrase";
}

Result<fs::path> passphrase_file_of(const Config& config, const fs::path& named) {
  if (!named.empty()) return named;
  if (!config.passphrase_file.empty()) return config.at(config.passphrase_file);
  return fail(kPassphraseMissing, config.about("keys.passphrase_file", "names no file with the passphrase of the keys: write its path there, or "
                                                                       "give it with --passphrase-file"));
}

Result<Passphrase> read_passphrase(const fs::path& file) {
  if (!is_there(file))
    return fail(kPassphraseMissing, "there is no passphrase file " + file.string() + ", and the keys do not open without: put your copy of it back, or "
                                    "name where it lies now with --passphrase-file");
  keys::Secret octets(keys::kPassphraseBytesMax + 1);
  const auto filled = os::read_private_file(file, octets.writable());
  if (!filled && filled.error().code == os::kFileNotPrivate)
    return fail(kPassphraseUnsafe, "other users of this machine can read the passphrase file " + file.string() +
                                       ": run chmod 600 on it, and take another passphrase if they could have (tamizdat-relay passphrase)");
  if (!filled) return fail(filled.error().code, filled.error().text + ": let the relay's user read it, or name another file with --passphrase-file");
  auto line = keys::passphrase_line(octets.view().substr(0, *filled), file.string());
  if (!line) return fail(line.error().code, line.error().text + ": write it on the first line, or name another file with --passphrase-file");
  return Passphrase{file, *std::move(line)};
}

Result<NewPassphrase> read_or_draw_passphrase(const fs::path& file, env::Random& random) {
  const bool is_drawn = !is_there(file);
  if (is_drawn) {
    const auto written = os::write_file(file, draw(random).view(), os::FileMode::kPrivate);
    if (!written)
      return fail(written.error().code, written.error().text + ". The passphrase of the keys shall lie there: name a file that this user can "
                                                               "write with --passphrase-file");
  }
  auto passphrase = read_passphrase(file);
  if (!passphrase) return pass(passphrase);
  // Keys are about to be sealed under it: it must not go with the power, whoever wrote it.
  if (auto synced = os::sync_file(file); !synced) return pass(synced);
  return NewPassphrase{*std::move(passphrase), is_drawn};
}

}  // namespace tamizdat::daemon
