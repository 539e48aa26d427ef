#include "relay/store/advance.h"

#include <algorithm>
#include <bit>
#include <span>

#include "proto/base/check.h"
#include "proto/format/limits.h"

namespace tamizdat::store {
namespace {

using format::CompactRange;
using format::PerfectHash;
using format::Subtree;

struct Node {
  Subtree subtree;
  Hash32 hash;
};

// What is known of one version of the log's tree: every perfect subtree of the first `held` leaves, and some nodes
// beyond them, in order and without overlap.
class KnownTree {
 public:
  KnownTree(std::uint64_t held, const PerfectHash& perfect) : held_(held), size_(held), perfect_(&perfect) {}
  explicit KnownTree(std::vector<Node> nodes)
      : size_(nodes.empty() ? 0 : nodes.back().subtree.end), nodes_(std::move(nodes)) {}

  void add(const std::vector<Subtree>& subtrees, std::span<const Hash32> hashes) {
    TMZ_CHECK(subtrees.size() == hashes.size());
    for (std::size_t i = 0; i < subtrees.size(); ++i) nodes_.push_back({subtrees[i], hashes[i]});
    if (!subtrees.empty()) size_ = subtrees.back().end;
  }
  void add_leaf(std::uint64_t index, const Hash32& hash) {
    nodes_.push_back({{index, index + 1}, hash});
    size_ = index + 1;
  }

  std::uint64_t size() const { return size_; }
  std::span<const Node> nodes() const { return nodes_; }

  // The Merkle hash of these leaves, which another version of the tree may have as a node. Nothing if unknown.
  std::optional<Hash32> hash_of(const Subtree& subtree) const {
    if (subtree.end > size_) return std::nullopt;
    if (subtree.end <= held_) return format::subtree_hash(subtree, *perfect_);
    const auto node = std::ranges::upper_bound(nodes_, subtree.begin, {}, [](const Node& n) { return n.subtree.end; });
    if (node != nodes_.end()) {
      if (node->subtree == subtree) return node->hash;
      if (node->subtree.begin <= subtree.begin && subtree.end <= node->subtree.end) return std::nullopt;
    }
    const std::uint64_t leaves = subtree.end - subtree.begin;
    if (leaves == 1) return std::nullopt;
    const std::uint64_t middle = subtree.begin + std::bit_floor(leaves - 1);
    const auto left = hash_of({subtree.begin, middle});
    if (!left) return std::nullopt;
    const auto right = hash_of({middle, subtree.end});
    if (!right) return std::nullopt;
    return format::node_hash(*left, *right);
  }

