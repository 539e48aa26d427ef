// What a relay says of itself, signed by its identity key: the two other keys, host country and addresses. Newsrooms
// take it from the relay and write what they believe of it into the witness policy of their charter; only that counts.
#pragma once

#include <string>
#include <vector>

#include "proto/base/ids.h"
#include "proto/base/time.h"
#include "proto/format/keys.h"

namespace tamizdat::format {

inline constexpr ErrorCode kDescriptorTooLarge{"descriptor-too-large"};
inline constexpr ErrorCode kDescriptorMalformed{"descriptor-malformed"};
inline constexpr ErrorCode kDescriptorSignatureInvalid{"descriptor-signature-invalid"};

struct RelayDescriptor {
  RelayId relay;
  Hash32 witness_key;  // of its cosignatures and of charter-seen
  Hash32 mirror_key;   // of its receipts
  std::string label;
  std::string country;                 // ISO 3166-1 alpha-2; empty if the operator does not say
  std::vector<std::string> addresses;  // host and port each; never the link path, which may be a secret
  Timestamp time;
};

// Size, form, then the signature by the identity key that it names. Errors: the codes above.
Result<RelayDescriptor> verify_relay_descriptor(BytesView signed_descriptor);
// `identity_key` is that of `descriptor.relay`. The caller keeps the limits.
Bytes sign_relay_descriptor(const RelayDescriptor& descriptor, const SigningKey& identity_key);

}  // namespace tamizdat::format
