// The X25519 secrets of a home, with which letters to its project are opened: `sealing-keys/<public key in hexadecimal>`,
// each encrypted for the desk (keys/desk_box.h). The public keys stand in the project's charter. A secret that has gone is
// gone: what was sealed to it, on whatever disk it lies, opens for nobody any more. That is what rotation is for.
//
// A file of that name is always whole: a new secret gets its name when it is durable, and one that is destroyed loses it,
// to `<public key>.destroyed`, before it is overwritten. What a power cut left of either goes at the next look.
#pragma once

#include <filesystem>
#include <vector>

#include "client-lib/edges/edges.h"
#include "proto/base/hash32.h"
#include "proto/format/keys.h"
#include "proto/keys/secret.h"

namespace tamizdat::letters {

inline constexpr ErrorCode kSealingKeyInvalid{"sealing-key-invalid"};

struct SealingSecret {
  Hash32 public_key;
  keys::Secret secret;
};

class SealingKeys {
 public:
  explicit SealingKeys(const std::filesystem::path& home) : folder_(home / "sealing-keys") {}

  // A new one; durable when it returns. Errors: those of files.
  Result<Hash32> make(const format::SigningKey& desk_key, edges::Random& random) const;
  // The public keys whose secrets are here; finishes a destruction that was cut short. Errors: those of files.
  Result<std::vector<Hash32>> all() const;
  // Errors: keys::kDeskBoxWrong, those of files.
  Result<SealingSecret> open(const Hash32& public_key, const format::SigningKey& desk_key) const;
  // Keeps a secret that was made elsewhere; that it is here already changes nothing. Errors: those of files.
  Result<void> keep(const SealingSecret& secret, const format::SigningKey& desk_key, edges::Random& random) const;
  // Takes the file's name, overwrites it, waits for the disk, and removes it. Errors: those of files.
  Result<void> destroy(const Hash32& public_key) const;

 private:
  std::filesystem::path path(const Hash32& public_key) const { return folder_ / to_hex(public_key.view()); }
  Result<void> wipe(const std::filesystem::path& file) const;
  std::filesystem::path folder_;
};

// The public key that a person names by its text (tzseal1...), or by the file of its secret: a home's sealing-keys/<digits>,
// or a key file of it. Errors: kSealingKeyInvalid, those of the key file.
Result<Hash32> sealing_key_named(const std::string& text);

}  // namespace tamizdat::letters
