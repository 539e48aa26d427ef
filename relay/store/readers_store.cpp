#include "relay/store/readers_store.h"

#include <mutex>

#include "proto/format/sealed_body.h"
#include "relay/store/retraction.h"

namespace tamizdat::store {
namespace {

void hold_back(StoredEntry& entry) {
  entry.body.reset();
  entry.absence = format::Absence::kEmbargoed;
}

}  // namespace

Result<ServedBundle> ReadersStore::bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const {
  auto served = inner_.bundle(id, from, entries_max);
  if (!served) return served;
  auto fewer = format::without_bodies(served->bytes, [this](BytesView bytes) -> std::optional<format::Absence> {
    const auto header = format::parse_header(bytes);
    if (!header) return std::nullopt;
    if (header->kind != format::EntryKind::kRetraction && retraction_of(inner_, header->project, format::entry_id(bytes)))
      return format::Absence::kErased;
    if (is_held_back(*header)) return format::Absence::kEmbargoed;
    return std::nullopt;
  });
  if (fewer) served->bytes = *std::move(fewer);
  return served;
}

Result<StoredEntry> ReadersStore::entry(const LogId& id, std::uint64_t index) const {
  auto entry = inner_.entry(id, index);
  if (!entry || !entry->body) return entry;
  const auto header = format::parse_header(entry->header);
  if (!header) return entry;
  if (header->kind == format::EntryKind::kEmbargoKey) learn_key(*entry, *header);
  if (header->key_commitment)
    open(*entry, *header);
  else if (is_held_back(*header))
    hold_back(*entry);
  else if (header->not_before)
    entry->received_at = std::max(entry->received_at, *(entry->opened_at = header->not_before));
  return entry;
}

bool ReadersStore::is_held_back(const format::EntryHeader& header) const {
  return header.not_before && !header.key_commitment && clock_.now() < *header.not_before;
}

void ReadersStore::learn_key(const StoredEntry& entry, const format::EntryHeader& header) const {
  const auto brought = format::body_key_of(header, *entry.body);
  if (!brought) return;
  const std::unique_lock lock(mutex_);
  auto& keys = keys_[brought->target];
  const auto is_same = [&](const Key& known) { return known.project == brought->project && known.key == brought->key; };
  if (std::ranges::none_of(keys, is_same)) keys.push_back({brought->project, brought->key, header.time, entry.received_at});
}

std::vector<ReadersStore::Key> ReadersStore::keys_of(const EntryId& sealed) const {
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(sealed);
  return found == keys_.end() ? std::vector<Key>() : found->second;
}

void ReadersStore::open(StoredEntry& entry, const format::EntryHeader& header) const {
  for (const auto& key : keys_of(entry.id)) {
    if (key.project != header.project) continue;
    auto body = format::open_body(header, *entry.body, key.key);
    if (!body) continue;
    entry.body = *std::move(body);
    entry.received_at = std::max(entry.received_at, key.received_at);
    // The key's header has the hour only: where the embargo ended within that hour, its end is the better time.
    const auto end = header.not_before.value_or(key.signed_at);
    entry.opened_at = std::min(std::max(key.signed_at, std::min(end, key.received_at)), entry.received_at);
    return;
  }
  hold_back(entry);
}

}  // namespace tamizdat::store
