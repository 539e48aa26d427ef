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

  explicit Relays(Database& database) : database_(&database) {}

  // In the order they were added.
  Result<std::vector<KnownRelay>> all();
  // Adds it, or gives it a new address. True if it is new.
  Result<bool> add(const RelayId& id, std::string_view address);
  // False if there was none.
  Result<bool> remove(const RelayId& id);
  // What it holds now, also for a relay that is not in the list (then nothing happens).
  Result<void> heard(const RelayId& id, std::uint64_t held);
  Result<void> took_charter(const RelayId& id, std::uint64_t version);

 private:
  Database* database_;
};

}  // namespace tamizdat::desk
