// SQLite behind Results: a connection, statements that are prepared once, transactions that roll back by themselves.
// Journal WAL with synchronous=FULL: what a commit returned from survives a power cut. One thread a connection.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tamizdat::desk {

inline constexpr ErrorCode kDeskFileFailed{"desk-file-failed"};    // disk full, damaged, no right
inline constexpr ErrorCode kDeskFileBusy{"desk-file-busy"};        // another command holds it
inline constexpr ErrorCode kDeskFileUnknown{"desk-file-unknown"};  // not ours, or of a later version

// A value to bind. The bytes are read during the call only.
struct Blob {
  BytesView bytes;
};
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

// One row of a result. NULL reads as 0 or as empty.
struct Row {
  struct Column {
    std::int64_t number = 0;
    Bytes bytes;
    bool null = true;
  };
  std::vector<Column> columns;

  std::int64_t number(std::size_t column) const { return columns[column].number; }
  const Bytes& bytes(std::size_t column) const { return columns[column].bytes; }
  bool null(std::size_t column) const { return columns[column].null; }
};

class Database;

// BEGIN IMMEDIATE ... COMMIT: one writer at a time, also among processes. Outlived by its database.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();  // rolls back what was not committed
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // none once it is over
  friend class Database;
};

class Database {
 public:
  // Opens or creates the file, mode 0600. Errors: kDeskFileFailed.
  static Result<Database> open(const std::filesystem::path& path);

  // Runs one statement and gives all its rows. Errors: kDeskFileFailed, kDeskFileBusy.
  Result<std::vector<Row>> query(std::string_view sql, std::initializer_list<Value> values = {});
  // The same for statements without rows.
  Result<void> run(std::string_view sql, std::initializer_list<Value> values = {});
  // Several statements without values.
  Result<void> script(const char* sql);
  Result<Transaction> begin();

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  struct Finalise {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalise>;

  Database(std::unique_ptr<sqlite3, Close> handle, std::string path)
      : handle_(std::move(handle)), path_(std::move(path)) {}
  Result<sqlite3_stmt*> prepared(std::string_view sql);
  tl::unexpected<Error> failed(int code) const;

  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
  std::map<std::string, Statement, std::less<>> statements_;  // destroyed before the handle
};

}  // namespace tamizdat::desk
