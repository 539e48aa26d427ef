// What is signed beside the charters and this desk's log, and what this home must not lose: freezes of the project, and
// cosignatures of retractions that were made here. It is an outbox too: what a relay has not taken waits for it. And proofs
// of two charters of one version, which relays hear from each other (publish/charter_memory.h).
#pragma once

#include <cstdint>
#include <vector>

#include "client-lib/desk/database.h"
#include "proto/base/ids.h"

namespace tamizdat::desk {

class Statements {
 public:
  // Came later; a desk of an earlier version gets it when it is opened, and earlier versions do not mind it.
  static constexpr const char* kSchema =
      "CREATE TABLE IF NOT EXISTS statement(position INTEGER PRIMARY KEY, octets BLOB NOT NULL UNIQUE);"
      "CREATE TABLE IF NOT EXISTS statement_taken(relay BLOB NOT NULL,"
      "  statement INTEGER NOT NULL REFERENCES statement(position) ON DELETE CASCADE, PRIMARY KEY(relay, statement))"
      "  WITHOUT ROWID;";

  explicit Statements(Database& database) : database_(&database) {}

  // As octets, in the order they were kept. Keeping one again changes nothing.
  Result<std::vector<Bytes>> all();
  Result<void> keep(BytesView statement);
  Result<void> forget(BytesView statement);
  // Of these the ones that the relay has not taken.
  Result<std::vector<Bytes>> waiting_for(const RelayId& relay);
  Result<void> taken(const RelayId& relay, BytesView statement);

 private:
  Database* database_;
};

}  // namespace tamizdat::desk
