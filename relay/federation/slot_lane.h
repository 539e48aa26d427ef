// The sealed pool on one link: tells the peer what is here, asks for what is not, a few slots at a time, and remembers what
// the peer asked for. No I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "proto/sync/link_message.h"
#include "relay/sealed/pool.h"

namespace tamizdat::federation {

inline constexpr ErrorCode kSlotUnasked{"sealed-slot-unasked"};
inline constexpr ErrorCode kSlotWrong{"sealed-slot-wrong"};

class SlotLane {
 public:
  // Slots under way to us on one link.
  static constexpr std::size_t kUnderWayMax = 4;
  // Ids that wait to be asked for: 2 MiB. More are told again on the next link.
  static constexpr std::size_t kWantedMax = 65'536;

  explicit SlotLane(sealed::Pool& pool) : pool_(pool) {}
  ~SlotLane();
  SlotLane(const SlotLane&) = delete;
  SlotLane& operator=(const SlotLane&) = delete;

  void on(const sync::SealedHeld& message);
  // False if the peer asks for more than it may.
  bool on(const sync::SealedRequest& message);
  // Errors: kSlotUnasked, kSlotWrong (its octets are not those of the id that was asked for).
  Result<void> on(const sync::SealedSlot& message);
  // A slot that was asked for is stored, or cannot be.
  void stored() { --storing_; }
  // The pool changed.
  void on_change(const std::optional<Hash32>& slot);

  // What to say now, in order.
  std::vector<sync::LinkMessage> messages();
  // Which slot the peer waits for; it is taken off the list.
  std::optional<Hash32> next_answer();

 private:
  std::optional<sync::SealedRequest> next_request();

  sealed::Pool& pool_;
  bool digest_taken_ = false;
  std::deque<Hash32> to_tell_;
  std::deque<Hash32> wanted_;
  std::set<Hash32> of_peer_;    // that it brought: it need not be told
  std::set<Hash32> under_way_;  // asked for
  std::size_t storing_ = 0;
  std::deque<Hash32> asked_;  // by the peer
};

}  // namespace tamizdat::federation
