// Stopping a project: whoever holds one root key can, alone. Relays take no further entries of it until an update that
// meets the threshold thaws it, which may remove the key that froze. Readers keep all that is there, and see since when it
// is frozen.
#pragma once

#include <string>
#include <vector>

#include <tamizdat/charter.h>

namespace tamizdat::client {

struct FreezeReport {
  std::string project = {};
  std::string title = {};
  std::uint64_t version = 0;  // of the charter that is frozen: the next one thaws
  std::vector<CharterTaken> relays = {};
  std::vector<RelayStanding> standings = {};  // of the relays to the charter that is frozen
  std::vector<std::string> warnings = {};     // a freeze of a charter that may not be the newest stops less than is meant
  bool kept_in_home = false;  // a relay that has not taken it gets it with the next Desk::send() from there
};

// Signs with the root key, keeps it in the home if that is the project's, and sends it to all relays at once: one that is slow
// delays no other. Errors: not-a-root-key, those of the key file, of charters and relays.
Outcome<FreezeReport> freeze_project(const CharterSource& source, const std::string& root_key_file, const Passphrase& passphrase);
Outcome<FreezeReport> freeze_project(const CharterSource& source, const std::string& root_key_file, const Passphrase& passphrase,
                                     Edges& edges);

}  // namespace tamizdat::client
