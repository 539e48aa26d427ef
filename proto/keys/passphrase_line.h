// The passphrase in a passphrase file or on standard input: its first line. The same for newsrooms and relays, so that one
// file serves wherever it is named.
#pragma once

#include <string_view>

#include "proto/base/result.h"
#include "proto/keys/secret.h"

namespace tamizdat::keys {

inline constexpr ErrorCode kPassphraseEmpty{"passphrase-empty"};
inline constexpr ErrorCode kPassphraseTooLong{"passphrase-too-long"};

inline constexpr std::size_t kPassphraseBytesMax = 1024;

// `octets`: what `place` holds, to the end of its first line or further; of one that is too long at least
// kPassphraseBytesMax + 1. Carriage returns at the end of the line are no part of it. Errors: kPassphraseEmpty,
// kPassphraseTooLong.
Result<Secret> passphrase_line(BytesView octets, std::string_view place);

}  // namespace tamizdat::keys
