#include "client-lib/desk/letters.h"

namespace tamizdat::desk {
namespace {

std::vector<Hash32> hashes_of(const std::vector<Row>& rows) {
  std::vector<Hash32> out;
  for (const auto& row : rows)
    if (const auto hash = Hash32::from(row.bytes(0))) out.push_back(*hash);
  return out;
}

}  // namespace

Result<void> Letters::add_slot(const SlotOut& slot, Timestamp ends) {
  return database_->run("INSERT INTO slot_out(id, octets, ends) VALUES(?, ?, ?)",
                        {Blob{slot.id.view()}, Blob{slot.octets}, unix_seconds(ends)});
}

Result<void> Letters::add_submission(const Hash32& slot, const RelayId& relay, std::string_view text) {
  return database_->run("INSERT INTO slot_submission(slot, relay, text) VALUES(?, ?, ?)",
                        {Blob{slot.view()}, Blob{relay.view()}, text});
}

Result<std::vector<Hash32>> Letters::slots_waiting() {
  const auto rows = database_->query("SELECT id FROM slot_out ORDER BY rowid");
  if (!rows) return tl::unexpected(rows.error());
  return hashes_of(*rows);
}

Result<std::optional<Bytes>> Letters::slot(const Hash32& id) {
  const auto rows = database_->query("SELECT octets FROM slot_out WHERE id = ?", {Blob{id.view()}});
  if (!rows) return tl::unexpected(rows.error());
  return rows->empty() ? std::optional<Bytes>() : std::optional(rows->front().bytes(0));
}

Result<std::optional<std::string>> Letters::submission(const Hash32& slot, const RelayId& relay) {
  const auto rows = database_->query("SELECT text FROM slot_submission WHERE slot = ? AND relay = ?",
                                     {Blob{slot.view()}, Blob{relay.view()}});
  if (!rows) return tl::unexpected(rows.error());
  return rows->empty() ? std::optional<std::string>() : std::optional(rows->front().bytes(0));
}

Result<void> Letters::slot_taken(const Hash32& id) {
  return database_->run("DELETE FROM slot_out WHERE id = ?", {Blob{id.view()}});
}

Result<std::size_t> Letters::drop_ended_slots(Timestamp now) {
  const auto rows = database_->query("DELETE FROM slot_out WHERE ends <= ? RETURNING id", {unix_seconds(now)});
  if (!rows) return tl::unexpected(rows.error());
  return rows->size();
}

Result<bool> Letters::is_seen(const Hash32& slot) {
  const auto rows = database_->query("SELECT 1 FROM slot_seen WHERE id = ?", {Blob{slot.view()}});
  if (!rows) return tl::unexpected(rows.error());
  return !rows->empty();
}

Result<void> Letters::saw(const Hash32& slot, Timestamp ends) {
  return database_->run("INSERT OR IGNORE INTO slot_seen(id, ends) VALUES(?, ?)", {Blob{slot.view()}, unix_seconds(ends)});
}

Result<void> Letters::keep_part(const Hash32& slot, const SlotIn& part, Timestamp ends) {
  return database_->run("INSERT OR IGNORE INTO slot_in(id, letter, part, parts, octets, ends) VALUES(?, ?, ?, ?, ?, ?)",
                        {Blob{slot.view()}, Blob{part.letter.view()}, std::int64_t{part.part}, std::int64_t{part.parts},
                         Blob{part.octets}, unix_seconds(ends)});
}

Result<std::vector<PartIn>> Letters::parts_of(const Hash32& letter) {
  const auto rows = database_->query("SELECT id, part, parts FROM slot_in WHERE letter = ? ORDER BY rowid", {Blob{letter.view()}});
  if (!rows) return tl::unexpected(rows.error());
  std::vector<PartIn> out;
  for (const auto& row : *rows)
    if (const auto slot = Hash32::from(row.bytes(0)))
      out.push_back({*slot, static_cast<std::uint32_t>(row.number(1)), static_cast<std::uint32_t>(row.number(2))});
  return out;
}

Result<Bytes> Letters::part_octets(const Hash32& slot) {
  const auto rows = database_->query("SELECT octets FROM slot_in WHERE id = ?", {Blob{slot.view()}});
  if (!rows) return tl::unexpected(rows.error());
  return rows->empty() ? Bytes() : rows->front().bytes(0);
}

Result<void> Letters::drop_part(const Hash32& slot) {
  return database_->run("DELETE FROM slot_in WHERE id = ?", {Blob{slot.view()}});
}

Result<std::uint64_t> Letters::octets_kept() {
  const auto rows = database_->query("SELECT coalesce(sum(length(octets)), 0) FROM slot_in");
  if (!rows) return tl::unexpected(rows.error());
  return static_cast<std::uint64_t>(rows->front().number(0));
}

Result<std::vector<Hash32>> Letters::letters_begun() {
  const auto rows = database_->query("SELECT DISTINCT letter FROM slot_in");
  if (!rows) return tl::unexpected(rows.error());
  return hashes_of(*rows);
}

Result<bool> Letters::is_received(const Hash32& letter) {
  const auto rows = database_->query("SELECT 1 FROM letter_received WHERE hash = ?", {Blob{letter.view()}});
  if (!rows) return tl::unexpected(rows.error());
  return !rows->empty();
}

Result<void> Letters::received(const Hash32& letter) {
  auto transaction = database_->begin();
  if (!transaction) return pass(transaction);
  if (auto done = database_->run("INSERT OR IGNORE INTO letter_received(hash) VALUES(?)", {Blob{letter.view()}}); !done) return done;
  if (auto done = database_->run("DELETE FROM slot_in WHERE letter = ?", {Blob{letter.view()}}); !done) return done;
  return transaction->commit();
}

Result<void> Letters::forget_ended(Timestamp now) {
  for (const std::string_view sql : {"DELETE FROM slot_seen WHERE ends <= ?", "DELETE FROM slot_in WHERE ends <= ?"})
    if (auto done = database_->run(sql, {unix_seconds(now)}); !done) return done;
  return {};
}

Result<std::optional<Timestamp>> Letters::unlisted_since(const Hash32& key, bool is_listed, Timestamp now) {
  if (is_listed) {
    auto done = database_->run("INSERT OR REPLACE INTO sealing_key(key, was_listed, unlisted_at) VALUES(?, 1, NULL)", {Blob{key.view()}});
    if (!done) return pass(done);
    return std::optional<Timestamp>();
  }
  const auto rows = database_->query("SELECT unlisted_at FROM sealing_key WHERE key = ?", {Blob{key.view()}});
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<Timestamp>();  // not published yet
  if (!rows->front().null(0)) return std::optional(timestamp_from_unix(rows->front().number(0)));
  if (auto done = database_->run("UPDATE sealing_key SET unlisted_at = ? WHERE key = ?", {unix_seconds(now), Blob{key.view()}}); !done)
    return pass(done);
  return std::optional(now);
}

}  // namespace tamizdat::desk
