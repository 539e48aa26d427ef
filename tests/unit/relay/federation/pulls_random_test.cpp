// Attachments spread over peers of which none has all, links that end and come back, silence, a disk that fails at times:
// everything arrives, no block is asked of two links that speak in time, and no link for more than it may.
#include "relay/federation/pulls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "proto/format/limits.h"

namespace tamizdat::federation {
namespace {

using sync::BlobPart;
using sync::BlobRun;

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    for (std::uint8_t i = 0; i < kAttachments; ++i) {
      // One has leaf hashes of more than a block.
      const std::size_t blocks = i == 0 ? 600 : 1 + below(3) * below(100);
      const BlobId id{relay(i).value, blocks * format::kBlockBytes};
      attachments_[id] = {std::vector<bool>(blocks), blocks == 1};
      for (auto& peer : peers_) peer.holds[id].resize(blocks);
      for (std::size_t block = 0; block < blocks; ++block) {
        peers_[below(kPeers)].holds[id][block] = true;
        peers_[below(kPeers)].holds[id][block] = true;
      }
      EXPECT_TRUE(pulls_.want(id));
    }
  }

  // True when all is there.
  bool run() {
    for (int step = 0; step < 200'000 && pulls_.wanted() > 0; ++step) take_step();
    return pulls_.wanted() == 0;
  }

 private:
  static constexpr std::size_t kPeers = 3;
  static constexpr std::uint8_t kAttachments = 12;

  struct Peer {
    std::map<BlobId, std::vector<bool>> holds;
    std::optional<LinkNumber> link;
    std::deque<BlobRun> asked;
    std::deque<env::MonotonicTime> asked_at;
    std::uint64_t asked_aloud = 0;  // of these, the last so many were asked and not left unanswered in silence
    bool mute = false;
  };
  struct Attachment {
    std::vector<bool> stored;
    bool leaves = false;
  };

  static RelayId relay(std::uint8_t fill) {
    Hash32 key;
    key.octets.fill(fill);
    return RelayId(key);
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  env::MonotonicTime now() const { return env::MonotonicTime(now_); }

  void take_step() {
    Peer& peer = peers_[below(kPeers)];
    switch (below(16)) {
      case 0: return open_or_cut(peer);
      case 1: return pass_time();
      case 2: return toggle_mute(peer);
      case 3: return look_up();
      case 4: case 5: case 6: return ask(peer);
      case 7: case 8: case 9: return store();
      default: return answer(peer);
    }
  }

  void open_or_cut(Peer& peer) {
    if (peer.link && below(20) > 0) return;
    if (peer.link) {
      pulls_.leave(*peer.link);
      peer.link.reset();
      peer.asked.clear();
      peer.asked_at.clear();
      peer.asked_aloud = 0;
    } else {
      peer.link = next_link_++;
      pulls_.join(*peer.link, id_of(peer));
    }
  }
  RelayId id_of(const Peer& peer) const { return relay(static_cast<std::uint8_t>(100 + (&peer - peers_))); }
  // What octets of this peer look like.
  static char mark_of(const RelayId& peer) { return static_cast<char>(peer.value.octets[0]); }
  void toggle_mute(Peer& peer) {
    if (peer.mute == (below(40) == 0)) return;
    peer.mute = !peer.mute;
    peer.asked_aloud = 0;
  }
  void pass_time() {
    now_ += env::milliseconds(below(1500));
    pulls_.watch(now());
  }
  void look_up() {
    const auto blob = pulls_.next_to_look_up();
    if (!blob) return;
    const Attachment& attachment = attachments_.at(*blob);
    std::vector<store::BlockRange> missing;
    for (std::uint64_t i = 0; i < attachment.stored.size(); ++i)
      if (!attachment.stored[i]) missing.push_back({i, 1});
    pulls_.looked_up(*blob, attachment.leaves ? Pulls::Leaves::kHeld : Pulls::Leaves::kMissing, missing);
  }

  void ask(Peer& peer) {
    if (!peer.link) return;
    const auto run = pulls_.next(*peer.link, now());
    if (!run) return;
    for (const Peer& other : peers_) expect_not_asked(other, *run);
    peer.asked.push_back(*run);
    peer.asked_at.push_back(now());
    if (!peer.mute) ++peer.asked_aloud;
    std::uint64_t blocks = 0;
    for (const BlobRun& asked : peer.asked) blocks += asked.count;
    EXPECT_LE(blocks, sync::kBlobBlocksAskedMax);
  }
  // But for what is overdue, or was left unanswered in silence.
  void expect_not_asked(const Peer& peer, const BlobRun& run) const {
    for (auto i = peer.asked.size() - std::min(peer.asked_aloud, peer.asked.size()); i < peer.asked.size(); ++i)
      EXPECT_FALSE(now() - peer.asked_at[i] < Pulls::kOverdueMax && overlaps(peer.asked[i], run));
  }
  static bool overlaps(const BlobRun& a, const BlobRun& b) {
    return a.blob == b.blob && a.part == b.part && a.first < b.first + b.count && b.first < a.first + a.count;
  }

  void answer(Peer& peer) {
    if (peer.mute || peer.asked.empty()) return;
    BlobRun& asked = peer.asked.front();
    const auto holds = [&](std::uint64_t index) {
      const auto& blocks = peer.holds.at(asked.blob);
      return asked.part == BlobPart::kContent ? blocks[index] : std::ranges::find(blocks, true) != blocks.end();
    };
    BlobRun run{asked.blob, asked.part, asked.first, 1};
    if (holds(run.first)) {
      Bytes octets(sync::part_block_size(run.blob, run.part, run.first), mark_of(id_of(peer)));
      auto taken = pulls_.on_block(*peer.link, {run, std::move(octets)}, now());
      ASSERT_TRUE(taken);
      if (taken->to_store) arrived_.push_back(*std::move(taken->to_store));
    } else {
      while (run.count < asked.count && !holds(run.first + run.count)) ++run.count;
      ASSERT_TRUE(pulls_.on_not_held(*peer.link, run, now()));
    }
    asked.first += run.count;
    asked.count -= run.count;
    if (asked.count > 0) return;
    peer.asked.pop_front();
    peer.asked_at.pop_front();
  }

  void store() {
    if (arrived_.empty()) return;
    const auto arrival = std::move(arrived_.front());
    arrived_.pop_front();
    EXPECT_EQ(arrival.octets.find_first_not_of(mark_of(arrival.peer)), Bytes::npos) << "blames another peer";
    Attachment& attachment = attachments_.at(arrival.run.blob);
    if (below(50) == 0) return pulls_.lost(arrival.link, arrival.run);
    if (arrival.run.part == BlobPart::kLeaves)
      attachment.leaves = true;
    else
      attachment.stored[static_cast<std::size_t>(arrival.run.first)] = true;
    if (std::ranges::find(attachment.stored, false) == attachment.stored.end()) pulls_.forget(arrival.run.blob);
    pulls_.stored(arrival.link, arrival.run);
  }

  std::mt19937_64 random_;
  Pulls pulls_;
  Peer peers_[kPeers];
  std::map<BlobId, Attachment> attachments_;
  std::deque<Pulls::Arrival> arrived_;
  LinkNumber next_link_ = 1;
  env::milliseconds now_{0};
};

TEST(PullsRandom, EverythingArrivesFromPeersOfWhichNoneHasAll) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) ASSERT_TRUE(World(seed).run()) << "seed " << seed;
}

}  // namespace
}  // namespace tamizdat::federation
