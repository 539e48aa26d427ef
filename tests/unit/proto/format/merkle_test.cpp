#include "proto/format/merkle.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>

#include "tests/vectors/newsroom.h"

namespace tamizdat::format {
namespace {

constexpr std::uint64_t kSizesMax = 33;  // past two powers of two, and every shape of the right edge below them

std::vector<Hash32> numbered_leaves(std::uint64_t count) {
  std::vector<Hash32> leaves;
  for (std::uint64_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(std::to_string(i)));
  return leaves;
}

CompactRange range_of(const std::vector<Hash32>& leaves, std::uint64_t size) {
  CompactRange range;
  for (std::uint64_t i = 0; i < size; ++i) range.append(leaves[i]);
  return range;
}

std::vector<Hash32> hashes_of(const std::vector<Subtree>& subtrees, const std::vector<Hash32>& leaves) {
  std::vector<Hash32> out;
  for (const auto& subtree : subtrees) out.push_back(plain_root(leaves, subtree.begin, subtree.end));
  return out;
}

// The leaves and roots that Certificate Transparency implementations test with (google/certificate-transparency).
constexpr std::array<std::string_view, 8> kPublishedLeaves{
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
constexpr std::array<std::string_view, 9> kPublishedRoots{
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

TEST(Merkle, FollowsThePublishedTree) {
  CompactRange range;
  EXPECT_EQ(to_hex(range.root().view()), kPublishedRoots[0]);
  EXPECT_EQ(to_hex(empty_root().view()), kPublishedRoots[0]);
  for (std::size_t i = 0; i < kPublishedLeaves.size(); ++i) {
    range.append(leaf_hash(from_hex(kPublishedLeaves[i]).value()));
    EXPECT_EQ(to_hex(range.root().view()), kPublishedRoots[i + 1]);
  }
}

// RFC 6962 section 2.1.3: the tree of seven leaves; d3's inclusion proof is [c, g, l], the consistency proof of three
// leaves holds c, d and g. The run [3, 4) has exactly the inclusion proof's hashes, from the left to the right.
TEST(Merkle, GivesTheHashesOfTheExampleInRfc6962) {
  EXPECT_EQ(proof_subtrees(3, 4, 7), (std::vector<Subtree>{{0, 2}, {2, 3}, {4, 7}}));
  EXPECT_EQ(cover(3, 7, 7), (std::vector<Subtree>{{3, 4}, {4, 7}}));
}

TEST(Cover, IsTheProofOfTheDefinitionForEveryRunInEverySmallTree) {
  const auto leaves = numbered_leaves(kSizesMax);
  for (std::uint64_t size = 1; size <= kSizesMax; ++size)
    for (std::uint64_t from = 0; from < size; ++from)
      for (std::uint64_t to = from + 1; to <= size; ++to) {
        std::vector<Hash32> expected;
        plain_proof(leaves, 0, size, from, to, expected);
        ASSERT_EQ(hashes_of(proof_subtrees(from, to, size), leaves), expected) << from << " " << to << " " << size;
      }
}

TEST(Cover, IsWithoutGapsWithinItsRangeAndOfSubtreesOnly) {
  for (std::uint64_t size = 0; size <= kSizesMax; ++size)
    for (std::uint64_t begin = 0; begin <= size; ++begin)
      for (std::uint64_t end = begin; end <= size; ++end) {
        std::uint64_t next = begin;
        for (const auto& subtree : cover(begin, end, size)) {
          ASSERT_EQ(subtree.begin, next);
          ASSERT_LT(subtree.begin, subtree.end);
          // Perfect and aligned, or at the right edge of the tree.
          const std::uint64_t leaves = subtree.end - subtree.begin;
          ASSERT_TRUE((std::has_single_bit(leaves) && subtree.begin % leaves == 0) || subtree.end == size);
          next = subtree.end;
        }
        ASSERT_EQ(next, end);
      }
}

TEST(Cover, OfWhatLiesBeforeIsTheCompactRangeWhateverFollows) {
  const auto leaves = numbered_leaves(kSizesMax);
  for (std::uint64_t at = 0; at < kSizesMax; ++at) {
    const CompactRange range = range_of(leaves, at);
    const std::vector<Hash32> expected(range.hashes().begin(), range.hashes().end());
    for (std::uint64_t size = at + 1; size <= kSizesMax; ++size)
      ASSERT_EQ(hashes_of(cover(0, at, size), leaves), expected) << at << " of " << size;
  }
}

TEST(Cover, StaysShortInTheLargestLog) {
  const std::uint64_t largest = std::uint64_t{1} << 48;
  EXPECT_EQ(cover(0, largest - 1, largest).size(), 48U);
  EXPECT_EQ(cover(1, largest, largest).size(), 48U);
  EXPECT_EQ(proof_subtrees(largest / 2, largest / 2 + 1, largest).size(), 48U);
  EXPECT_LE(proof_subtrees(largest / 2 - 1, largest / 2 + 1, largest - 1).size(), 96U);
}

TEST(SubtreeHash, PutsEveryCoverTogetherFromPerfectSubtrees) {
  const auto leaves = numbered_leaves(kSizesMax);
  const PerfectHash perfect = [&](unsigned level, std::uint64_t index) {
    return plain_root(leaves, index << level, (index + 1) << level);
  };
  for (std::uint64_t size = 1; size <= kSizesMax; ++size)
    for (std::uint64_t begin = 0; begin < size; ++begin)
      for (const auto& subtree : cover(begin, size, size))
        ASSERT_EQ(subtree_hash(subtree, perfect), plain_root(leaves, subtree.begin, subtree.end));
}

TEST(RootOfRun, IsTheTreesRootForEveryRunInEverySmallTree) {
  const auto leaves = numbered_leaves(kSizesMax);
  for (std::uint64_t size = 1; size <= kSizesMax; ++size) {
    const Hash32 expected = plain_root(leaves, 0, size);
    for (std::uint64_t from = 0; from < size; ++from)
      for (std::uint64_t to = from + 1; to <= size; ++to) {
        std::vector<Hash32> proof;
        plain_proof(leaves, 0, size, from, to, proof);
        const std::span<const Hash32> run(leaves.data() + from, to - from);
        const auto root = root_of_run(size, from, run, proof);
        ASSERT_TRUE(root) << root.error().text;
        ASSERT_EQ(*root, expected);
        if (proof.empty()) continue;
        const auto short_of_one = root_of_run(size, from, run, std::span(proof).first(proof.size() - 1));
        ASSERT_FALSE(short_of_one);
        ASSERT_EQ(short_of_one.error().code, kProofTooShort);
        proof.push_back(proof.back());
        const auto one_too_many = root_of_run(size, from, run, proof);
        ASSERT_FALSE(one_too_many);
        ASSERT_EQ(one_too_many.error().code, kProofTooLong);
      }
  }
}

TEST(RootOfRun, ChangesWithEveryHashAndPlace) {
  const auto leaves = numbered_leaves(13);
  std::vector<Hash32> proof;
  plain_proof(leaves, 0, 13, 4, 7, proof);
  std::vector<Hash32> run(leaves.begin() + 4, leaves.begin() + 7);
  const Hash32 root = root_of_run(13, 4, run, proof).value();
  for (auto* list : {&run, &proof})
    for (auto& hash : *list) {
      hash.octets[5] ^= 1;
      EXPECT_NE(root_of_run(13, 4, run, proof).value(), root);
      hash.octets[5] ^= 1;
    }
  std::swap(run[0], run[1]);
  EXPECT_NE(root_of_run(13, 4, run, proof).value(), root);
}

TEST(RootOfRun, RefusesARunOutsideOfTheTree) {
  const auto leaves = numbered_leaves(4);
  const auto code = [&](std::uint64_t size, std::uint64_t from, std::size_t run) {
    const auto root = root_of_run(size, from, std::span(leaves).first(run), {});
    return root ? std::string_view("none") : root.error().code.name();
  };
  EXPECT_EQ(code(4, 0, 0), kRunOutOfRange.name());
  EXPECT_EQ(code(0, 0, 1), kRunOutOfRange.name());
  EXPECT_EQ(code(4, 4, 1), kRunOutOfRange.name());
  EXPECT_EQ(code(4, 3, 2), kRunOutOfRange.name());
  EXPECT_EQ(code(3, 0, 4), kRunOutOfRange.name());
  EXPECT_EQ(code(~std::uint64_t{0}, ~std::uint64_t{0} - 1, 2), kRunOutOfRange.name());
  EXPECT_EQ(code(4, ~std::uint64_t{0}, 4), kRunOutOfRange.name());
}

TEST(CompactRange, HasTheTreesRootAtEverySize) {
  const auto leaves = numbered_leaves(300);
  CompactRange range;
  for (std::uint64_t size = 0; size <= leaves.size(); ++size) {
    ASSERT_EQ(range.size(), size);
    ASSERT_EQ(range.root(), plain_root(leaves, 0, size));
    ASSERT_EQ(range.hashes().size(), static_cast<std::size_t>(std::popcount(size)));
    if (size < leaves.size()) range.append(leaves[size]);
  }
}

TEST(CompactRange, GoesOnFromItsRestoredState) {
  const auto leaves = numbered_leaves(kSizesMax);
  for (std::uint64_t at = 0; at < kSizesMax; ++at) {
    const CompactRange before = range_of(leaves, at);
    auto restored = CompactRange::restore(at, {before.hashes().begin(), before.hashes().end()});
    ASSERT_TRUE(restored);
    EXPECT_EQ(*restored, before);
    restored->append(leaves[at]);
    EXPECT_EQ(*restored, range_of(leaves, at + 1));
  }
}

TEST(CompactRange, RefusesHashesThatDoNotFitItsSize) {
  EXPECT_EQ(CompactRange::restore(5, numbered_leaves(1)).error().code, kProofTooShort);
  EXPECT_EQ(CompactRange::restore(5, numbered_leaves(3)).error().code, kProofTooLong);
  EXPECT_EQ(CompactRange::restore(0, numbered_leaves(1)).error().code, kProofTooLong);
}

}  // namespace
}  // namespace tamizdat::format
