// links: tamizdat_key_files
// The form of a key file, without a passphrase: as it comes, and with a check that fits, which gets further.
#include <cstddef>
#include <cstdint>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/keys/key_file.h"

namespace {

using tamizdat::Bytes;
using tamizdat::BytesView;
using tamizdat::keys::KeyRole;

void try_roles(BytesView file) {
  int roles = 0;
  for (int role = 0; role < 256; ++role) {
    const auto key = tamizdat::keys::public_key_of(file, static_cast<KeyRole>(role));
    if (!key) continue;
    ++roles;
    TMZ_CHECK(file.size() == tamizdat::keys::kKeyFileBytes && static_cast<std::uint8_t>(file[15]) == role);
    TMZ_CHECK(key->view() == file.substr(72, 32));
  }
  TMZ_CHECK(roles <= 1);  // no file opens in two places
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes file(reinterpret_cast<const char*>(data), size);
  try_roles(file);
  file.resize(152);
  file += tamizdat::format::sha256({file}).view().substr(0, 8);
  try_roles(file);
  return 0;
}
