#include "client-lib/desk/imports.h"

namespace tamizdat::desk {

namespace {

Result<ImportedItem> item_of(const Row& row) {
  const auto original = Hash32::from(row.bytes(0));
  const auto text_hash = Hash32::from(row.bytes(1));
  if (!original || !text_hash)
    return fail(kDeskFileFailed, "the desk's file is damaged, an imported item has no entry: bring it back from a copy");
  return ImportedItem{EntryId(*original), *text_hash};
}

}  // namespace

Result<std::optional<ImportedItem>> Imports::find(std::string_view guid) {
  const auto rows = database_->query("SELECT original, text_hash FROM imported WHERE guid = ?", {guid});
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<ImportedItem>();
  const auto item = item_of(rows->front());
  if (!item) return tl::unexpected(item.error());
  return std::optional(*item);
}

Result<std::vector<ImportedItem>> Imports::find_ending(std::string_view end) {
  const auto rows = database_->query(
      "SELECT original, text_hash FROM imported WHERE substr(guid, -length(?1)) = ?1 ORDER BY guid", {end});
  if (!rows) return tl::unexpected(rows.error());
  std::vector<ImportedItem> out;
  for (const auto& row : *rows) {
    const auto item = item_of(row);
    if (!item) return tl::unexpected(item.error());
    out.push_back(*item);
  }
  return out;
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

Result<std::optional<KnownPicture>> Imports::picture(std::string_view address) {
  const auto rows = database_->query("SELECT etag, last_modified, attachment FROM picture WHERE address = ?", {address});
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<KnownPicture>();
  const Row& row = rows->front();
  const auto body = format::parse_body(row.bytes(2));
  if (!body || body->attachments.size() != 1) return std::optional<KnownPicture>();  // it can be fetched again
  return std::optional(KnownPicture{{row.bytes(0), row.bytes(1)}, body->attachments.front()});
}

// The attachment lies there in the one form that attachments have: in a body.
Result<void> Imports::remember_picture(std::string_view address, const KnownPicture& picture) {
  format::Body body;
  body.salt = Bytes(format::kSaltBytes, '\0');
  body.attachments = {picture.attachment};
  const Bytes bytes = format::serialise_body(body);
  return database_->run("INSERT OR REPLACE INTO picture(address, etag, last_modified, attachment) VALUES(?, ?, ?, ?)",
                        {address, std::string_view(picture.state.etag), std::string_view(picture.state.last_modified), Blob{bytes}});
}

Result<void> Imports::forget_picture(std::string_view address) {
  return database_->run("DELETE FROM picture WHERE address = ?", {address});
}

Result<std::string> Imports::unread_page(std::string_view address) {
  const auto rows = database_->query("SELECT page FROM unread_page WHERE source = ?", {address});
  if (!rows) return tl::unexpected(rows.error());
  return rows->empty() ? std::string() : std::string(rows->front().bytes(0));
}

Result<void> Imports::remember_unread_page(std::string_view address, std::string_view page) {
  if (page.empty()) return database_->run("DELETE FROM unread_page WHERE source = ?", {address});
  return database_->run("INSERT OR REPLACE INTO unread_page(source, page) VALUES(?, ?)", {address, page});
}

}  // namespace tamizdat::desk
