// What travels ahead of a retraction's effects. A retraction proof is the retracting entry by itself, in a bundle: whoever
// holds it may take the retracted entry without its body. A cosignature, by a root key or by a second desk, lets relays
// erase at once, without the charter's delay.
#pragma once

#include "proto/format/entry.h"
#include "proto/format/keys.h"

namespace tamizdat::format {

inline constexpr ErrorCode kRetractionProofMalformed{"retraction-proof-malformed"};
inline constexpr ErrorCode kRetractionCosignatureMalformed{"retraction-cosignature-malformed"};

struct RetractionProof {
  EntryId retraction;
  EntryId target;
  DeskId desk;  // that retracts
};

struct RetractionCosignature {
  EntryId retraction;
  Hash32 signer;  // a root key, or the key of a desk, which must be another than the one that retracts
};

// The statement, of a bundle that holds the retraction and nothing else.
Bytes make_retraction_proof(const ProjectId& project, BytesView bundle);
// The statement. `key` is a root key of the charter in force, or of one of its desks.
Bytes make_retraction_cosignature(const ProjectId& project, const EntryId& retraction, const SigningKey& key);
// The slot of the cosignature by this key.
Hash32 cosignature_slot(const EntryId& retraction, const Hash32& signer);

}  // namespace tamizdat::format
