// The sealed pool of a relay: slots that anybody may fetch and nobody here can read, until the day on which they end. Bounded
// in octets and in number, and for everybody who fills it (shares.h). Loop thread only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "proto/format/limits.h"
#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/env/signal.h"
#include "relay/sealed/shares.h"

namespace tamizdat::sealed {

inline constexpr ErrorCode kSlotEnded{"slot-ended"};
inline constexpr ErrorCode kSlotTooLong{"slot-too-long"};
inline constexpr ErrorCode kSlotUnknown{"slot-unknown"};

// One sixteenth, and the quota of a day, are room for the largest letter, which takes 65 slots of 1 MiB.
struct PoolLimits {
  std::uint64_t octets_max = std::uint64_t{1280} << 20;
  std::uint64_t project_octets_per_day = std::uint64_t{80} << 20;
  std::size_t slots_max = format::kSlotsListedMax;
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

  // Durable when it returns, also where it was here or is being written for somebody else; true if it is new. Only what is
  // new takes a share. Errors: those of parse_slot(), kSlotEnded, kSlotTooLong (ends later than any slot may), those of
  // Shares::check(), those of the disk.
  env::awaitable<Result<bool>> put(Bytes slot, Origin origin);
  // Errors: kSlotUnknown, those of the disk; a damaged one is dropped, so that a peer brings it again.
  env::awaitable<Result<Bytes>> read(Hash32 id);

  bool holds(const Hash32& id) const { return slots_.contains(id); }
  // Whether a slot may be asked of a link now; then nobody else is, for kAskAgain.
  bool claim(const Hash32& id);
  void unclaim(const Hash32& id) { claims_.erase(id); }

  // For readers: all of them by their ends, the ids ascending.
  std::map<Timestamp, std::vector<Hash32>> by_end() const;
  std::vector<Hash32> ids() const;
  // Over all ids: two relays of the same digest hold the same.
  Hash32 digest() const;
  std::uint64_t octets() const { return shares_.octets(); }

  // A slot came (its id), or time went on (none).
  env::Signal<const std::optional<Hash32>&>& changes() { return changes_; }

 private:
  struct Held {
    std::uint64_t octets = 0;
    Timestamp ends;
    Source source;
    std::optional<ProjectId> project;  // of the desk that handed it in, in this run of the relay
  };
  Result<Timestamp> check(BytesView slot) const;
  Result<void> check_room(const Origin& origin, std::uint64_t octets) const;
  void drop(const Hash32& id);
  env::awaitable<Result<bool>> write(const Hash32& id, Bytes slot, Held held);
  env::awaitable<void> drop_ended();

  env::Environment& env_;
  SlotFiles& files_;
  PoolLimits limits_;
  Shares shares_;  // of slots_ and of what is being written
  std::map<Hash32, Held> slots_;
  std::set<Hash32> writing_;
  env::Event written_;
  std::unordered_map<Hash32, env::MonotonicTime> claims_;
  env::Signal<const std::optional<Hash32>&> changes_;
};

}  // namespace tamizdat::sealed
