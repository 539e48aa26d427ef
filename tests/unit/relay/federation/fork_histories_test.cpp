// Histories with and without forks, drawn from a seed: three relays hold parts of them under older and newer heads and hand
// each other any range of any head. Whatever they do: a fork that two relays hold is proven, all of them can check the
// proof, no relay ever holds a mixture, and where there is no fork there is no proof.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "relay/federation/fork_watch.h"
#include "relay/store/memory_store.h"
#include "tests/support/project_builder.h"

namespace tamizdat::federation {
namespace {

using tests::must;

// As many as the tests can wait for; TAMIZDAT_FORK_HISTORIES asks for others.
std::uint64_t histories_wanted() {
  const char* const wanted = std::getenv("TAMIZDAT_FORK_HISTORIES");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 300;
}

struct Counts {
  std::uint64_t forked = 0, proven = 0, at_once = 0, late = 0;
};

class History {
 public:
  History(std::uint64_t seed, Counts& counts) : random_(seed), counts_(counts) {
    const std::uint64_t size = 1 + draw(24);
    project_.log().append_articles(size);
    branches_.push_back(project_.log());
    if (draw(3) != 0) {
      branches_.push_back(project_.log().forked_at(draw(size)));
      branches_.back().append_articles(1 + draw(16));
    }
    const store::Batch charters{store::Charters{project_.charters()}, tests::kTestTime};
    for (auto& relay : relays_) TMZ_CHECK(relay.store.commit({&charters, 1}).front().has_value());
  }

  void play() {
    // Each relay is given something of one branch, under a head of its own.
    for (std::size_t i = 0; i < relays_.size(); ++i) feed(relays_[i], branches_[draw(branches_.size())]);
    for (int step = 0; step < 24; ++step) {
      Relay& to = relays_[draw(relays_.size())];
      if (draw(4) == 0)
        feed(to, branches_[draw(branches_.size())]);
      else
        pass_on(relays_[draw(relays_.size())], to);
      check_no_mixture();
    }
    // Then whoever signed a head sends what is behind it, and all talk to all, as links that live do. A head whose entries
    // nobody ever shows can be refused by what it contradicts, but not proven to: its tree is not known.
    for (Relay& relay : relays_) finish(relay);
    for (int round = 0; round < 3; ++round)
      for (Relay& from : relays_)
        for (Relay& to : relays_)
          if (&from != &to) catch_up(from, to);
    check_no_mixture();
    check_end();
  }

 private:
  struct Relay {
    store::MemoryStore store;
  };

  std::uint64_t draw(std::uint64_t bound) { return random_() % bound; }
  LogId log() { return project_.log().id(); }
  std::uint64_t held(const Relay& relay) {
    const auto state = relay.store.log(log());
    return state ? state->size : 0;
  }

  // A desk, or its thief, submits.
  void feed(Relay& to, const tests::LogBuilder& branch) {
    const std::uint64_t head = 1 + draw(branch.size());
    const std::uint64_t from = draw(std::min(held(to), head - 1) + 1);
    const std::uint64_t end = from + 1 + draw(head - from);
    offer(to, branch.bundle(from, end, {head}));
  }
  void pass_on(const Relay& from, Relay& to) {
    const std::uint64_t size = held(from);
    if (size == 0) return;
    send(from, to, draw(std::min(held(to), size - 1) + 1), 1 + draw(size));
  }
  void send(const Relay& from, Relay& to, std::uint64_t first, std::uint64_t count) {
    const auto bundle = must(from.store.bundle(log(), first, count));
    offer(to, must(format::verify_bundle(project_.charter(), bundle.bytes)));
  }
  void finish(Relay& relay) {
    const auto state = relay.store.log(log());
    if (!state || state->size == state->head.size()) return;
    for (const auto& branch : branches_)
      if (branch.size() >= state->head.size() && branch.root(state->head.size()) == state->head.root())
        offer(relay, branch.bundle(state->size, state->head.size(), {state->head.size()}));
  }
  // What a link does: from what is held here on; of one size with another root, the last entry.
  void catch_up(const Relay& from, Relay& to) {
    const auto theirs = from.store.log(log());
    const auto ours = to.store.log(log());
    if (!theirs || theirs->size < held(to)) return;
    if (theirs->size > held(to))
      send(from, to, held(to), theirs->size);
    else if (theirs->root != ours->root)
      send(from, to, theirs->size - 1, 1);
  }

