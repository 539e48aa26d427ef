// What a desk remembers of sealed exchange: slots that no relay has taken yet, slots that were fetched, parts of letters
// that are not whole, and the hashes of letters that were opened, for good: a letter that comes again is no new one. Not
// a word about who wrote or was written to.
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

struct PartIn {
  Hash32 slot;
  std::uint32_t part = 0;
  std::uint32_t parts = 0;
};

class Letters {
 public:
  // Came later; a desk of an earlier version gets it when it is opened. What early ones wrote down of correspondents and of
  // places in the lists of relays goes.
  static constexpr const char* kSchema =
      "CREATE TABLE IF NOT EXISTS slot_out(id BLOB PRIMARY KEY, octets BLOB NOT NULL, ends INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS slot_submission(slot BLOB NOT NULL REFERENCES slot_out(id) ON DELETE CASCADE,"
      "  relay BLOB NOT NULL, text TEXT NOT NULL, PRIMARY KEY(slot, relay)) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS slot_seen(id BLOB PRIMARY KEY, ends INTEGER NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS slot_in(id BLOB PRIMARY KEY, letter BLOB NOT NULL, part INTEGER NOT NULL,"
      "  parts INTEGER NOT NULL, octets BLOB NOT NULL, ends INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS letter_received(hash BLOB PRIMARY KEY) WITHOUT ROWID;"
      "DROP TABLE IF EXISTS letter_in; DROP TABLE IF EXISTS pool_position; DROP TABLE IF EXISTS contact;"
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
  // How many ended before a relay took them; they are gone.
  Result<std::size_t> drop_ended_slots(Timestamp now);

  // ---- in ----
  Result<bool> is_seen(const Hash32& slot);
  Result<void> saw(const Hash32& slot, Timestamp ends);
  Result<void> keep_part(const Hash32& slot, const SlotIn& part, Timestamp ends);
  // In the order of their coming.
  Result<std::vector<PartIn>> parts_of(const Hash32& letter);
  // Empty if it is not kept.
  Result<Bytes> part_octets(const Hash32& slot);
  Result<void> drop_part(const Hash32& slot);
  Result<std::uint64_t> octets_kept();
  Result<std::vector<Hash32>> letters_begun();
  Result<bool> is_received(const Hash32& letter);
  // Forgets its parts.
  Result<void> received(const Hash32& letter);
  // Slots that were fetched and parts that ended before.
  Result<void> forget_ended(Timestamp now);

  // ---- keys ----
  // Tells since when the charter no longer lists a key that it once listed; none while it does, or never did.
  Result<std::optional<Timestamp>> unlisted_since(const Hash32& key, bool is_listed, Timestamp now);

 private:
  Database* database_;
};

}  // namespace tamizdat::desk
