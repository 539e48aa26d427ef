// Which entries are retracted, and by what. Derived from what is held, so that a closing which cuts a retraction off its
// log brings back what it hid, as long as that was not erased. Pure views of the store; any thread.
#pragma once

#include <optional>
#include <vector>

#include "relay/store/store.h"

namespace tamizdat::store {

struct Retraction {
  EntryId id;
  Store::Position at;
  DeskId desk;            // that retracts
  Timestamp received_at;  // durably, here: never a time that a header claims
  format::RetractionReason reason = format::RetractionReason::kUnspecified;
};

// Those held of `entry`, which is of `project`; the one that came here first is in front. A desk retracts what its own
// project published and nothing else.
std::vector<Retraction> retractions_of(const Store& store, const ProjectId& project, const EntryId& entry);
// Whether its log is served and has it. While a closing has hidden the log until more of it comes, nobody knows whether the
// retraction is of what the closing leaves: it goes on hiding, and is no reason to erase or to have erased.
bool is_in_force(const Store& store, const Retraction& retraction);
// Of those in force, the one that came here first.
std::optional<Retraction> retraction_in_force(const Store& store, const ProjectId& project, const EntryId& entry);

// What hides the entry: the first of retractions_of().
std::optional<Retraction> retraction_of(const Store& store, const ProjectId& project, const EntryId& entry);
// The same of an entry held here, whatever its project; nothing for others.
std::optional<Retraction> retraction_of(const Store& store, const EntryId& entry);

// Whether the entry of this bundle is retracted by what is in force, or by the bundle itself: only then it may come without
// its text.
bool is_retracted(const Store& store, const format::VerifiedBundle& bundle, const format::VerifiedEntry& entry);

}  // namespace tamizdat::store
