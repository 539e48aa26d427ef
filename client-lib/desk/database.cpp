#include "client-lib/desk/database.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "client-lib/files/descriptor.h"
#include "client-lib/files/files.h"
#include "proto/base/check.h"

namespace tamizdat::desk {
namespace {

constexpr int kBusyWaitMilliseconds = 10'000;  // an import of many articles commits within seconds

struct Bind {
  sqlite3_stmt* statement;
  int position;

  int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, position); }
  int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, position, number); }
  int operator()(std::string_view text) const {
    return sqlite3_bind_text64(statement, position, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  int operator()(Blob blob) const {
    return sqlite3_bind_blob64(statement, position, blob.bytes.data() ? blob.bytes.data() : "", blob.bytes.size(),
                               SQLITE_STATIC);
  }
};

Row::Column column_of(sqlite3_stmt* statement, int index) {
  Row::Column column;
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_NULL: return column;
    case SQLITE_INTEGER: column.number = sqlite3_column_int64(statement, index); break;
    default:
      column.bytes.assign(static_cast<const char*>(sqlite3_column_blob(statement, index)),
                          static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
  }
  column.null = false;
  return column;
}

Row row_of(sqlite3_stmt* statement) {
  Row row;
  const int count = sqlite3_column_count(statement);
  row.columns.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) row.columns.push_back(column_of(statement, i));
  return row;
}

// A statement that is handed out again must not keep its rows and values.
struct ResetAtExit {
  sqlite3_stmt* statement;
  ~ResetAtExit() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

}  // namespace

void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }
void Database::Finalise::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<Database> Database::open(const std::filesystem::path& path) {
  // Made here first, since SQLite would take the mode from the umask; its -wal and -shm files follow this mode.
  if (!files::Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)))
    return tl::unexpected(Error{kDeskFileFailed, files::system_error("open", path).text});
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(std::unique_ptr<sqlite3, Close>(raw), path.string());
  if (code != SQLITE_OK) return database.failed(code);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyWaitMilliseconds);
  if (auto done = database.script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"); !done)
    return pass(done);
  return database;
}

tl::unexpected<Error> Database::failed(int code) const {
  const std::string what = "the desk's file " + path_ + " ";
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(kDeskFileBusy, what + "is in use by another tamizdat command: wait until that one is done");
    case SQLITE_FULL: return fail(kDeskFileFailed, what + "cannot grow, the disk is full: free some space");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(kDeskFileFailed, what + "is damaged: bring it back from a copy, then run tamizdat status");
    default: return fail(kDeskFileFailed, what + "failed: " + sqlite3_errmsg(handle_.get()));
  }
}

Result<sqlite3_stmt*> Database::prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second.get();
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return failed(code);
  statements_.emplace(sql, Statement(raw));
  return raw;
}

Result<std::vector<Row>> Database::query(std::string_view sql, std::initializer_list<Value> values) {
  const auto statement = prepared(sql);
  if (!statement) return tl::unexpected(statement.error());
  const ResetAtExit reset{*statement};
  TMZ_CHECK(sqlite3_bind_parameter_count(*statement) == static_cast<int>(values.size()));
  int position = 0;
  for (const auto& value : values) {
    const int code = std::visit(Bind{*statement, ++position}, value);
    if (code != SQLITE_OK) return failed(code);
  }
  std::vector<Row> rows;
  while (true) {
    const int code = sqlite3_step(*statement);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return failed(code);
    rows.push_back(row_of(*statement));
  }
}

Result<void> Database::run(std::string_view sql, std::initializer_list<Value> values) {
  if (auto rows = query(sql, values); !rows) return pass(rows);
  return {};
}

Result<void> Database::script(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failed(code);
  return {};
}

Result<Transaction> Database::begin() {
  if (auto done = run("BEGIN IMMEDIATE"); !done) return pass(done);
  return Transaction(*this);
}

Transaction::Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // If even this fails SQLite has rolled back already, or does at the next opening.
  if (database_ != nullptr) static_cast<void>(database_->run("ROLLBACK").has_value());
}

Result<void> Transaction::commit() {
  TMZ_CHECK(database_ != nullptr);
  if (auto done = database_->run("COMMIT"); !done) return done;
  database_ = nullptr;
  return {};
}

}  // namespace tamizdat::desk
