// Where statements are durable: rows by key, each with the number under which it was written last, and small marks
// beside them. It knows nothing of what they mean; Statements holds them in memory and decides. The backends are LMDB
// (lmdb_table.h) and memory; one contract suite runs over both.
//
// Threads: commit() blocks, and is called by one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "proto/base/bytes.h"

namespace tamizdat::statements {

// Disk full or broken: the text says which and what to do.
inline constexpr ErrorCode kStatementsFailed{"statements-failed"};
// The file is no table of this program, or damaged.
inline constexpr ErrorCode kStatementsDamaged{"statements-damaged"};

inline constexpr std::size_t kEpochBytes = 16;
// This mark stands in a table that may lack what was committed once: it was copied from a backup, or is new beside entries
// that are not. Until it is empty, the relay signs nothing that could contradict what it has forgotten.
inline constexpr BytesView kRestoredMark = "restored";

class StatementTable {
 public:
  struct Row {
    Bytes key;
    std::uint64_t sequence = 0;  // grows with every write
    Bytes octets;
  };
  struct Contents {
    Bytes epoch;  // random octets of this table: sequences mean nothing in another
    std::vector<Row> rows;  // by key
    std::map<Bytes, Bytes> marks;
  };
  struct Change {
    std::vector<Row> rows;  // each in the place of that with the same key
    std::map<Bytes, Bytes> marks;
    std::vector<Bytes> erased = {};  // keys of rows
  };

  virtual ~StatementTable() = default;
  // Errors: kStatementsFailed, kStatementsDamaged.
  virtual Result<Contents> contents() const = 0;
  // All of it or nothing; durable when it returns. Errors: kStatementsFailed.
  virtual Result<void> commit(const Change& change) = 0;
};

// Forgets everything with the process: for tests and store.backend = "memory".
class MemoryTable : public StatementTable {
 public:
  explicit MemoryTable(Bytes epoch) { contents_.epoch = std::move(epoch); }
  Result<Contents> contents() const override;
  Result<void> commit(const Change& change) override;

 private:
  Contents contents_;
};

}  // namespace tamizdat::statements
