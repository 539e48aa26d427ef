#include "proto/format/merkle.h"

#include <bit>

#include "proto/base/check.h"
#include "proto/format/hash.h"

namespace tamizdat::format {
namespace {

// RFC 6962: the left part of a tree of n > 1 leaves has the largest power of two below n.
std::uint64_t split(std::uint64_t leaves) { return std::bit_floor(leaves - 1); }

void cover_node(const Subtree& node, std::uint64_t begin, std::uint64_t end, std::vector<Subtree>& out) {
  if (node.end <= begin || end <= node.begin) return;
  if (begin <= node.begin && node.end <= end) {
    out.push_back(node);
    return;
  }
  const std::uint64_t middle = node.begin + split(node.end - node.begin);
  cover_node({node.begin, middle}, begin, end, out);
  cover_node({middle, node.end}, begin, end, out);
}

// Walks the tree from its root: nodes outside the run come off the proof in order, nodes inside out of the leaves.
class RunFolder {
 public:
  RunFolder(std::uint64_t from, std::span<const Hash32> run, std::span<const Hash32> proof)
      : from_(from), to_(from + run.size()), run_(run), proof_(proof) {}

  Hash32 fold(const Subtree& node) {
    if (node.end <= from_ || to_ <= node.begin) return proof_[used_++];
    if (node.end - node.begin == 1) return run_[static_cast<std::size_t>(node.begin - from_)];
    const std::uint64_t middle = node.begin + split(node.end - node.begin);
    const Hash32 left = fold({node.begin, middle});
    const Hash32 right = fold({middle, node.end});
    return node_hash(left, right);
  }

 private:
  std::uint64_t from_, to_;
  std::span<const Hash32> run_, proof_;
  std::size_t used_ = 0;
};

}  // namespace

Hash32 leaf_hash(BytesView leaf) { return sha256({BytesView("\0", 1), leaf}); }

Hash32 node_hash(const Hash32& left, const Hash32& right) {
  return sha256({BytesView("\1", 1), left.view(), right.view()});
}

Hash32 empty_root() { return sha256({}); }

std::vector<Subtree> cover(std::uint64_t begin, std::uint64_t end, std::uint64_t size) {
  std::vector<Subtree> out;
  if (size > 0) cover_node({0, size}, begin, end, out);
  return out;
}

std::vector<Subtree> proof_subtrees(std::uint64_t from, std::uint64_t to, std::uint64_t size) {
  std::vector<Subtree> out = cover(0, from, size);
  const std::vector<Subtree> after = cover(to, size, size);
  out.insert(out.end(), after.begin(), after.end());
  return out;
}

Hash32 subtree_hash(const Subtree& subtree, const PerfectHash& perfect) {
  const std::uint64_t leaves = subtree.end - subtree.begin;
  TMZ_CHECK(leaves > 0);
  if (std::has_single_bit(leaves) && subtree.begin % leaves == 0) {
    const auto level = static_cast<unsigned>(std::countr_zero(leaves));
    return perfect(level, subtree.begin >> level);
  }
  const std::uint64_t middle = subtree.begin + split(leaves);
  const Hash32 left = subtree_hash({subtree.begin, middle}, perfect);
  const Hash32 right = subtree_hash({middle, subtree.end}, perfect);
  return node_hash(left, right);
}

Result<Hash32> root_of_run(std::uint64_t size, std::uint64_t from, std::span<const Hash32> run,
                           std::span<const Hash32> proof) {
  if (run.empty() || from >= size || run.size() > size - from)
    return fail(kRunOutOfRange, "the run of entries does not lie within the size that its head states");
  const std::size_t wanted = proof_subtrees(from, from + run.size(), size).size();
  if (proof.size() < wanted) return fail(kProofTooShort, "the proof lacks hashes for this run and size");
  if (proof.size() > wanted) return fail(kProofTooLong, "the proof has more hashes than this run and size need");
  return RunFolder(from, run, proof).fold({0, size});
}

Result<CompactRange> CompactRange::restore(std::uint64_t size, std::vector<Hash32> hashes) {
  const auto wanted = static_cast<std::size_t>(std::popcount(size));
  if (hashes.size() < wanted) return fail(kProofTooShort, "too few hashes for a tree of this size");
  if (hashes.size() > wanted) return fail(kProofTooLong, "too many hashes for a tree of this size");
  CompactRange range;
  range.size_ = size;
  range.hashes_ = std::move(hashes);
  return range;
}

void CompactRange::append(const Hash32& leaf) {
  hashes_.push_back(leaf);
  for (std::uint64_t rest = size_; (rest & 1U) != 0; rest >>= 1) {
    const Hash32 right = hashes_.back();
    hashes_.pop_back();
    hashes_.back() = node_hash(hashes_.back(), right);
  }
  ++size_;
}

Hash32 CompactRange::root() const {
  if (hashes_.empty()) return empty_root();
  Hash32 root = hashes_.back();
  for (std::size_t i = hashes_.size() - 1; i-- > 0;) root = node_hash(hashes_[i], root);
  return root;
}

}  // namespace tamizdat::format
