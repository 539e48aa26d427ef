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
inline constexpr ErrorCode kClosingBelowKnown{"closing-below-known"};

// So many entries exist, though perhaps no relay that can be asked has them.
struct KnownSize {
  std::uint64_t size = 0;
  std::string by;  // "this home has signed", "tzrelay1... has cosigned"
};
// By the cosigned heads of relays that the charter lists, of all that relays gave.
std::vector<KnownSize> cosigned_sizes(const Chain& chain, const DeskId& desk, std::span<const RelayChain> answers);

struct ClosingQuestion {
  DeskId desk;
  std::optional<std::uint64_t> size;  // entries that are good
  std::optional<EntryId> before;      // or: those before this one
  std::string as_held_by;             // relay id, or host and port: its history is the good one
  std::vector<KnownSize> known;
};

struct Closing {
  std::uint64_t size = 0;
  Hash32 root;
  std::uint64_t held = 0;           // entries that the relays hold, the ones to be refused among them
  std::vector<std::string> relays;  // that hold this history
  std::vector<std::string> not_asked;  // a sentence for each relay of which nobody knows what it holds, and why
};

// Without `size` and `before` it closes at all that relays hold, and not below what is known to exist; it closes an empty log
// only where all relays, those of the charter's policy among them, have said that they hold nothing of it.
// Errors: kDeskNotListed, kHistoriesDiffer (with what each relay holds), kClosingBeyondHeld, kClosingBelowKnown,
// kNoRelayHolds.
Result<Closing> find_closing(const format::VerifiedCharter& charter, const ClosingQuestion& question,
                             std::span<net::RelayClient> relays, const Progress& progress);

}  // namespace tamizdat::charters
