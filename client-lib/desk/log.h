// The desk's own log: the exact signed bytes, never deleted, and the hashes that prove any run of them. It is the outbox
// as well: what a relay still lacks is what lies above the size it holds, and is sent from here as it was signed.
#pragma once

#include <cstdint>
#include <optional>

#include "client-lib/desk/database.h"
#include "proto/base/ids.h"
#include "proto/format/merkle.h"

namespace tamizdat::desk {

struct LogHead {
  std::uint64_t size = 0;
  Bytes checkpoint;  // signed; empty while the log is
};

struct LogEntry {
  std::uint64_t index = 0;
  Bytes header;
  Bytes body;
};

struct NamedBlob {
  BlobId blob;
  std::uint64_t index = 0;  // of the entry
};

// Entries appended together under one signature: nothing of them is in the log before commit().
class Run {
 public:
  std::uint64_t next_index() const { return tree_.size(); }
  Hash32 root() const { return tree_.root(); }
  // Errors: those of Database.
  Result<EntryId> append(BytesView header, BytesView body);
  // `checkpoint`: signed over next_index() and root(). Durable when it returns. Errors: those of Database.
  Result<void> commit(BytesView checkpoint);

 private:
  Run(Database& database, Transaction transaction, format::CompactRange tree)
      : database_(&database), transaction_(std::move(transaction)), tree_(std::move(tree)) {}
  Database* database_;
  Transaction transaction_;
  format::CompactRange tree_;
  friend class Log;
};

class Log {
 public:
  static constexpr const char* kSchema =
      "CREATE TABLE entry(position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, header BLOB NOT NULL,"
      "  body BLOB NOT NULL);"
      // Perfect subtrees of two leaves and more; those of one leaf are the ids of the entries.
      "CREATE TABLE node(level INTEGER, position INTEGER, hash BLOB NOT NULL, PRIMARY KEY(level, position))"
      "  WITHOUT ROWID;"
      "CREATE TABLE head(size INTEGER PRIMARY KEY, checkpoint BLOB NOT NULL);";

  explicit Log(Database& database) : database_(&database) {}

  Result<LogHead> head();
  // The root of the first `size` entries, at most all. Errors: those of Database.
  Result<Hash32> root_at(std::uint64_t size);
  // Holds the database until the run is committed or destroyed. Errors: kDeskFileBusy, kDeskFileFailed.
  Result<Run> begin_run();
  // A bundle under the newest head from entry `from`, which is in the log, with as many entries as 1 MiB takes. The
  // same bytes for the same log and `from`.
  Result<Bytes> bundle(std::uint64_t from);
  Result<std::optional<LogEntry>> find(const EntryId& id);
  // Those of this log that correct the article, oldest first.
  Result<std::vector<EntryId>> corrections_of(const EntryId& article);
  // Whether an entry of this log retracts it.
  Result<bool> is_retracted(const EntryId& entry);
  // The entries that retractions of this log name, ascending.
  Result<std::vector<std::uint64_t>> retracted();
  // The attachments that the entries [from, to) name, with their renditions, in the order of the entries.
  Result<std::vector<NamedBlob>> blobs_named_by(std::uint64_t from, std::uint64_t to);

 private:
  Result<std::vector<Row>> rows_of_bundle(std::uint64_t from, std::uint64_t size);
  Result<std::vector<Hash32>> proof_of(std::uint64_t from, std::uint64_t to, std::uint64_t size);
  Result<format::CompactRange> tree_of(std::uint64_t size);
  Result<Hash32> perfect_hash(unsigned level, std::uint64_t position);

  Database* database_;
};

}  // namespace tamizdat::desk
