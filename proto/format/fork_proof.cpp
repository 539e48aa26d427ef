#include "proto/format/fork_proof.h"

#include <bit>

#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/statement_rules.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

// A head by itself: that of a closed desk counts too, since a proof must not lapse when the desk is closed.
Result<Checkpoint> check_head(const VerifiedCharter& charter, BytesView bytes) {
  auto head = parse_checkpoint(bytes);
  if (!head) return head;
  if (head->project != charter.project())
    return fail(kHeadOfAnotherProject, "a head of the fork proof belongs to project " + head->project.text());
  if (charter.content().desk(head->desk) == nullptr && charter.content().closed_desk(head->desk) == nullptr)
    return fail(kHeadOfUnknownDesk, "the project's charter does not list desk " + head->desk.text());
  if (!verify_raw(head->desk.value, head->text(), head->signature))
    return fail(kHeadSignatureInvalid, "a head of the fork proof is not signed by desk " + head->desk.text());
  return head;
}

Result<std::vector<Hash32>> hashes_of(const v1::ForkProof& message) {
  std::vector<Hash32> out;
  for (const auto& item : message.proof()) {
    const auto hash = Hash32::from(item);
    if (!hash) return fail(kForkProofMalformed, "the fork proof has a hash that is not 32 octets");
    out.push_back(*hash);
  }
  return out;
}

// The root of the tree [begin, end) from the hashes of maximal subtrees on both sides of `cut`, taken in their order.
Hash32 fold(std::uint64_t begin, std::uint64_t end, std::uint64_t cut, std::span<const Hash32>& rest) {
  if (cut <= begin || end <= cut) {
    const Hash32 hash = rest.front();
    rest = rest.subspan(1);
    return hash;
  }
  const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
  const Hash32 left = fold(begin, middle, cut, rest);
  return node_hash(left, fold(middle, end, cut, rest));
}

Result<void> check_contradiction(const Checkpoint& smaller, const Checkpoint& larger, std::span<const Hash32> proof) {
  const auto consistent = [] {
    return fail(kForkProofConsistent, "the two heads of the fork proof do not contradict each other");
  };
  if (smaller.size == larger.size) {
    if (!proof.empty()) return fail(kProofTooLong, "two heads of one size contradict each other without any hash");
    if (smaller.root == larger.root) return consistent();
    return {};
  }
  if (smaller.size == 0) return consistent();  // an empty log contradicts no other
  const auto before = cover(0, smaller.size, larger.size);
  const std::size_t wanted = before.size() + cover(smaller.size, larger.size, larger.size).size();
  if (proof.size() < wanted) return fail(kProofTooShort, "the fork proof has too few hashes");
  if (proof.size() > wanted) return fail(kProofTooLong, "the fork proof has too many hashes");
  std::span<const Hash32> rest = proof;
  if (fold(0, larger.size, smaller.size, rest) != larger.root)
    return fail(kForkProofRootMismatch, "the hashes of the fork proof do not lead to the larger head's root");
  const auto first = proof.first(before.size());
  const auto range = CompactRange::restore(smaller.size, {first.begin(), first.end()});
  TMZ_CHECK(range.has_value());
  if (range->root() == smaller.root) return consistent();
  return {};
}

// The hash of the leaves [begin, end) from a run of leaves from `from` on and the subtrees that follow it.
class TreeAfter {
 public:
  explicit TreeAfter(const VerifiedBundle& bundle)
      : bundle_(bundle), after_(cover(bundle.to(), bundle.head().size(), bundle.head().size())) {}

  Hash32 hash_of(const Subtree& subtree) const {
    if (subtree.begin >= bundle_.to())
      for (std::size_t i = 0; i < after_.size(); ++i)
        if (after_[i] == subtree) return bundle_.after()[i];
    if (subtree.end - subtree.begin == 1)
      return bundle_.entries()[static_cast<std::size_t>(subtree.begin - bundle_.from())].id().value;
    const std::uint64_t middle = subtree.begin + std::bit_floor(subtree.end - subtree.begin - 1);
    return node_hash(hash_of({subtree.begin, middle}), hash_of({middle, subtree.end}));
  }

