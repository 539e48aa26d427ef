// What a desk remembers of sealed exchange: slots that no relay has taken yet, slots that were fetched, parts of letters
// that are not whole, letters that were opened, and the newest charters of newsrooms that it writes to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client-lib/desk/database.h"
#include "proto/base/ids.h"
#include "proto/base/time.h"

namespace tamizdat::desk {

struct SlotOut {
  Hash32 id;
  Bytes octets;
};

// A slot that opened: its octets are kept sealed until the letter is whole.
struct SlotIn {
  Hash32 letter;
  std::uint32_t part = 0;
  std::uint32_t parts = 0;
  Bytes octets;
};

// How far the pool of a relay was read.
struct PoolPosition {
  std::string epoch;
  std::uint64_t after = 0;
};

class Letters {
 public:
  // Came later; a desk of an earlier version gets it when it is opened, and earlier versions do not mind it.
  static constexpr const char* kSchema =
      "CREATE TABLE IF NOT EXISTS slot_out(id BLOB PRIMARY KEY, octets BLOB NOT NULL, ends INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS slot_submission(slot BLOB NOT NULL REFERENCES slot_out(id) ON DELETE CASCADE,"
      "  relay BLOB NOT NULL, text TEXT NOT NULL, PRIMARY KEY(slot, relay)) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS slot_seen(id BLOB PRIMARY KEY, ends INTEGER NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS slot_in(id BLOB PRIMARY KEY, letter BLOB NOT NULL, part INTEGER NOT NULL,"
      "  parts INTEGER NOT NULL, octets BLOB NOT NULL, ends INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS letter_in(hash BLOB PRIMARY KEY, ends INTEGER NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS pool_position(relay BLOB PRIMARY KEY, epoch TEXT NOT NULL, place INTEGER NOT NULL)"
      "  WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS contact(project BLOB NOT NULL, version INTEGER NOT NULL, signed BLOB NOT NULL,"
      "  PRIMARY KEY(project, version)) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS sealing_key(key BLOB PRIMARY KEY, was_listed INTEGER NOT NULL, unlisted_at INTEGER)"
      "  WITHOUT ROWID;";

  explicit Letters(Database& database) : database_(&database) {}

  Result<Transaction> begin() { return database_->begin(); }

  // ---- out ----
  Result<void> add_slot(const SlotOut& slot, Timestamp ends);
  Result<void> add_submission(const Hash32& slot, const RelayId& relay, std::string_view text);
  Result<std::vector<Hash32>> slots_waiting();
  Result<std::optional<Bytes>> slot(const Hash32& id);
  Result<std::optional<std::string>> submission(const Hash32& slot, const RelayId& relay);
  Result<void> slot_taken(const Hash32& id);

  // ---- in ----
  Result<PoolPosition> position(const RelayId& relay);
  Result<void> remember_position(const RelayId& relay, const PoolPosition& position);
  Result<bool> is_seen(const Hash32& slot);
  Result<void> saw(const Hash32& slot, Timestamp ends);
  Result<void> keep_part(const Hash32& slot, const SlotIn& part, Timestamp ends);
  Result<std::vector<SlotIn>> parts_of(const Hash32& letter);
  Result<std::vector<Hash32>> letters_begun();
  Result<bool> is_received(const Hash32& letter);
  // Forgets its parts, and that it may come again until then.
  Result<void> received(const Hash32& letter, Timestamp ends);
  // Everything that ended before.
  Result<void> forget_ended(Timestamp now);

  // ---- charters and keys ----
  // From version 1 on; empty if nothing is known.
  Result<std::vector<Bytes>> contact(const ProjectId& project);
  Result<void> remember_contact(const ProjectId& project, const std::vector<Bytes>& chain);
  // Tells since when the charter no longer lists a key that it once listed; none while it does, or never did.
  Result<std::optional<Timestamp>> unlisted_since(const Hash32& key, bool is_listed, Timestamp now);

 private:
  Database* database_;
};

}  // namespace tamizdat::desk
