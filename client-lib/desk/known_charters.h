// The charters of other projects that a desk has seen, whoever they are: all that relays gave out, so that the file says
// nothing about whom this newsroom writes to, and so that no relay can give out an older one as the newest later on. What is
// here was verified.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "client-lib/desk/database.h"
#include "proto/base/ids.h"

namespace tamizdat::desk {

class KnownCharters {
 public:
  // Came later; a desk of an earlier version gets it when it is opened, and earlier versions do not mind it.
  static constexpr const char* kSchema =
      "CREATE TABLE IF NOT EXISTS known_charters(project BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, chain BLOB NOT NULL)"
      "  WITHOUT ROWID;";

  explicit KnownCharters(Database& database) : database_(&database) {}

  Result<Transaction> begin() { return database_->begin(); }
  // What names the octets of each chain that is here.
  Result<std::map<ProjectId, Hash32>> fingerprints();
  Result<std::uint64_t> octets();
  // An archive of the chain; none if the project is not known.
  Result<std::optional<Bytes>> chain(const ProjectId& project);
  Result<void> keep(const ProjectId& project, const Hash32& fingerprint, BytesView chain);

 private:
  Database* database_;
};

}  // namespace tamizdat::desk
