// The sealed pool of a relay: slots that anybody may fetch and nobody here can read, until the day on which they end. Bounded
// in octets; a desk's share is counted by the day, in memory only, since a list of who sent how much is what a seized relay
// must not have; what comes over one link never takes more than half of the pool. Loop thread only.
#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "proto/base/ids.h"
#include "relay/env/environment.h"
#include "relay/env/signal.h"
#include "relay/sealed/slot_files.h"

namespace tamizdat::sealed {

inline constexpr ErrorCode kSlotEnded{"slot-ended"};
inline constexpr ErrorCode kSlotTooLong{"slot-too-long"};
inline constexpr ErrorCode kSlotUnknown{"slot-unknown"};
inline constexpr ErrorCode kPoolFull{"sealed-pool-full"};
inline constexpr ErrorCode kPeerShareFull{"sealed-peer-share-full"};
inline constexpr ErrorCode kDeskQuota{"sealed-desk-quota"};

struct PoolLimits {
  std::uint64_t octets_max = std::uint64_t{1} << 30;
  std::uint64_t desk_octets_per_day = std::uint64_t{64} << 20;
};

class Pool {
 public:
  // A link that was asked for a slot and has not brought it for so long lets another one try.
  static constexpr env::milliseconds kAskAgain{30'000};
  static constexpr env::milliseconds kTick{10'000};

  // All outlive it.
  Pool(env::Environment& env, SlotFiles& files, PoolLimits limits);

  // Reads what is there; before everything else. Errors: those of SlotFiles::open().
  env::awaitable<Result<void>> open();
  // Lets ended slots go, and wakes who waits for slots, until stopped.
  env::awaitable<void> run(std::stop_token stop);

  // Durable when it returns; true if it is new. `peer`: over whose link it came; none: from a desk, whose share was taken.
  // Errors: those of parse_slot(), kSlotEnded, kSlotTooLong (ends later than any slot may), kPoolFull, kPeerShareFull, those
  // of the disk.
  env::awaitable<Result<bool>> put(Bytes slot, std::optional<RelayId> peer);
  // Errors: kSlotUnknown, those of the disk; a damaged one is dropped, so that a peer brings it again.
  env::awaitable<Result<Bytes>> read(Hash32 id);

  // Takes so much of the desk's share of today. Errors: kDeskQuota.
  Result<void> take_share(const DeskId& desk, std::uint64_t octets);

  bool holds(const Hash32& id) const { return slots_.contains(id); }
  // Whether a slot may be asked of a link now; then nobody else is, for kAskAgain.
  bool claim(const Hash32& id);
  void unclaim(const Hash32& id) { claims_.erase(id); }

  // For readers: slots in the order in which they came, after the one of this number. Numbers are of one run of the relay,
  // and `epoch` names it.
  struct Listed {
    std::uint64_t number = 0;
    Hash32 id;
    std::uint64_t octets = 0;
  };
  std::vector<Listed> after(std::uint64_t number, std::size_t count) const;
  const Hash32& epoch() const { return epoch_; }
  std::vector<Hash32> ids() const;
  // Over all ids: two relays of the same digest hold the same.
  Hash32 digest() const;
  std::uint64_t octets() const { return octets_; }

  // A slot came (its id), or time went on (none).
  env::Signal<const std::optional<Hash32>&>& changes() { return changes_; }

 private:
  struct Held {
    std::uint64_t number = 0;
    std::uint64_t octets = 0;
    Timestamp ends;
    std::optional<RelayId> peer;
  };
  Result<Timestamp> check(BytesView slot) const;
  Result<void> check_room(std::uint64_t octets, const std::optional<RelayId>& peer) const;
  void add(const Hash32& id, Held held);
  void drop(const Hash32& id);
  env::awaitable<void> drop_ended();

  env::Environment& env_;
  SlotFiles& files_;
  PoolLimits limits_;
  Hash32 epoch_;
  std::map<Hash32, Held> slots_;
  std::map<std::uint64_t, Hash32> by_number_;
  std::set<Hash32> writing_;
  std::uint64_t writing_octets_ = 0;
  std::uint64_t octets_ = 0;
  std::map<RelayId, std::uint64_t> octets_of_peer_;
  std::uint64_t next_number_ = 1;
  std::unordered_map<Hash32, env::MonotonicTime> claims_;
  std::map<DeskId, std::uint64_t> shares_;  // of today_
  std::int64_t today_ = 0;
  env::Signal<const std::optional<Hash32>&> changes_;
};

}  // namespace tamizdat::sealed
