#include "relay/store/store.h"

#include "proto/format/merkle.h"

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

Result<Hash32> Store::root_at(const LogId& id, std::uint64_t size) const {
  const auto state = log(id);
  if (!state) return fail(kUnknownLog, "this log cannot be served");
  if (size == 0) return format::empty_root();
  if (size == state->size) return state->root;
  const auto served = bundle(id, size, 1);
  if (!served) return tl::unexpected(served.error());
  const auto verified = format::verify_bundle(*charter(state->name.project), served->bytes);
  if (!verified) return tl::unexpected(verified.error());
  const auto before = verified->before();
  const auto range = format::CompactRange::restore(size, {before.begin(), before.end()});
  if (!range) return tl::unexpected(range.error());
  return range->root();
}

}  // namespace tamizdat::store