 private:
  const VerifiedBundle& bundle_;
  std::vector<Subtree> after_;
};

// The tree of the bundle's head, cut at `size`, which lies within the run or at one of its ends.
std::vector<Hash32> proof_at(const VerifiedBundle& bundle, std::uint64_t size) {
  auto range = CompactRange::restore(bundle.from(), {bundle.before().begin(), bundle.before().end()});
  TMZ_CHECK(range.has_value());
  for (std::uint64_t i = bundle.from(); i < size; ++i)
    range->append(bundle.entries()[static_cast<std::size_t>(i - bundle.from())].id().value);
  std::vector<Hash32> out(range->hashes().begin(), range->hashes().end());
  const TreeAfter tree(bundle);
  const std::uint64_t end = bundle.head().size();
  for (const Subtree& subtree : cover(size, end, end)) out.push_back(tree.hash_of(subtree));
  return out;
}

}  // namespace

Result<StatementFacts> verify_fork_proof(const StatementContext& context, const StatementParts& parts) {
  v1::ForkProof message;
  if (!parse_message(parts.content, message))
    return fail(kForkProofMalformed, "the fork proof is not a valid protobuf message");
  if (static_cast<std::size_t>(message.proof_size()) > kProofHashesMax)
    return fail(kProofTooLong, "the fork proof has more hashes than any log needs");
  auto smaller = check_head(context.in_force(), message.smaller());
  if (!smaller) return pass(smaller);
  auto larger = check_head(context.in_force(), message.larger());
  if (!larger) return pass(larger);
  if (smaller->desk != larger->desk) return fail(kForkProofMalformed, "the heads of the fork proof are of two logs");
  if (smaller->size > larger->size) return fail(kForkProofMalformed, "the larger head of the fork proof comes first");
  const auto proof = hashes_of(message);
  if (!proof) return tl::unexpected(proof.error());
  if (auto contradict = check_contradiction(*smaller, *larger, *proof); !contradict) return pass(contradict);
  const LogName log{smaller->project, smaller->desk};
  return StatementFacts{log_id(log.project, log.desk).value, std::nullopt,
                        ForkProof{log, *std::move(smaller), *std::move(larger)}};
}

Bytes make_fork_proof(const ProjectId& project, BytesView smaller, BytesView larger, std::span<const Hash32> proof) {
  v1::ForkProof message;
  message.set_smaller(Bytes(smaller));
  message.set_larger(Bytes(larger));
  for (const Hash32& hash : proof) message.add_proof(Bytes(hash.view()));
  return serialise_statement(StatementKind::kForkProof, project, serialise_message(message));
}

std::optional<Bytes> prove_fork(const VerifiedHead& head, const VerifiedBundle& bundle) {
  const VerifiedHead& other = bundle.head();
  if (head.log() != other.log()) return std::nullopt;
  if (head.size() == other.size()) {
    if (head.root() == other.root()) return std::nullopt;
    return make_fork_proof(head.project(), head.bytes(), other.bytes(), {});
  }
  const std::uint64_t size = head.size();
  if (size > other.size() || size < bundle.from() || size > bundle.to() || size == 0) return std::nullopt;
  const std::vector<Hash32> proof = proof_at(bundle, size);
  const std::size_t before = cover(0, size, other.size()).size();
  const auto range = CompactRange::restore(size, {proof.begin(), proof.begin() + static_cast<std::ptrdiff_t>(before)});
  TMZ_CHECK(range.has_value());
  if (range->root() == head.root()) return std::nullopt;
  return make_fork_proof(head.project(), head.bytes(), other.bytes(), proof);
}

}  // namespace tamizdat::format
