// Key files (proto/keys/key_file.h) as a home makes and reads them.
#pragma once

#include <filesystem>

#include "client-lib/edges/edges.h"
#include "proto/keys/key_file.h"

namespace tamizdat::keys {

inline constexpr ErrorCode kKeyFileUnsafe{"key-file-unsafe"};

// A new secret key.
format::SigningKey generate_key(edges::Random& random);

// Refuses a file that others may read. Errors: kKeyFileUnsafe, those of files::read_file.
Result<Bytes> read_key_file(const std::filesystem::path& path);

}  // namespace tamizdat::keys
