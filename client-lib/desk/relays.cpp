#include "client-lib/desk/relays.h"

namespace tamizdat::desk {

Result<std::vector<KnownRelay>> Relays::all() {
  const auto rows = database_->query("SELECT id, address, charter_version, held FROM relay ORDER BY rowid");
  if (!rows) return tl::unexpected(rows.error());
  std::vector<KnownRelay> out;
  for (const auto& row : *rows) {
    const auto id = Hash32::from(row.bytes(0));
    if (!id) return fail(kDeskFileFailed, "the desk's file is damaged, a relay has no id: bring it back from a copy");
    out.push_back({RelayId(*id), row.bytes(1), static_cast<std::uint64_t>(row.number(2)),
                   static_cast<std::uint64_t>(row.number(3))});
  }
  return out;
}

Result<bool> Relays::add(const RelayId& id, std::string_view address) {
  const auto known = database_->query("SELECT 1 FROM relay WHERE id = ?", {Blob{id.view()}});
  if (!known) return tl::unexpected(known.error());
  if (auto done = database_->run(
          "INSERT INTO relay(id, address) VALUES(?, ?) ON CONFLICT(id) DO UPDATE SET address = excluded.address",
          {Blob{id.view()}, address});
      !done)
    return pass(done);
  return known->empty();
}

Result<bool> Relays::remove(const RelayId& id) {
  const auto removed = database_->query("DELETE FROM relay WHERE id = ? RETURNING 1", {Blob{id.view()}});
  if (!removed) return tl::unexpected(removed.error());
  return !removed->empty();
}

Result<void> Relays::heard(const RelayId& id, std::uint64_t held) {
  const auto entries = static_cast<std::int64_t>(held);
  if (auto done = database_->run("UPDATE relay SET held = ? WHERE id = ?", {entries, Blob{id.view()}}); !done) return done;
  return database_->run("UPDATE whole_up_to SET entries = ?1 WHERE relay = ?2 AND entries > ?1", {entries, Blob{id.view()}});
}

Result<std::uint64_t> Relays::whole_up_to(const RelayId& id) {
  const auto rows = database_->query("SELECT entries FROM whole_up_to WHERE relay = ?", {Blob{id.view()}});
  if (!rows) return tl::unexpected(rows.error());
  return rows->empty() ? 0 : static_cast<std::uint64_t>(rows->front().number(0));
}

Result<void> Relays::found_whole(const RelayId& id, std::uint64_t up_to) {
  return database_->run("INSERT OR REPLACE INTO whole_up_to(relay, entries) SELECT id, ? FROM relay WHERE id = ?",
                        {static_cast<std::int64_t>(up_to), Blob{id.view()}});
}

Result<void> Relays::forget_whole() { return database_->run("DELETE FROM whole_up_to"); }

Result<void> Relays::took_charter(const RelayId& id, std::uint64_t version) {
  return database_->run("UPDATE relay SET charter_version = ? WHERE id = ?",
                        {static_cast<std::int64_t>(version), Blob{id.view()}});
}

}  // namespace tamizdat::desk
