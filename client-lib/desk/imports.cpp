#include "client-lib/desk/imports.h"

namespace tamizdat::desk {

Result<std::optional<ImportedItem>> Imports::find(std::string_view guid) {
  const auto rows = database_->query("SELECT original, text_hash FROM imported WHERE guid = ?", {guid});
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<ImportedItem>();
  const auto original = Hash32::from(rows->front().bytes(0));
  const auto text_hash = Hash32::from(rows->front().bytes(1));
  if (!original || !text_hash)
    return fail(kDeskFileFailed, "the desk's file is damaged, an imported item has no entry: bring it back from a copy");
  return std::optional(ImportedItem{EntryId(*original), *text_hash});
}

Result<void> Imports::remember(std::string_view guid, const ImportedItem& item) {
  return database_->run("INSERT OR REPLACE INTO imported(guid, original, text_hash) VALUES(?, ?, ?)",
                        {guid, Blob{item.original.view()}, Blob{item.text_hash.view()}});
}

Result<std::optional<SourceState>> Imports::source(std::string_view address) {
  const auto rows = database_->query("SELECT etag, last_modified FROM source WHERE address = ?", {address});
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<SourceState>();
  return std::optional(SourceState{rows->front().bytes(0), rows->front().bytes(1)});
}

Result<void> Imports::remember_source(std::string_view address, const SourceState& state) {
  return database_->run("INSERT OR REPLACE INTO source(address, etag, last_modified) VALUES(?, ?, ?)",
                        {address, std::string_view(state.etag), std::string_view(state.last_modified)});
}

}  // namespace tamizdat::desk
