#include "client-lib/desk/statements.h"

namespace tamizdat::desk {
namespace {

Result<std::vector<Bytes>> octets_of(const Result<std::vector<Row>>& rows) {
  if (!rows) return tl::unexpected(rows.error());
  std::vector<Bytes> out;
  for (const auto& row : *rows) out.push_back(row.bytes(0));
  return out;
}

}  // namespace

Result<std::vector<Bytes>> Statements::all() { return octets_of(database_->query("SELECT octets FROM statement ORDER BY position")); }

Result<void> Statements::keep(BytesView statement) {
  return database_->run("INSERT OR IGNORE INTO statement(octets) VALUES(?)", {Blob{statement}});
}

Result<void> Statements::forget(BytesView statement) {
  return database_->run("DELETE FROM statement WHERE octets = ?", {Blob{statement}});
}

Result<std::vector<Bytes>> Statements::waiting_for(const RelayId& relay) {
  return octets_of(database_->query("SELECT octets FROM statement WHERE position NOT IN"
                                    "  (SELECT statement FROM statement_taken WHERE relay = ?) ORDER BY position",
                                    {Blob{relay.view()}}));
}

Result<void> Statements::taken(const RelayId& relay, BytesView statement) {
  return database_->run("INSERT OR IGNORE INTO statement_taken(relay, statement) SELECT ?, position FROM statement WHERE octets = ?",
                        {Blob{relay.view()}, Blob{statement}});
}

}  // namespace tamizdat::desk
