#include "relay/daemon/passphrase_command.h"

#include <ostream>
#include <system_error>

#include "relay/daemon/config_file.h"
#include "relay/os/sodium_random.h"

namespace tamizdat::daemon {
namespace {

namespace fs = std::filesystem;

constexpr ErrorCode kSameFile{"same-passphrase-file"};

struct Done {
  PassphraseChange change;
  bool is_drawn = false;
};

Result<Done> change(const RelayPlace& relay, const fs::path& new_file) {
  const auto config = load_config(relay.place);
  if (!config) return pass(config);
  const auto old_file = passphrase_file_of(*config, relay.passphrase_file);
  if (!old_file) return pass(old_file);
  std::error_code ignored;
  if (fs::equivalent(*old_file, new_file, ignored))
    return fail(kSameFile, new_file.string() + " has the passphrase of now: name another file for the new one, so that a relay that starts "
                           "meanwhile finds the one that its keys open with");
  const auto before = read_passphrase(*old_file);
  if (!before) return pass(before);
  // Before a passphrase is drawn: that it would serve.
  if (const auto keys = load_public_keys(config->folder); !keys) return pass(keys);
  os::SodiumRandom random;
  const auto after = read_or_draw_passphrase(new_file, random);
  if (!after) return pass(after);
  const auto changed = change_passphrase(config->folder, *before, after->passphrase, random);
  if (!changed) return pass(changed);
  return Done{*changed, after->is_drawn};
}

}  // namespace

int give_another_passphrase(const RelayPlace& relay, const fs::path& new_file, std::ostream& out, std::ostream& err) {
  const fs::path file = fs::absolute(new_file).lexically_normal();
  const auto done = change(relay, file);
  if (!done) {
    err << done.error().text << '\n';
    return 1;
  }
  if (done->change == PassphraseChange::kWasDone) {
    out << "The keys open with the passphrase in " << file.string() << " already: nothing was changed.\n";
    return 0;
  }
  out << "The keys open with the passphrase in " << file.string() << (done->is_drawn ? ", drawn just now" : "") << ".\n";
  err << "Put it where the relay looks for it before the next start: the file that --passphrase-file names in its service, else the one in "
         "relay.toml (keys.passphrase_file). Keep a copy of it, and of keys/ as it is now: older copies open with the old passphrase only, so "
         "destroy them.\n";
  return 0;
}

}  // namespace tamizdat::daemon
