// How a log moves: what one verified bundle means for what is held. Pure, and the same for every backend.
//
// State of a log: the frontier of the entries held, and the hashes that tie them to the newest head, which may be
// larger. A relay advances only if the bundle's tree has the same root at the size held.
#pragma once

#include <functional>
#include <vector>

#include "proto/format/merkle.h"
#include "relay/store/store.h"

namespace tamizdat::store {

struct LogTail {
  format::CompactRange held;
  std::vector<Hash32> after;  // hashes of cover(held.size(), head.size(), head.size())
  std::optional<format::VerifiedHead> head;  // none before the first bundle
};

// Leaf hash of a held entry, for the part of a bundle that overlaps what is held.
using HeldLeaf = std::function<Hash32(std::uint64_t index)>;

struct Advance {
  std::size_t first_new = 0;  // index into the bundle's entries; its size if nothing is new
  LogTail tail;               // the state after
};

// Errors: kGap, kLogForked. A bundle under an older head that brings nothing new is no error.
Result<Advance> advance(const LogTail& tail, const format::VerifiedBundle& bundle, const HeldLeaf& held_leaf);

// The proof for serving [from, to) of a log under its newest head: hashes of proof_subtrees(from, to, head size).
// `perfect` knows the perfect subtrees of the entries held.
std::vector<Hash32> range_proof(const LogTail& tail, std::uint64_t from, std::uint64_t to,
                                const format::PerfectHash& perfect);

}  // namespace tamizdat::store
