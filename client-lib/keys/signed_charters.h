// What a root key has signed, so that it does not sign two charters of one version by an error or under pressure:
// `<key file>.signed` beside its file, a line a project with the highest version:
//
//   tzproject1... 4 <hash of the charter, 64 hexadecimal digits>
//
// It goes where the key file goes; a key that was read back from paper has none, and begins a new one.
#pragma once

#include <cstdint>
#include <filesystem>

#include "proto/base/ids.h"
#include "proto/base/result.h"

namespace tamizdat::keys {

inline constexpr ErrorCode kSignedAnotherCharter{"charter-signed-another"};
inline constexpr ErrorCode kSignedRecordDamaged{"signed-record-damaged"};

struct CharterName {
  ProjectId project;
  std::uint64_t version = 0;
  Hash32 hash;
};

enum class OtherOfVersion : std::uint8_t { kRefuse, kSign };

class SignedCharters {
 public:
  explicit SignedCharters(const std::filesystem::path& key_file);

  // To be called before the signature is made; durable when it returns. The same charter again changes nothing.
  // Errors: kSignedAnotherCharter (unless `other` says so: another one of this version, or a later one, was signed before),
  // kSignedRecordDamaged, those of files.
  Result<void> note(const CharterName& charter, OtherOfVersion other) const;

 private:
  std::filesystem::path path_;
};

}  // namespace tamizdat::keys
