// Where to close a desk that was lost or stolen: the last (size, root) of its log that is good, taken from what relays hold
// and verified here. Nothing of the desk itself is needed. Relays that hold two histories of the log are told apart and
// never merged: a person has to say which one is good.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/charters/newest.h"

namespace tamizdat::charters {

inline constexpr ErrorCode kDeskNotListed{"desk-not-listed"};
inline constexpr ErrorCode kHistoriesDiffer{"histories-differ"};
inline constexpr ErrorCode kClosingBeyondHeld{"closing-beyond-held"};
inline constexpr ErrorCode kNoRelayHolds{"no-relay-holds"};

struct ClosingQuestion {
  DeskId desk;
  std::optional<std::uint64_t> size;  // entries that are good
  std::optional<EntryId> before;      // or: those before this one
  std::string as_held_by;             // relay id, or host and port: its history is the good one
};

struct Closing {
  std::uint64_t size = 0;
  Hash32 root;
  std::uint64_t held = 0;           // entries that the relays hold, the ones to be refused among them
  std::vector<std::string> relays;  // that hold this history
};

// Errors: kDeskNotListed, kHistoriesDiffer (with what each relay holds), kClosingBeyondHeld, kNoRelayHolds.
Result<Closing> find_closing(const format::VerifiedCharter& charter, const ClosingQuestion& question,
                             std::span<net::RelayClient> relays, const Progress& progress);

}  // namespace tamizdat::charters
