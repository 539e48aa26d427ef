// A withholding: an operator's public notice that a relay does not serve an entry, in which country's name and why. The
// entry stays what it is; other relays have it. A later notice of the same relay about the same entry may lift it.
#pragma once

#include <optional>
#include <string>

#include "proto/base/ids.h"
#include "proto/base/time.h"
#include "proto/format/keys.h"

namespace tamizdat::format {

inline constexpr ErrorCode kWithholdingMalformed{"withholding-malformed"};

struct WithholdingContent {
  EntryId entry;
  std::string country;  // whose order it is: ISO 3166-1 alpha-2
  std::string reason;   // for readers, in the operator's words
  Timestamp time;
  bool lifted = false;           // served again
  bool kept_from_peers = false;  // links too go without it
};

// The content of a statement of kind withholding.
struct Withholding : WithholdingContent {
  RelayId relay;  // whose notice it is
};

// The statement. The caller keeps the rules and limits.
Bytes make_withholding(const ProjectId& project, const WithholdingContent& content, const SigningKey& identity_key);
// The entry that the statement is about, whoever signed it and whether he has a say or not; none if it is no withholding.
std::optional<EntryId> withheld_entry(BytesView statement);
// Its slot: a later notice takes the place of an earlier one.
Hash32 withholding_slot(const EntryId& entry, const RelayId& relay);

}  // namespace tamizdat::format
