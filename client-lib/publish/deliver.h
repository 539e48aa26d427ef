// Between a desk and its relays: first every relay is asked what it knows of the desk's log, then each is sent what it
// lacks. A relay that is unreachable, refuses or lies stops nobody but itself; only a sign that this home is not the
// newest copy of the desk stops everything.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/desk/desk_store.h"
#include "client-lib/net/relay_client.h"

namespace tamizdat::publish {

// Relays know more of this desk's log than this home does and do not show it, or something else: it is an old copy.
inline constexpr ErrorCode kHistoryBehind{"history-behind"};
inline constexpr ErrorCode kHistoryForked{"history-forked"};
inline constexpr ErrorCode kNoRelay{"no-relay"};
inline constexpr ErrorCode kNoRelayReachable{"no-relay-reachable"};

// One relay as it was seen in this run.
struct RelayView {
  net::RelayClient client;
  net::RelaySelf self;               // empty label and country until it was reached
  std::optional<Error> trouble;      // why it cannot be used now
  std::uint64_t charter_version = 0;  // that it took from us
  std::uint64_t held = 0;            // entries of our log that it has, as it last said
  std::uint64_t attachments_missing = 0;     // of these entries, as far as it was asked
  std::optional<Error> attachments_trouble = {};  // why one of them is; the relay itself can be used
  std::uint64_t held_before = 0;  // entries of our log that it had when it was last heard, as this home remembers
  std::vector<EntryId> sealed_for_ever = {};  // taken back from it, and no key to them is left (resume.h)
  std::uint64_t statements_waiting = 0;          // of this home's, that it has not taken
  std::optional<Error> statements_trouble = {};  // why one of them was not
  Bytes receipt = {};  // with which it answered our newest entries, unverified; empty: none

  // "GE (relay.example:443)", or without the label.
  std::string name() const;
  // What answers there is not the relay of the address.
  bool has_wrong_key() const;
};

// Words about what is being done, for a progress line.
using Progress = std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t of)>;

// The desk's relays and those of `lines` (address lines), each once. Errors: those of RelayAddress::parse, of Relays.
Result<std::vector<RelayView>> relay_views(desk::DeskStore& store, net::Http& http, std::span<const std::string> lines);

// Asks each relay for its name and the newest head of the log. An old copy of a home takes back from it what it lacks.
// Network trouble stays in the view.
// Errors: kHistoryBehind, kHistoryForked (with advice), those of the desk's file.
Result<void> ask_relays(desk::DeskStore& store, const desk::Project& project, std::span<RelayView> relays,
                        const Progress& progress);

// Asks each relay that was reached which attachments of the entries that it holds are missing there. Errors: those of
// the desk's file.
Result<void> ask_for_attachments(desk::DeskStore& store, std::span<RelayView> relays, const Progress& progress);

// Sends each relay that was reached what it lacks: the charters, statements, bundles of at most 1 MiB, attachments. Trouble
// stays in the view. Errors: those of the desk's file.
Result<void> deliver(desk::DeskStore& store, const desk::Project& project, std::span<RelayView> relays,
                     const Progress& progress);

}  // namespace tamizdat::publish
