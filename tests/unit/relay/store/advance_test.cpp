#include "relay/store/advance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/support/project_builder.h"

namespace tamizdat::store {
namespace {

using format::Subtree;
using tests::LogBuilder;
using tests::ProjectBuilder;

// RFC 6962 section 2.1 word for word, over the leaves of a log.
Hash32 naive_hash(const LogBuilder& log, std::uint64_t begin, std::uint64_t end) {
  if (end - begin == 1) return log.entry(begin).value;
  std::uint64_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  return format::node_hash(naive_hash(log, begin, begin + split), naive_hash(log, begin + split, end));
}

format::PerfectHash perfect_of(const LogBuilder& log) {
  return [&log](unsigned level, std::uint64_t index) {
    return naive_hash(log, index << level, (index + 1) << level);
  };
}

std::vector<Hash32> naive_hashes(const LogBuilder& log, const std::vector<Subtree>& subtrees) {
  std::vector<Hash32> out;
  for (const auto& subtree : subtrees) out.push_back(naive_hash(log, subtree.begin, subtree.end));
  return out;
}

// The state of a relay that holds `held` entries under a head of `head_size`.
LogTail tail_of(const LogBuilder& log, std::uint64_t held, std::uint64_t head_size) {
  LogTail tail;
  for (std::uint64_t i = 0; i < held; ++i) tail.held.append(log.entry(i).value);
  tail.after = naive_hashes(log, format::cover(held, head_size, head_size));
  tail.head = log.head(head_size);
  return tail;
}

// Verified once each: signatures are the slow part of these tests.
class Bundles {
 public:
  explicit Bundles(const LogBuilder& log) : log_(log) {}
  const format::VerifiedBundle& get(std::uint64_t from, std::uint64_t to, std::uint64_t head_size) {
    const std::array key{from, to, head_size};
    auto found = made_.find(key);
    if (found == made_.end())
      found = made_.emplace(key, log_.bundle(from, to, {.head_size = head_size})).first;
    return found->second;
  }

 private:
  const LogBuilder& log_;
  std::map<std::array<std::uint64_t, 3>, format::VerifiedBundle> made_;
};

// What can be known of the tree from these nodes: a node, or both its children.
bool is_known(const Subtree& subtree, const std::set<std::pair<std::uint64_t, std::uint64_t>>& nodes) {
  if (nodes.contains({subtree.begin, subtree.end})) return true;
  const std::uint64_t leaves = subtree.end - subtree.begin;
  if (leaves == 1) return false;
  const std::uint64_t middle = subtree.begin + std::bit_floor(leaves - 1);
  return is_known({subtree.begin, middle}, nodes) && is_known({middle, subtree.end}, nodes);
}

constexpr std::uint64_t kSmall = 13;

class AdvanceTest : public testing::Test {
 protected:
  AdvanceTest() { project.log().append_articles(kSmall); }
  ProjectBuilder project;
  const LogBuilder& log = project.log();
};

TEST_F(AdvanceTest, TakesAnyBundleOfOneHistoryThatReachesWhatIsHeld) {
  Bundles bundles(log);
  const auto perfect = perfect_of(log);
  for (std::uint64_t kept_size = 1; kept_size <= kSmall; ++kept_size)
    for (std::uint64_t held = 1; held <= kept_size; ++held) {
      const LogTail tail = tail_of(log, held, kept_size);
      for (std::uint64_t head = 1; head <= kSmall; ++head)
        for (std::uint64_t from = 0; from < head; ++from)
          for (std::uint64_t to = from + 1; to <= head; ++to) {
            SCOPED_TRACE(testing::Message() << held << " of " << kept_size << ", bundle [" << from << ", " << to
                                            << ") of " << head);
            const auto result = advance(tail, bundles.get(from, to, head), perfect);
            if (from > held) {
              ASSERT_FALSE(result);
              ASSERT_EQ(result.error().code, kGap);
              continue;
            }
            ASSERT_TRUE(result) << result.error().text;
            const std::uint64_t size = std::max(held, to);
            ASSERT_EQ(result->kept, held);
            ASSERT_EQ(result->tail.held.size(), size);
            ASSERT_EQ(result->tail.held.root(), naive_hash(log, 0, size));
            const std::uint64_t chosen = result->tail.head->size();
            ASSERT_EQ(result->tail.after, naive_hashes(log, format::cover(size, chosen, chosen)));
            ASSERT_TRUE(is_tied_to_head(result->tail));

            // The larger of the two heads is kept exactly if its hashes can be known.
            std::set<std::pair<std::uint64_t, std::uint64_t>> nodes;
            for (std::uint64_t begin = 0; begin < held; ++begin)
              for (std::uint64_t leaves = 1; begin % leaves == 0 && begin + leaves <= held; leaves *= 2)
                nodes.insert({begin, begin + leaves});
            for (std::uint64_t i = from; i < to; ++i) nodes.insert({i, i + 1});
            for (const auto& node : format::cover(held, kept_size, kept_size)) nodes.insert({node.begin, node.end});
            for (const auto& node : format::cover(to, head, head)) nodes.insert({node.begin, node.end});
            const std::uint64_t larger = std::max(kept_size, head);
            const bool known = std::ranges::all_of(format::cover(size, larger, larger),
                                                   [&](const Subtree& node) { return is_known(node, nodes); });
            ASSERT_EQ(chosen, known ? larger : std::min(kept_size, head));
          }
    }
}

TEST_F(AdvanceTest, StartsALogWithABundleFromItsFirstEntry) {
  const auto first = advance({}, log.bundle(0, 5, {.head_size = 9}), perfect_of(log));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kept, 0U);
  EXPECT_EQ(first->tail.held.size(), 5U);
  EXPECT_EQ(first->tail.head->size(), 9U);
  const auto later = advance({}, log.bundle(1, 5), perfect_of(log));
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, kGap);
}

