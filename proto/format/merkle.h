// The RFC 6962 section 2.1 Merkle tree of a log, and the proof of a run: the roots of the maximal subtrees that cover
// what lies before the run and what lies after it. Pure functions; the store supplies the hashes it keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "proto/base/hash32.h"
#include "proto/base/result.h"

namespace tamizdat::format {

inline constexpr ErrorCode kProofTooShort{"proof-too-short"};
inline constexpr ErrorCode kProofTooLong{"proof-too-long"};
inline constexpr ErrorCode kRunOutOfRange{"run-out-of-range"};

Hash32 leaf_hash(BytesView leaf);                               // SHA-256(0x00 || leaf)
Hash32 node_hash(const Hash32& left, const Hash32& right);      // SHA-256(0x01 || left || right)
Hash32 empty_root();                                            // SHA-256 of nothing

// Leaves [begin, end) of a tree.
struct Subtree {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  friend bool operator==(const Subtree&, const Subtree&) = default;
};

// The maximal subtrees of the tree of `size` leaves that lie wholly in [begin, end), in order.
std::vector<Subtree> cover(std::uint64_t begin, std::uint64_t end, std::uint64_t size);

// The subtrees whose hashes prove the run [from, to) in the tree of `size` leaves: cover [0, from), cover [to, size).
std::vector<Subtree> proof_subtrees(std::uint64_t from, std::uint64_t to, std::uint64_t size);

// Hash of an aligned perfect subtree: leaves [index << level, (index + 1) << level).
using PerfectHash = std::function<Hash32(unsigned level, std::uint64_t index)>;

// Hash of any subtree that cover() can name, from hashes of perfect ones.
Hash32 subtree_hash(const Subtree& subtree, const PerfectHash& perfect);

// The root of the tree of `size` leaves, from the run that starts at `from` and the hashes of proof_subtrees(), in
// their order. Errors: kRunOutOfRange (empty run, or from + run > size), kProofTooShort, kProofTooLong.
Result<Hash32> root_of_run(std::uint64_t size, std::uint64_t from, std::span<const Hash32> run,
                           std::span<const Hash32> proof);

// The frontier of a growing tree: the maximal perfect subtrees of [0, size), which equal cover(0, size, n) for every
// n > size. At most 48 hashes, whatever the size.
class CompactRange {
 public:
  CompactRange() = default;
  // The state after `size` leaves. Errors: kProofTooShort / kProofTooLong if the number of hashes does not fit.
  static Result<CompactRange> restore(std::uint64_t size, std::vector<Hash32> hashes);
  void append(const Hash32& leaf);
  std::uint64_t size() const { return size_; }
  std::span<const Hash32> hashes() const { return hashes_; }
  Hash32 root() const;
  friend bool operator==(const CompactRange&, const CompactRange&) = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash32> hashes_;
};

}  // namespace tamizdat::format
