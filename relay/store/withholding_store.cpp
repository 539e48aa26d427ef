#include "relay/store/withholding_store.h"

#include <mutex>

namespace tamizdat::store {

void Withheld::put(const EntryId& entry, From from) {
  const std::unique_lock lock(mutex_);
  entries_[entry] = from;
}

void Withheld::drop(const EntryId& entry) {
  const std::unique_lock lock(mutex_);
  entries_.erase(entry);
}

bool Withheld::holds_back(const EntryId& entry, Audience audience) const {
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(entry);
  return found != entries_.end() && (audience == Audience::kReaders || found->second == From::kEverybody);
}

bool Withheld::any() const {
  const std::shared_lock lock(mutex_);
  return !entries_.empty();
}

Result<ServedBundle> WithholdingStore::bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const {
  auto served = inner_.bundle(id, from, entries_max);
  if (!served || !withheld_.any()) return served;  // most relays never withhold: no bundle is taken apart for it
  auto fewer = format::without_bodies(served->bytes, [this](BytesView header) -> std::optional<format::Absence> {
    if (!withheld_.holds_back(format::entry_id(header), audience_)) return std::nullopt;
    return format::Absence::kWithheld;
  });
  if (fewer) served->bytes = *std::move(fewer);
  return served;
}

Result<StoredEntry> WithholdingStore::entry(const LogId& id, std::uint64_t index) const {
  auto entry = inner_.entry(id, index);
  if (!entry || entry->absence == format::Absence::kErased) return entry;
  if (withheld_.holds_back(entry->id, audience_)) {
    entry->body.reset();
    entry->absence = format::Absence::kWithheld;
  } else if (entry->absence == format::Absence::kWithheld) {
    entry->absence = format::Absence::kNotHeld;  // another relay withheld it, so it never came
  }
  return entry;
}

}  // namespace tamizdat::store
