// From what a person wants different to the next charter: everything is checked here, at the keyboard, since what root
// keys have signed stays for ever.
#pragma once

#include <tamizdat/charter.h>

#include <string>
#include <vector>

#include "proto/format/verify.h"

namespace tamizdat::client {

inline constexpr ErrorCode kCharterEditInvalid{"charter-edit-invalid"};
inline constexpr ErrorCode kCharterOfLaterVersion{"charter-of-later-version"};

// The charter after `current`. `nonce`: 16 random octets. Errors: kCharterEditInvalid, kCharterOfLaterVersion, those of ids
// and tags.
Result<format::Charter> next_charter(const format::VerifiedCharter& current, const CharterEdit& edit, Timestamp now, Bytes nonce);

// What is different, a sentence each: of every field but version, hash of the charter before, nonce and time of issue, which
// differ always and stand in the first line of a request. And what of it may not be meant.
std::vector<std::string> changes_between(const format::Charter& before, const format::Charter& after);
std::vector<std::string> warnings_about(const format::Charter& before, const format::Charter& after);

// "3 root keys".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

}  // namespace tamizdat::client
