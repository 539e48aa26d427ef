#include "relay/store/retraction.h"

#include <algorithm>

namespace tamizdat::store {
namespace {

format::RetractionReason reason_of(const StoredEntry& retraction) {
  const auto body = retraction.body ? format::parse_body(*retraction.body) : fail(format::kBodyMalformed, "");
  return body ? body->reason : format::RetractionReason::kUnspecified;
}

}  // namespace

std::vector<Retraction> retractions_of(const Store& store, const ProjectId& project, const EntryId& entry) {
  std::vector<Retraction> out;
  for (const auto& position : store.retracting(entry)) {
    const auto held = store.entry(position.log, position.index);
    if (!held || held->log.project != project) continue;
    const auto header = format::parse_header(held->header);  // a branch that a closing ended may have given its place away
    if (!header || header->kind != format::EntryKind::kRetraction || header->target != entry) continue;
    out.push_back({held->id, position, held->log.desk, held->received_at, reason_of(*held)});
  }
  std::ranges::stable_sort(out, {}, &Retraction::received_at);
  return out;
}

bool is_in_force(const Store& store, const Retraction& retraction) {
  const auto log = store.log(retraction.at.log);
  return log && retraction.at.index < log->size;
}

std::optional<Retraction> retraction_in_force(const Store& store, const ProjectId& project, const EntryId& entry) {
  for (auto& retraction : retractions_of(store, project, entry))
    if (is_in_force(store, retraction)) return std::move(retraction);
  return std::nullopt;
}

std::optional<Retraction> retraction_of(const Store& store, const ProjectId& project, const EntryId& entry) {
  auto all = retractions_of(store, project, entry);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

bool is_retracted(const Store& store, const format::VerifiedBundle& bundle, const format::VerifiedEntry& entry) {
  const auto retracts = [&](const format::VerifiedEntry& other) {
    return other.header().kind == format::EntryKind::kRetraction && other.header().target == entry.id();
  };
  return std::ranges::any_of(bundle.entries(), retracts) ||
         retraction_in_force(store, bundle.head().project(), entry.id()).has_value();
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
