// The relays a desk sends to, and what each was last known to hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client-lib/desk/database.h"
#include "proto/base/ids.h"

namespace tamizdat::desk {

struct KnownRelay {
  RelayId id;
  std::string address;                // the line that its operator gave, as it was pasted
  std::uint64_t charter_version = 0;  // that it took from us
  std::uint64_t held = 0;             // entries of our log, as it last said
};

class Relays {
 public:
  static constexpr const char* kSchema =
      "CREATE TABLE relay(id BLOB PRIMARY KEY, address TEXT NOT NULL, charter_version INTEGER NOT NULL DEFAULT 0,"
      "  held INTEGER NOT NULL DEFAULT 0);";

  // Came later; a desk of an earlier version gets it when it is opened, and earlier versions do not mind it.
  static constexpr const char* kSchemaOfAttachments =
      "CREATE TABLE IF NOT EXISTS whole_up_to(relay BLOB PRIMARY KEY REFERENCES relay(id) ON DELETE CASCADE,"
      "  entries INTEGER NOT NULL) WITHOUT ROWID;";

  explicit Relays(Database& database) : database_(&database) {}

  // In the order they were added.
  Result<std::vector<KnownRelay>> all();
  // Adds it, or gives it a new address. True if it is new.
  Result<bool> add(const RelayId& id, std::string_view address);
  // False if there was none.
  Result<bool> remove(const RelayId& id);
  // What it holds now, also for a relay that is not in the list (then nothing happens).
  Result<void> heard(const RelayId& id, std::uint64_t held);
  // The entries below this one had all their attachments there when it was last asked: a long log is not asked about
  // again entry by entry at each run. 0 for a relay that is not in the list.
  Result<std::uint64_t> whole_up_to(const RelayId& id);
  Result<void> found_whole(const RelayId& id, std::uint64_t up_to);
  // Of all relays, so that each is asked about everything again.
  Result<void> forget_whole();
  Result<void> took_charter(const RelayId& id, std::uint64_t version);

 private:
  Database* database_;
};

}  // namespace tamizdat::desk
