#include "client-lib/desk/embargoes.h"

namespace tamizdat::desk {
namespace {

constexpr std::string_view kColumns = "SELECT entry, until, sealed_key, opened_by FROM embargo";

Result<Embargo> embargo_of(const Row& row) {
  const auto entry = Hash32::from(row.bytes(0));
  const auto opened_by = Hash32::from(row.bytes(3));
  if (!entry || (!row.null(3) && !opened_by))
    return fail(kDeskFileFailed, "the desk's file is damaged, an embargo in it cannot be read: bring it back from a copy");
  Embargo out{EntryId(*entry), timestamp_from_unix(row.number(1)), row.bytes(2), std::nullopt};
  if (opened_by) out.opened_by = EntryId(*opened_by);
  return out;
}

}  // namespace

Result<std::vector<Embargo>> Embargoes::all() {
  const auto rows = database_->query(std::string(kColumns) + " ORDER BY until, entry");
  if (!rows) return tl::unexpected(rows.error());
  std::vector<Embargo> out;
  for (const auto& row : *rows) {
    auto embargo = embargo_of(row);
    if (!embargo) return pass(embargo);
    out.push_back(*std::move(embargo));
  }
  return out;
}

Result<std::optional<Embargo>> Embargoes::find(const EntryId& entry) {
  const auto rows = database_->query(std::string(kColumns) + " WHERE entry = ?", {Blob{entry.view()}});
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<Embargo>();
  auto embargo = embargo_of(rows->front());
  if (!embargo) return pass(embargo);
  return std::optional(*std::move(embargo));
}

Result<void> Embargoes::remember(const Embargo& embargo) {
  return database_->run("INSERT INTO embargo(entry, until, sealed_key) VALUES(?, ?, ?)",
                        {Blob{embargo.entry.view()}, unix_seconds(embargo.until), Blob{embargo.sealed_key}});
}

Result<void> Embargoes::inherit(const Embargo& embargo, BytesView header, BytesView body) {
  auto transaction = database_->begin();
  if (!transaction) return pass(transaction);
  if (auto done = database_->run("INSERT OR IGNORE INTO inherited_entry(id, header, body) VALUES(?, ?, ?)",
                                 {Blob{embargo.entry.view()}, Blob{header}, Blob{body}});
      !done)
    return done;
  if (auto done = remember(embargo); !done) return done;
  return transaction->commit();
}

Result<std::optional<LogEntry>> Embargoes::inherited(const EntryId& entry) {
  const auto rows = database_->query("SELECT header, body FROM inherited_entry WHERE id = ?", {Blob{entry.view()}});
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<LogEntry>();
  return std::optional(LogEntry{0, rows->front().bytes(0), rows->front().bytes(1)});
}

Result<void> Embargoes::opened(const EntryId& entry, const EntryId& by) {
  return database_->run("UPDATE embargo SET opened_by = ? WHERE entry = ?", {Blob{by.view()}, Blob{entry.view()}});
}

Result<void> Embargoes::forget(const EntryId& entry) {
  return database_->run("DELETE FROM embargo WHERE entry = ?", {Blob{entry.view()}});
}

}  // namespace tamizdat::desk
