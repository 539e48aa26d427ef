// Which entries are retracted, and by what. Derived from what is held, so that a closing which cuts a retraction off its
// log brings back what it hid, as long as that was not erased. Pure views of the store; any thread.
#pragma once

#include <optional>

#include "relay/store/store.h"

namespace tamizdat::store {

struct Retraction {
  EntryId id;
  Store::Position at;
  Timestamp received_at;  // durably, here: never a time that a header claims
  format::RetractionReason reason = format::RetractionReason::kUnspecified;
};

// The retraction that came here first of those held of `entry`, which is of `project`. A desk retracts what its own project
// published and nothing else.
std::optional<Retraction> retraction_of(const Store& store, const ProjectId& project, const EntryId& entry);
// The same of an entry held here, whatever its project; nothing for others.
std::optional<Retraction> retraction_of(const Store& store, const EntryId& entry);

// Whether the entry of this bundle is retracted by what is held, or by the bundle itself.
bool is_retracted(const Store& store, const format::VerifiedBundle& bundle, const format::VerifiedEntry& entry);

}  // namespace tamizdat::store
