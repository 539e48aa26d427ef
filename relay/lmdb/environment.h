// LMDB as this program uses it: one environment with a few named tables of octets, and transactions on it. Which rows
// there are, and what a failure means to an operator, is the caller's; nobody else includes lmdb.h.
//
// LMDB runs in its default mode: a commit first makes the data pages durable and then switches to them by writing one
// page, so a crash leaves all of a transaction or nothing. (With MDB_NOSYNC a power cut can leave the switch without the
// data, and LMDB has no checksum that would notice.)
//
// Threads: one Update at a time; a Snapshot is of the thread that uses it, beside updates. A transaction ends before its
// environment.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

struct MDB_env;
struct MDB_txn;

namespace tamizdat::lmdb {

inline constexpr ErrorCode kNoSpace{"lmdb-no-space"};
inline constexpr ErrorCode kMapFull{"lmdb-map-full"};  // the largest size that the settings allow
inline constexpr ErrorCode kUnusable{"lmdb-unusable"};  // damaged, or of another format
inline constexpr ErrorCode kFailed{"lmdb-failed"};

enum class Form { kFolder, kFile };
enum class ReadAhead { kYes, kNo };
enum class Access {
  kWrite,  // makes what is missing
  kRead,
  kAlone,  // writes to a copy that nobody else knows, without a lock beside it
};

struct Settings {
  std::string path;
  Form form = Form::kFile;
  Access access = Access::kWrite;
  ReadAhead read_ahead = ReadAhead::kYes;  // no: keys are looked up at random
  std::size_t map_bytes = 0;               // address space, not memory and not disk
  std::vector<const char*> tables;         // named by their place here from now on; the first one says the format
  BytesView format;                        // another one is kUnusable
};

class Environment {
 public:
  // Errors: all of the four, with LMDB's reason as their text.
  static Result<std::unique_ptr<Environment>> open(const Settings& settings);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();

  // A copy without the pages that are free, at `path`, which must not exist; also beside updates.
  Result<void> copy_to(const std::string& path) const;

 private:
  friend class Transaction;
  friend class Update;
  Environment() = default;
  Result<void> open_tables(const Settings& settings);

  MDB_env* env_ = nullptr;
  std::vector<unsigned> tables_;
};

// Reads at one moment. Views are good until the transaction ends or, in an Update, until its next write.
class Transaction {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // The first failure of this transaction. What is not there is none.
  Result<void> state() const;
  std::optional<BytesView> get(unsigned table, BytesView key) const;
  // Calls `take` with key and value, in the order of keys, from the first that is not below `from`, until it returns
  // false.
  void each(unsigned table, BytesView from, const std::function<bool(BytesView key, BytesView value)>& take) const;

 protected:
  Transaction(const Environment& environment, unsigned flags);
  ~Transaction();  // ends without a trace unless it was committed

  const Environment& environment_;
  MDB_txn* txn_ = nullptr;
  mutable int error_ = 0;
};

class Snapshot : public Transaction {
 public:
  explicit Snapshot(const Environment& environment);
};

class Update : public Transaction {
 public:
  explicit Update(Environment& environment);

  // After a failure nothing is done any more; commit() says why.
  void put(unsigned table, BytesView key, BytesView value);
  void erase(unsigned table, BytesView key);
  // Durable when it returns. The last call.
  Result<void> commit();
};

}  // namespace tamizdat::lmdb