 private:
  std::uint64_t held_ = 0;
  std::uint64_t size_ = 0;
  const PerfectHash* perfect_ = nullptr;
  std::vector<Node> nodes_;
};

KnownTree tree_of(const LogTail& tail, const PerfectHash& held) {
  KnownTree tree(tail.held.size(), held);
  if (tail.head) tree.add(format::cover(tail.held.size(), tail.head->size(), tail.head->size()), tail.after);
  return tree;
}

KnownTree tree_of(const format::VerifiedBundle& bundle) {
  const std::uint64_t size = bundle.head().size();
  KnownTree tree({});
  tree.add(format::cover(0, bundle.from(), size), bundle.before());
  for (std::size_t i = 0; i < bundle.entries().size(); ++i)
    tree.add_leaf(bundle.from() + i, bundle.entries()[i].id().value);
  tree.add(format::cover(bundle.to(), size, size), bundle.after());
  return tree;
}

// Beyond the first `common` leaves, which were compared already.
bool contradicts(const KnownTree& tree, const KnownTree& other, std::uint64_t common) {
  return std::ranges::any_of(other.nodes(), [&](const Node& node) {
    if (node.subtree.end <= common) return false;
    const auto hash = tree.hash_of(node.subtree);
    return hash && *hash != node.hash;
  });
}

// A subtree's hash from whichever tree knows it or its parts; the trees agree where both know.
std::optional<Hash32> hash_from(const Subtree& subtree, const KnownTree& tree, const KnownTree& other) {
  if (auto hash = tree.hash_of(subtree)) return hash;
  if (auto hash = other.hash_of(subtree)) return hash;
  const std::uint64_t leaves = subtree.end - subtree.begin;
  if (leaves == 1) return std::nullopt;
  const std::uint64_t middle = subtree.begin + std::bit_floor(leaves - 1);
  const auto left = hash_from({subtree.begin, middle}, tree, other);
  if (!left) return std::nullopt;
  const auto right = hash_from({middle, subtree.end}, tree, other);
  if (!right) return std::nullopt;
  return format::node_hash(*left, *right);
}

// Adopts `head` if every hash that ties the entries of `tail` to it is known.
bool adopt(LogTail& tail, const format::VerifiedHead& head, const KnownTree& tree, const KnownTree& other) {
  if (head.size() < tail.held.size()) return false;
  std::vector<Hash32> after;
  for (const Subtree& subtree : format::cover(tail.held.size(), head.size(), head.size())) {
    const auto hash = hash_from(subtree, tree, other);
    if (!hash) return false;
    after.push_back(*hash);
  }
  tail.after = std::move(after);
  tail.head = head;
  return true;
}

tl::unexpected<Error> forked(const format::VerifiedBundle& bundle) {
  return fail(kLogForked, "desk " + bundle.head().desk().text() +
                              " signed two histories of its log: these entries contradict those held; its project must "
                              "close the desk in a new charter");
}

// Chooses the head that the state after `bundle` is served under. False if the two histories contradict each other.
bool choose_head(LogTail& next, const LogTail& tail, const format::VerifiedBundle& bundle, const PerfectHash& held) {
  const format::VerifiedHead& head = bundle.head();
  if (tail.head && tail.head->size() == head.size()) {
    if (tail.head->root() != head.root()) return false;
    if (bundle.to() > tail.held.size()) next.after.assign(bundle.after().begin(), bundle.after().end());
    return true;
  }
  const KnownTree ours = tree_of(tail, held);
  const KnownTree theirs = tree_of(bundle);
  const std::uint64_t common = std::min(tail.held.size(), bundle.to());
  if (contradicts(ours, theirs, common) || contradicts(theirs, ours, common)) return false;
  const bool theirs_first = !tail.head || head.size() > tail.head->size();
  if (theirs_first && adopt(next, head, theirs, ours)) return true;
  if (tail.head && adopt(next, *tail.head, ours, theirs)) return true;
  if (!theirs_first && adopt(next, head, theirs, ours)) return true;
  // Only entries that survived a closing, and a bundle of it that does not reach their end: they go on waiting.
  TMZ_CHECK(!tail.head && next.held == tail.held);
  return true;
}

format::BundleEntry view_of(const StoredEntry& entry) {
  format::BundleEntry out{entry.header, {}, entry.absence.value_or(format::Absence::kNotHeld)};
  if (entry.body) out.body = *entry.body;
  return out;
}

}  // namespace

CompactRange frontier(std::uint64_t size, const PerfectHash& held) {
  std::vector<Hash32> hashes;
  for (const Subtree& subtree : format::cover(0, size, size + 1)) hashes.push_back(format::subtree_hash(subtree, held));
  auto range = CompactRange::restore(size, std::move(hashes));
  TMZ_CHECK(range.has_value());
  return *std::move(range);
}

Result<Advance> advance(const LogTail& tail, const format::VerifiedBundle& bundle, const PerfectHash& held) {
  const std::uint64_t size = tail.held.size();
  if (bundle.from() > size)
    return fail(kGap, "the bundle starts at entry " + std::to_string(bundle.from()) + " and " + std::to_string(size) +
                          " entries are held: send from there");
  const std::uint64_t common = std::min(size, bundle.to());
  const auto leaf = [&](std::uint64_t index) {
    return bundle.entries()[static_cast<std::size_t>(index - bundle.from())].id().value;
  };
  auto range = CompactRange::restore(bundle.from(), {bundle.before().begin(), bundle.before().end()});
  TMZ_CHECK(range.has_value());
  for (std::uint64_t i = bundle.from(); i < common; ++i) range->append(leaf(i));
  bool agrees = *range == (common == size ? tail.held : frontier(common, held));

  Advance out{size, tail};
  if (agrees) {
    for (std::uint64_t i = common; i < bundle.to(); ++i) out.tail.held.append(leaf(i));
    agrees = choose_head(out.tail, tail, bundle, held);
  }
  if (agrees) return out;
  // Entries without a head are what a closing left. This head is the closing's own: they are the branch that it ended.
  if (!tail.head && size > 0) return advance({}, bundle, held);
  return forked(bundle);
}

Committed committed_by(const LogTail& before, const Advance& next) {
  const std::uint64_t size_before = before.held.size();
  Committed out{next.kept, next.tail.held.size()};
  const bool served_again = !before.head && next.tail.head;
  if (out.size_after != out.size_before || out.size_before != size_before || served_again)
    out.changed = {out.size_before, std::max(out.size_after, size_before)};
  return out;
}

void add_filled(Committed& committed, std::uint64_t index) {
  if (!committed.changed) committed.changed = {index, index};
  committed.changed->from = std::min(committed.changed->from, index);
  committed.changed->to = std::max(committed.changed->to, index + 1);
}

LogTail recheck(const LogTail& tail, const format::LogName& name, const format::VerifiedCharter& charter,
                const PerfectHash& held) {
  if (tail.head) {
    if (auto head = format::verify_head(charter, tail.head->bytes())) return {tail.held, tail.after, *std::move(head)};
  }
  const format::ClosedDesk* const closed = charter.content().closed_desk(name.desk);
  if (closed == nullptr && charter.content().desk(name.desk) == nullptr) return {};  // of a branch that has lost
  if (closed == nullptr || closed->size > tail.held.size()) return {tail.held, {}, {}};
  CompactRange surviving = frontier(closed->size, held);
  if (surviving.root() != closed->root) return {};
  if (closed->size == 0) return {};
  auto head = format::closing_head(charter, name.desk);
  TMZ_CHECK(head.has_value());
  return {std::move(surviving), {}, *std::move(head)};
}

Result<CharterAdvance> advance_charters(std::span<const format::VerifiedCharter> chain, const Charters& update) {
  TMZ_CHECK(!update.charters.empty());
  CharterAdvance out{chain.size(), 0};
  for (const auto& charter : update.charters) {
    if (charter.version() > chain.size()) break;
    if (charter.hash() != chain[static_cast<std::size_t>(charter.version() - 1)].hash()) {
      if (update.on_fork == OnFork::kRefuse)
        return fail(format::kCharterForked, "another charter of version " + std::to_string(charter.version()) +
                                                " is in force here: two charters of one version contradict each other");
      out.kept = static_cast<std::size_t>(charter.version() - 1);
      break;
    }
    ++out.known;
  }
  if (out.known == update.charters.size()) return out;
  const format::VerifiedCharter& next = update.charters[out.known];
  if (next.version() != out.kept + 1)
    return fail(format::kCharterSkipped, "the charters start at version " + std::to_string(next.version()) +
                                             " and version " + std::to_string(chain.size()) +
                                             " is held: send those between");
  if (out.kept > 0 && next.content().previous != chain[out.kept - 1].hash())
    return fail(format::kCharterForked, "charter version " + std::to_string(next.version()) +
                                            " continues another version " + std::to_string(out.kept) +
                                            " than the one in force here");
  return out;
}

Result<void> check_charter(std::span<const format::VerifiedCharter> chain, const format::VerifiedBundle& bundle) {
  if (chain.empty())
    return fail(kUnknownProject,
                "project " + bundle.head().project().text() + " is not held here: send its charters first");
  // By its hash: another branch may have taken its place since.
  if (bundle.head().charter_hash() != chain.back().hash())
    return fail(kCharterOutdated, "the bundle was verified under charter version " +
                                      std::to_string(bundle.charter_version()) + ", and version " +
                                      std::to_string(chain.size()) + " or another branch is in force: verify it again");
  return {};
}

std::vector<Hash32> range_proof(const LogTail& tail, std::uint64_t from, std::uint64_t to, const PerfectHash& held) {
  TMZ_CHECK(tail.head && from < to && to <= tail.held.size());
  const KnownTree tree = tree_of(tail, held);
  std::vector<Hash32> out;
  for (const Subtree& subtree : format::proof_subtrees(from, to, tail.head->size())) {
    const auto hash = tree.hash_of(subtree);
    TMZ_CHECK(hash.has_value());
    out.push_back(*hash);
  }
  return out;
}

Result<ServedBundle> serve(const LogTail& tail, std::uint64_t from, std::uint64_t entries_max, const PerfectHash& held,
                           const EntryReader& read) {
  TMZ_CHECK(tail.head && entries_max > 0);
  const std::uint64_t size = tail.held.size();
  if (from >= size)
    return fail(kUnknownEntry, "entry " + std::to_string(from) + " is not held: the log ends before entry " +
                                   std::to_string(size) + " here");
  const std::uint64_t to_max = from + std::min({size - from, entries_max, std::uint64_t{format::kBundleEntriesMax}});
  std::size_t octets = format::bundle_overhead_max(tail.head->size());
  std::vector<StoredEntry> stored;
  for (std::uint64_t index = from; index < to_max; ++index) {
    auto entry = read(index);
    if (!entry) return pass(entry);
    octets += format::bundle_entry_size(view_of(*entry));
    if (octets > format::kBundleBytesMax && !stored.empty()) break;
    stored.push_back(*std::move(entry));
  }
  std::vector<format::BundleEntry> entries;
  for (const StoredEntry& entry : stored) entries.push_back(view_of(entry));
  const std::uint64_t to = from + stored.size();
  return ServedBundle{
      format::serialise_bundle(tail.head->bytes(), from, entries, range_proof(tail, from, to, held)), to};
}

bool is_tied_to_head(const LogTail& tail) {
  if (!tail.head) return tail.after.empty();
  const std::uint64_t size = tail.held.size();
  const std::uint64_t head_size = tail.head->size();
  if (size > head_size) return false;
  if (size == head_size) return tail.after.empty() && tail.held.root() == tail.head->root();
  const auto after = format::cover(size, head_size, head_size);
  if (after.size() != tail.after.size()) return false;
  KnownTree tree({});
  tree.add(format::cover(0, size, head_size), tail.held.hashes());
  tree.add(after, tail.after);
  return tree.hash_of({0, head_size}) == tail.head->root();
}

}  // namespace tamizdat::store
