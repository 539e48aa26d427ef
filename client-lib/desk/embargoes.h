// The sealed articles of a desk's log and the keys that will open them, each encrypted for the desk (keys/desk_box.h). A
// key is committed together with its entry, before anything is sent. Those of a desk before this one came with its entries.
#pragma once

#include <optional>
#include <vector>

#include "client-lib/desk/log.h"
#include "proto/base/ids.h"
#include "proto/base/time.h"

namespace tamizdat::desk {

struct Embargo {
  EntryId entry;
  Timestamp until;
  Bytes sealed_key;
  std::optional<EntryId> opened_by;  // the EMBARGO_KEY entry, once it is signed
};

class Embargoes {
 public:
  // Came later; a desk of an earlier version gets it when it is opened, and earlier versions do not mind it.
  static constexpr const char* kSchema =
      "CREATE TABLE IF NOT EXISTS embargo(entry BLOB PRIMARY KEY, until INTEGER NOT NULL, sealed_key BLOB NOT NULL,"
      "  opened_by BLOB) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS inherited_entry(id BLOB NOT NULL UNIQUE, header BLOB NOT NULL, body BLOB NOT NULL);";

  explicit Embargoes(Database& database) : database_(&database) {}

  // The first to end comes first.
  Result<std::vector<Embargo>> all();
  Result<std::optional<Embargo>> find(const EntryId& entry);
  // Inside the run that signs the entry, so that both are durable or neither is.
  Result<void> remember(const Embargo& embargo);
  // Of another desk's log, which is not here: with its sealed entry.
  Result<void> inherit(const Embargo& embargo, BytesView header, BytesView body);
  Result<std::optional<LogEntry>> inherited(const EntryId& entry);
  Result<void> opened(const EntryId& entry, const EntryId& by);
  // The key is gone.
  Result<void> forget(const EntryId& entry);

 private:
  Database* database_;
};

}  // namespace tamizdat::desk
