// A fork proof: two heads signed by one desk that no single log has. It needs nobody's word, the desk's two signatures
// are the proof. Most forks are accidents (a restored backup); whatever it was, a relay stops the growth of such a log and
// keeps serving what it held, and the project closes the desk at the branch that survives.
#pragma once

#include <optional>
#include <vector>

#include "proto/format/bundle.h"
#include "proto/format/verify.h"

namespace tamizdat::format {

inline constexpr ErrorCode kForkProofMalformed{"fork-proof-malformed"};
// The heads do not contradict each other.
inline constexpr ErrorCode kForkProofConsistent{"fork-proof-consistent"};
// The hashes do not lead to the larger head's root.
inline constexpr ErrorCode kForkProofRootMismatch{"fork-proof-root-mismatch"};

struct ForkProof {
  LogName log;
  Checkpoint smaller;
  Checkpoint larger;
};

// The statement; `proof`: the larger head's tree as the subtrees that cover [0, smaller size), then the rest.
Bytes make_fork_proof(const ProjectId& project, BytesView smaller, BytesView larger, std::span<const Hash32> proof);

// The statement that proves `head` and the head of `bundle` to contradict each other. Nothing if they do not, if they
// are of two logs, or if this bundle cannot show it: where the sizes differ, the bundle's head is the larger one, and its
// run lies around the size of `head` or begins or ends there.
std::optional<Bytes> prove_fork(const VerifiedHead& head, const VerifiedBundle& bundle);

}  // namespace tamizdat::format