TEST_F(AdvanceTest, NeverMixesTwoHistories) {
  const std::uint64_t size = 9;
  std::size_t forks_seen = 0;
  std::size_t forks_unseen = 0;
  for (std::uint64_t at = 0; at < size; ++at) {
    LogBuilder fork = log.forked_at(at);
    fork.append_articles(size - at);
    Bundles bundles(fork);
    const auto perfect = perfect_of(log);
    for (std::uint64_t kept_size = at + 1; kept_size <= size; ++kept_size)
      for (std::uint64_t held = 1; held <= kept_size; ++held) {
        const LogTail tail = tail_of(log, held, kept_size);
        for (std::uint64_t head = at + 1; head <= size; ++head)
          for (std::uint64_t from = 0; from < std::min(head, held + 1); ++from)
            for (std::uint64_t to = from + 1; to <= head; ++to) {
              SCOPED_TRACE(testing::Message() << "forked at " << at << ": " << held << " of " << kept_size
                                              << ", bundle [" << from << ", " << to << ") of " << head);
              const auto result = advance(tail, bundles.get(from, to, head), perfect);
              if (!result) {
                ASSERT_EQ(result.error().code, kLogForked);
                ++forks_seen;
                continue;
              }
              ++forks_unseen;
              // Nobody could have known: no leaf of both histories was compared.
              ASSERT_GE(at, std::min(held, to));
              ASSERT_NE(head, kept_size);
              if (to > held) {
                ASSERT_GE(at, held);
              }
              // And what came out is one history.
              ASSERT_TRUE(is_tied_to_head(result->tail));
              const std::uint64_t now = result->tail.held.size();
              ASSERT_EQ(result->tail.held.root(), naive_hash(to > held ? fork : log, 0, now));
            }
      }
  }
  EXPECT_GT(forks_seen, 1000U);
  EXPECT_GT(forks_unseen, 0U);
}

TEST_F(AdvanceTest, ProvesEveryRangeUnderTheKeptHead) {
  const auto perfect = perfect_of(log);
  for (std::uint64_t head = 1; head <= kSmall; ++head)
    for (std::uint64_t held = 1; held <= head; ++held) {
      const LogTail tail = tail_of(log, held, head);
      for (std::uint64_t from = 0; from < held; ++from)
        for (std::uint64_t to = from + 1; to <= held; ++to)
          ASSERT_EQ(range_proof(tail, from, to, perfect), naive_hashes(log, format::proof_subtrees(from, to, head)))
              << "[" << from << ", " << to << ") of " << held << " held under " << head;
    }
}

// A long log in random steps: each bundle that advance() takes leaves a state whose proofs verify.
TEST(Advance, KeepsServingALongLogThroughRandomBundles) {
  constexpr std::uint64_t kSize = 1500;
  ProjectBuilder project(7);
  project.log().append_articles(kSize);
  const LogBuilder& log = project.log();
  const auto perfect = [&log](unsigned level, std::uint64_t index) {
    return log.hashes({{index << level, (index + 1) << level}}).front();
  };
  std::mt19937_64 random(20260301);
  const auto between = [&](std::uint64_t low, std::uint64_t high) { return low + random() % (high - low + 1); };
  auto state = advance({}, log.bundle(0, 10, {.head_size = 20}), perfect);
  ASSERT_TRUE(state);
  std::size_t head_shrank = 0;
  while (state->tail.held.size() < kSize) {
    const std::uint64_t held = state->tail.held.size();
    const std::uint64_t head = between(std::max<std::uint64_t>(1, held - held / 8), std::min(kSize, held + 200));
    const std::uint64_t from = between(held - held / 16, held);
    if (from >= head) continue;
    const std::uint64_t to = between(from + 1, std::min(head, from + 120));
    const std::uint64_t head_before = state->tail.head->size();
    state = advance(state->tail, log.bundle(from, to, {.head_size = head}), perfect);
    ASSERT_TRUE(state) << state.error().text;
    const LogTail& tail = state->tail;
    if (tail.head->size() < head_before) ++head_shrank;
    ASSERT_TRUE(is_tied_to_head(tail));
    const std::uint64_t begin = between(0, tail.held.size() - 1);
    const std::uint64_t end = between(begin + 1, tail.held.size());
    std::vector<Hash32> run;
    for (std::uint64_t i = begin; i < end; ++i) run.push_back(log.entry(i).value);
    const auto root = format::root_of_run(tail.head->size(), begin, run, range_proof(tail, begin, end, perfect));
    ASSERT_TRUE(root);
    ASSERT_EQ(*root, tail.head->root());
  }
  EXPECT_GT(head_shrank, 0U);
}

