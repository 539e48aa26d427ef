#include "relay/store/store.h"

namespace tamizdat::store {

namespace {

// A key entry repeats the attachments of the article that it opens; where that is erased, nothing names them.
bool opens_what_is_erased(const Store& store, const StoredEntry& entry) {
  const auto header = format::parse_header(entry.header);
  if (!header || header->kind != format::EntryKind::kEmbargoKey) return false;
  const auto at = store.find(*header->target);
  const auto sealed = at ? store.entry(at->log, at->index) : Result<StoredEntry>(fail(kUnknownEntry, ""));
  return sealed && sealed->absence == format::Absence::kErased;
}

}  // namespace

std::optional<Store::Position> Store::entry_naming(const BlobId& blob) const {
  for (const auto& position : naming(blob))
    if (const auto found = entry(position.log, position.index);
        found && names(*found, blob) && !opens_what_is_erased(*this, *found))
      return position;
  return std::nullopt;
}

}  // namespace tamizdat::store
