#include "proto/keys/passphrase_line.h"

#include <string>

namespace tamizdat::keys {

Result<Secret> passphrase_line(BytesView octets, std::string_view place) {
  BytesView line = octets.substr(0, octets.find('\n'));
  if (line.size() > kPassphraseBytesMax)
    return fail(kPassphraseTooLong, "the passphrase in " + std::string(place) + " is longer than 1024 octets");
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return fail(kPassphraseEmpty, "the passphrase in " + std::string(place) + " is empty");
  return Secret::copy_of(line);
}

}  // namespace tamizdat::keys