class ClosingTest : public testing::Test {
 protected:
  ClosingTest() { project.log().append_articles(12); }
  LogTail rechecked(const LogBuilder& log, std::uint64_t held, std::uint64_t head) {
    return recheck(tail_of(log, held, head), log.name(), project.charter(), perfect_of(log));
  }
  ProjectBuilder project;
};

TEST_F(ClosingTest, KeepsALogThatTheCharterLeavesOpen) {
  const LogTail before = tail_of(project.log(), 5, 12);
  project.update_charter();
  const LogTail after = recheck(before, project.log().name(), project.charter(), perfect_of(project.log()));
  EXPECT_EQ(after.held, before.held);
  EXPECT_EQ(after.after, before.after);
  EXPECT_EQ(after.head->bytes(), before.head->bytes());
  EXPECT_EQ(after.head->charter_version(), 2U);
}

TEST_F(ClosingTest, KeepsTheHeadThatIsTheClosing) {
  const LogTail before = tail_of(project.log(), 5, 9);
  project.close_desk(0, 9);
  const LogTail after = recheck(before, project.log().name(), project.charter(), perfect_of(project.log()));
  ASSERT_TRUE(after.head);
  EXPECT_EQ(after.held.size(), 5U);
}

TEST_F(ClosingTest, CutsTheSurplusAndGoesOnUnderTheClosingsOwnHead) {
  const LogTail before = tail_of(project.log(), 11, 12);
  project.close_desk(0, 9);
  const LogTail after = recheck(before, project.log().name(), project.charter(), perfect_of(project.log()));
  ASSERT_TRUE(after.head);
  EXPECT_EQ(after.head->bytes(), format::closing_head(project.charter(), project.log().desk())->bytes());
  EXPECT_TRUE(after.after.empty());
  EXPECT_TRUE(is_tied_to_head(after));
  EXPECT_EQ(after.held.size(), 9U);
  EXPECT_EQ(after.held.root(), naive_hash(project.log(), 0, 9));
  const auto again = advance(after, project.log().bundle(0, 2, {.head_size = 9}), perfect_of(project.log()));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->kept, 9U);
  EXPECT_EQ(again->tail.held.size(), 9U);
  EXPECT_EQ(again->tail.head->size(), 9U);
}

TEST_F(ClosingTest, WaitsForABundleThatTiesItsEntriesToTheClosingHead) {
  const LogTail before = tail_of(project.log(), 5, 12);
  project.close_desk(0, 9);
  const LogTail waiting = recheck(before, project.log().name(), project.charter(), perfect_of(project.log()));
  EXPECT_FALSE(waiting.head);
  EXPECT_EQ(waiting.held.size(), 5U);
  const auto early = advance(waiting, project.log().bundle(0, 2, {.head_size = 9}), perfect_of(project.log()));
  ASSERT_TRUE(early);
  EXPECT_FALSE(early->tail.head);  // its proof knows entries 4 to 7 as one subtree only
  const auto whole = advance(early->tail, project.log().bundle(2, 7, {.head_size = 9}), perfect_of(project.log()));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->kept, 5U);
  EXPECT_EQ(whole->tail.held.size(), 7U);
  EXPECT_EQ(whole->tail.head->size(), 9U);
}

TEST_F(ClosingTest, DropsAHeldBranchWithAnotherRoot) {
  LogBuilder fork = project.log().forked_at(4);
  fork.append_articles(8);
  const LogTail before = tail_of(fork, 10, 12);
  project.close_desk(0, 9);
  const LogTail after = recheck(before, fork.name(), project.charter(), perfect_of(fork));
  EXPECT_FALSE(after.head);
  EXPECT_EQ(after.held.size(), 0U);
}

TEST_F(ClosingTest, AShortHeldBranchGivesWayToTheClosing) {
  LogBuilder fork = project.log().forked_at(4);
  fork.append_articles(8);
  const LogTail before = tail_of(fork, 6, 12);
  project.close_desk(0, 9);
  const LogTail waiting = recheck(before, fork.name(), project.charter(), perfect_of(fork));
  EXPECT_EQ(waiting.held.size(), 6U);
  const auto bundle = project.log().bundle(0, 7, {.head_size = 9});
  const auto result = advance(waiting, bundle, perfect_of(fork));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->kept, 0U);
  EXPECT_EQ(result->tail.held.root(), naive_hash(project.log(), 0, 7));
  EXPECT_EQ(result->tail.head->size(), 9U);
}

}  // namespace
}  // namespace tamizdat::store