  void offer(Relay& to, format::VerifiedBundle bundle) {
    if (proof_ && bundle.to() > held(to)) return;  // all relays hold the proof: growth has stopped
    const store::Batch batch{bundle, tests::kTestTime};
    const auto committed = to.store.commit({&batch, 1}).front();
    if (committed) return;
    ASSERT_EQ(committed.error().code, store::kLogForked) << committed.error().text;
    ASSERT_EQ(branches_.size(), 2U) << "there is one history only";
    const auto state = to.store.log(log());
    const auto proof = ForkWatch::prove(to.store, {bundle.head(), bundle});
    if (!proof) {
      // Only a relay that lacks entries up to its own head may have to wait, or one that was sent entries which end before
      // its own do: it asks for those behind.
      ASSERT_TRUE(state->size < state->head.size() || bundle.to() < state->size);
      ++counts_.late;
      return;
    }
    const auto statement = format::verify_statement({project_.charters()}, *proof);
    ASSERT_TRUE(statement.has_value()) << statement.error().text;
    if (!proof_) ++counts_.at_once;
    proof_ = *proof;
  }

  void check_no_mixture() {
    for (const Relay& relay : relays_) {
      const std::uint64_t size = held(relay);
      if (size == 0) continue;
      const Hash32 root = relay.store.log(log())->root;
      const bool is_one = std::ranges::any_of(
          branches_, [&](const auto& branch) { return size <= branch.size() && branch.root(size) == root; });
      ASSERT_TRUE(is_one) << "a relay merged two histories";
    }
  }

  // No two relays hold histories that contradict each other without a proof.
  void check_end() {
    bool contradiction = false;
    for (const Relay& one : relays_)
      for (const Relay& other : relays_) {
        const std::uint64_t common = std::min(held(one), held(other));
        if (common > 0 && prefix_root(one, common) != prefix_root(other, common)) contradiction = true;
      }
    if (contradiction) ++counts_.forked;
    if (proof_) ++counts_.proven;
    ASSERT_TRUE(!contradiction || proof_) << "a fork was not found";
    ASSERT_TRUE(!proof_ || branches_.size() == 2) << "a proof without a fork";
  }
  Hash32 prefix_root(const Relay& relay, std::uint64_t size) {
    const auto bundle =
        must(format::verify_bundle(project_.charter(), must(relay.store.bundle(log(), 0, size)).bytes));
    format::CompactRange range;
    for (std::uint64_t i = 0; i < size; ++i) range.append(bundle.entries()[static_cast<std::size_t>(i)].id().value);
    return range.root();
  }

  std::mt19937_64 random_;
  Counts& counts_;
  tests::ProjectBuilder project_;
  std::vector<tests::LogBuilder> branches_;
  std::array<Relay, 3> relays_;
  std::optional<Bytes> proof_;
};

TEST(ForkHistories, EveryForkIsProvenAndNoneIsMerged) {
  Counts counts;
  const std::uint64_t wanted = histories_wanted();
  for (std::uint64_t seed = 0; seed < wanted; ++seed) {
    History(seed, counts).play();
    if (::testing::Test::HasFatalFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(counts.forked, wanted / 10);
  EXPECT_GT(counts.late, 0U) << "no relay was ever behind its own head";
  RecordProperty("forked", std::to_string(counts.forked));
  std::printf("%llu histories: %llu with relays that contradict each other, %llu proven, %llu refusals unproven at once\n",
              static_cast<unsigned long long>(wanted), static_cast<unsigned long long>(counts.forked),
              static_cast<unsigned long long>(counts.proven), static_cast<unsigned long long>(counts.late));
}

}  // namespace
}  // namespace tamizdat::federation
