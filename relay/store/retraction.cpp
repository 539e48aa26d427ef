#include "relay/store/retraction.h"

#include <algorithm>

namespace tamizdat::store {
namespace {

format::RetractionReason reason_of(const StoredEntry& retraction) {
  const auto body = retraction.body ? format::parse_body(*retraction.body) : fail(format::kBodyMalformed, "");
  return body ? body->reason : format::RetractionReason::kUnspecified;
}

}  // namespace

std::optional<Retraction> retraction_of(const Store& store, const ProjectId& project, const EntryId& entry) {
  std::optional<Retraction> first;
  for (const auto& position : store.retracting(entry)) {
    const auto held = store.entry(position.log, position.index);
    if (!held || held->log.project != project) continue;
    const auto header = format::parse_header(held->header);  // a branch that a closing ended may have given its place away
    if (!header || header->kind != format::EntryKind::kRetraction || header->target != entry) continue;
    if (first && first->received_at <= held->received_at) continue;
    first = Retraction{held->id, position, held->received_at, reason_of(*held)};
  }
  return first;
}

bool is_retracted(const Store& store, const format::VerifiedBundle& bundle, const format::VerifiedEntry& entry) {
  const auto retracts = [&](const format::VerifiedEntry& other) {
    return other.header().kind == format::EntryKind::kRetraction && other.header().target == entry.id();
  };
  return std::ranges::any_of(bundle.entries(), retracts) ||
         retraction_of(store, bundle.head().project(), entry.id()).has_value();
}

std::optional<Retraction> retraction_of(const Store& store, const EntryId& entry) {
  if (store.retracting(entry).empty()) return std::nullopt;
  const auto position = store.find(entry);
  if (!position) return std::nullopt;
  const auto held = store.entry(position->log, position->index);
  if (!held) return std::nullopt;
  return retraction_of(store, held->log.project, entry);
}

}  // namespace tamizdat::store
