// A relay's cosignature on a head: "at this time this was the largest consistent tree I had seen of this log". It is a
// C2SP tlog-cosignature of type Ed25519 (https://c2sp.org/tlog-cosignature), so any C2SP witness can make one and any
// C2SP verifier can check one. A cosigned head is the head, octet for octet, and one more signature line:
//
//   tamizdat/tzproject1.../tzdesk1...
//   42
//   <base64 of the root>
//
//   — tamizdat/tzproject1.../tzdesk1... <base64 of key id and signature of the desk>
//   — tamizdat/tzrelay1... <base64 of key id, time and signature of the relay's witness key>
#pragma once

#include "proto/format/charter.h"
#include "proto/format/checkpoint.h"

namespace tamizdat::format {

inline constexpr ErrorCode kCosignatureTooLarge{"cosignature-too-large"};
inline constexpr ErrorCode kCosignatureMalformed{"cosignature-malformed"};
inline constexpr ErrorCode kCosignatureKeyId{"cosignature-key-id"};
inline constexpr ErrorCode kCosignatureInvalid{"cosignature-invalid"};

// `tamizdat/<relay id>`: the cosigner's name in its signature line.
std::string witness_name(const RelayId& relay);
// Names a cosigner's Ed25519 key in a signed note (C2SP tlog-cosignature, "Format"; signature type 0x04).
Bytes cosignature_key_id(std::string_view key_name, const Hash32& key);

struct CosignedHead {
  Bytes checkpoint_bytes;  // exactly as received
  Checkpoint checkpoint;
  RelayId relay;
  Timestamp time;
  Bytes key_id;     // 4 octets
  Bytes signature;  // 64 octets; not checked here, see check_cosignature()

  // What the witness key signs: two lines and the head's text.
  std::string signed_text() const;
};

// Size, form, then re-encoding and comparing. No signature is checked, neither the desk's nor the relay's.
// Errors: kCosignatureTooLarge, kCosignatureMalformed, those of parse_checkpoint (its id codes for the relay too).
Result<CosignedHead> parse_cosigned_head(BytesView bytes);
// Whether `witness_key` made it. Errors: kCosignatureKeyId, kCosignatureInvalid.
Result<void> check_cosignature(const CosignedHead& cosigned, const Hash32& witness_key);

// A cosigned head. The caller answers for what it says, and has made it durable. `time` is 1970 or later.
Bytes cosign(BytesView checkpoint, const RelayId& relay, const SigningKey& witness_key, Timestamp time);

// The content of a statement of kind cosigned-head: desk and relay have signed, and the charter lists both.
struct WitnessedHead {
  CosignedHead cosigned;
  LogId log;
  PolicyRelay relay;  // whose word it is
};

// The statement. `cosigned_head` is what cosign() made of a head of this project.
Bytes make_cosigned_head(const ProjectId& project, BytesView cosigned_head);

}  // namespace tamizdat::format
