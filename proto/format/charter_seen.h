// Charter-seen: a relay's word about which charter of a project is in force there, and whether the project is frozen. A
// reader who has a quorum of these, recent ones, knows that nobody hides a newer charter from him.
#pragma once

#include <cstdint>
#include <optional>

#include "proto/format/charter.h"

namespace tamizdat::format {

inline constexpr ErrorCode kCharterSeenMalformed{"charter-seen-malformed"};

struct CharterSeenContent {
  std::uint64_t version = 0;
  Hash32 hash;
  std::optional<Hash32> freeze;  // Freeze::hash of the one in force
  Timestamp time;
};

struct CharterSeen : CharterSeenContent {
  PolicyRelay relay;  // whose word it is
};

// The content of a statement, whoever signed it. Errors: kCharterSeenMalformed.
Result<CharterSeenContent> parse_charter_seen(BytesView content);
// The statement. Before it leaves, the relay has made durable that it never names another hash for this version.
Bytes make_charter_seen(const ProjectId& project, const CharterSeenContent& content, const SigningKey& witness_key);

}  // namespace tamizdat::format
