// Which blocks of missing attachments to ask of which link: small attachments first, of each the leaf hashes before the
// blocks, several links at once, and no block of two links at a time unless one of them is silent or far too slow. Pure
// decisions; the puller carries them out.
//
// Every block that was asked for is answered in the order of asking, so an answer that does not fit is a lie. Blocks
// count against a link's window until they are stored: that bounds what a peer can make us hold.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "proto/sync/link_message.h"
#include "relay/env/clock.h"
#include "relay/federation/sources.h"
#include "relay/store/blob_files.h"

namespace tamizdat::federation {

// A block, or word of one, that this relay did not ask for, or not now.
inline constexpr ErrorCode kBlobUnasked{"blob-unasked"};

class Pulls {
 public:
  // Blocks in one request: the share in which links take turns. 512 KiB.
  static constexpr std::uint64_t kRunMax = 32;
  // What a link is asked for at once grows from 2 MiB with what it brings, and nothing more is asked while the first of it
  // has been waiting for this long: another link may be faster, and the rest must not wait for the slowest.
  static constexpr std::uint64_t kFirstWindow = 128;
  static constexpr env::milliseconds kWaitMax{2'000};
  // A link may bring nothing that was asked of it for this long; then others are asked too. Bundles go before blocks.
  static constexpr env::milliseconds kSilenceMax{10'000};
  // Nor is a block waited for longer, whatever else the link brings: nobody can keep it from us by trickling.
  static constexpr env::milliseconds kOverdueMax{30'000};
  // A link that did not hold an attachment says when it does; should that get lost, it is asked again.
  static constexpr env::milliseconds kAskAgainDelay{300'000};
  // A peer that sent a wrong block is not asked for anything.
  static constexpr env::milliseconds kDistrustDelay{600'000};
  // Attachments known as missing at once, and those that blocks are asked of; the store knows the rest.
  static constexpr std::size_t kWantedMax = 8192;
  static constexpr std::size_t kActiveMax = 256;
  // Blocks of all the latter together, an octet each and 32 while their leaf hashes come: four attachments of full size.
  static constexpr std::uint64_t kActiveBlocksMax = 1U << 20U;
  // Blocks that came and wait for the disk, of all links together, beside what was asked before there were so many: a peer
  // that sends, hangs up and comes back gets no further than this. 32 MiB.
  static constexpr std::uint64_t kUnstoredMax = 2048;

  // The attachment is missing. `likely`: the link that is asked first. False if there is no room: come again.
  bool want(const BlobId& blob, std::optional<LinkNumber> likely = {});
  // It is whole, or nobody wants it.
  void forget(const BlobId& blob);
  std::size_t wanted() const { return wanted_.size(); }
  bool is_full() const { return wanted_.size() >= kWantedMax; }
  // Gives up, for others, those that no link has. Says how many.
  std::size_t make_room();
  // Its files cannot be used: it is let alone until then, and the others go on.
  void defer(const BlobId& blob, env::MonotonicTime until);

  void join(LinkNumber link, const RelayId& peer);
  void leave(LinkNumber link);
  // The peer sent what is not the attachment.
  void distrust(const RelayId& peer, env::MonotonicTime now);

  // An attachment of which must be known what is missing before more can be asked.
  std::optional<BlobId> next_to_look_up();
  enum class Leaves { kMissing, kHeld };
  void looked_up(const BlobId& blob, Leaves leaves, std::span<const store::BlockRange> missing_blocks);
  void look_up_again(const BlobId& blob);

  // What to ask of the link now; it counts as asked.
  std::optional<sync::BlobRun> next(LinkNumber link, env::MonotonicTime now);

  // What came and is to be stored: one block, or the leaf hashes whole.
  struct Arrival {
    LinkNumber link = 0;
    RelayId peer;
    sync::BlobRun run;
    Bytes octets;
  };
  struct Taken {
    bool was_needed = false;
    std::optional<Arrival> to_store;
  };
  // Answers of the link. Errors: kBlobUnasked.
  Result<Taken> on_block(LinkNumber link, sync::BlobBlock block, env::MonotonicTime now);
  Result<void> on_not_held(LinkNumber link, const sync::BlobRun& run, env::MonotonicTime now);
  // False if that changes nothing.
  bool on_held(LinkNumber link, const BlobId& blob);

  // What became of the blocks that came.
  void stored(LinkNumber link, const sync::BlobRun& run);
  void lost(LinkNumber link, const sync::BlobRun& run);

  // To be called every second or so: asks others instead of silent links, and again where something may have come.
  void watch(env::MonotonicTime now);

 private:
  struct SmallFirst {
    bool operator()(const BlobId& a, const BlobId& b) const {
      return a.size != b.size ? a.size < b.size : a.root < b.root;
    }
  };
  using BlobSet = std::set<BlobId, SmallFirst>;

  struct Link {
    RelayId peer;
    BlobSet candidates;  // wanted, and not known to be missing there
    BlobSet partly;      // wanted, of which it brought something but not all: candidates again at the next watch
    struct Asked {
      sync::BlobRun run;
      env::MonotonicTime at;
      bool given_up = false;  // others are asked for it
    };
    std::deque<Asked> asked;
    std::uint64_t window = kFirstWindow;
    std::uint64_t asked_blocks = 0;
    std::uint64_t unstored_blocks = 0;  // that came
    bool silent = false;
    env::MonotonicTime answered_at;
    env::MonotonicTime refilled_at;
    bool refilled = false;
  };

  enum class Block : std::uint8_t { kMissing, kAsked, kArrived, kHeld };
  enum class Stage : std::uint8_t { kLookUp, kLeaves, kLeavesArrived, kContent };
  struct Active {
    Stage stage = Stage::kLookUp;
    std::vector<Block> blocks;
    std::uint64_t missing = 0;
    std::uint64_t unheld = 0;
    std::uint64_t cursor = 0;  // where to look for the next missing block
    // Leaf hashes come from one peer: wrong ones can be blamed on nobody else.
    Bytes leaves;
    RelayId leaves_by;
    std::optional<LinkNumber> leaves_link;
    std::uint64_t leaf_blocks_asked = 0;
    std::set<LinkNumber> servers;  // that brought something since they last said that they lack something
  };

  struct Answered {
    Link& link;
    bool was_given_up;
  };

  bool has_room(const Link& link, env::MonotonicTime now) const;
  bool may_be_asked(const Link& link) const;
  bool may_bring(const Link& link, const BlobId& blob) const;
  bool anyone_may_bring(const BlobId& blob) const;
  bool activate(const BlobId& blob);
  bool make_inactive_above(const BlobId& blob);
  void deactivate(const BlobId& blob);
  bool is_under_way(const BlobId& blob) const;
  bool waits_for_another(const BlobId& blob, LinkNumber link) const;
  std::optional<sync::BlobRun> leaves_to_ask(const BlobId& blob, Active& active, LinkNumber number, const Link& link);
  static std::optional<sync::BlobRun> blocks_to_ask(const BlobId& blob, Active& active);
  Active* find_active(const BlobId& blob);
  Result<Answered> answered(LinkNumber link, const sync::BlobRun& run, env::MonotonicTime now);
  Taken take_leaves(Active& active, LinkNumber number, const Link& link, sync::BlobBlock block);
  static void set(Active& active, std::uint64_t index, Block to);
  void mark(const sync::BlobRun& run, Block from, Block to);
  void unask(LinkNumber link, const sync::BlobRun& run);
  void give_up(LinkNumber link, Link::Asked& asked);
  void ask_after_all(LinkNumber number, const Link& link, Link::Asked& asked);
  void no_longer_asked(const BlobId& blob);

  std::map<BlobId, std::optional<LinkNumber>, SmallFirst> wanted_;  // and who is likely to have it
  std::map<BlobId, Active, SmallFirst> active_;
  std::uint64_t active_blocks_ = 0;
  std::deque<BlobId> to_look_up_;
  std::map<BlobId, env::MonotonicTime, SmallFirst> deferred_;  // until
  std::map<BlobId, std::uint64_t, SmallFirst> runs_asked_;     // and not given up
  std::map<BlobId, std::set<std::uint64_t>, SmallFirst> unstored_;  // blocks of contents that came
  std::uint64_t unstored_blocks_ = 0;
  std::map<LinkNumber, Link> links_;
  std::map<RelayId, env::MonotonicTime> distrusted_;  // since
};

}  // namespace tamizdat::federation
