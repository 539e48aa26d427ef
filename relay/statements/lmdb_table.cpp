#include "relay/statements/lmdb_table.h"

#include <lmdb.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include <utility>

#include "proto/format/statement.h"

namespace tamizdat::statements {
namespace {

enum Table : unsigned { kMeta, kRows, kMarks };
constexpr const char* kTableNames[] = {"meta", "statements", "marks"};
constexpr BytesView kFormatKey = "format";
constexpr BytesView kFormat = "tamizdat statements 1";
constexpr BytesView kEpochKey = "epoch";

// Address space, not memory and not disk.
constexpr std::size_t kMapBytes = std::size_t{16} << 30;
constexpr std::size_t kSequenceBytes = 8;

MDB_val value_of(BytesView octets) { return {octets.size(), const_cast<char*>(octets.data())}; }
BytesView view_of(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

tl::unexpected<Error> failed(int error, const std::string& path) {
  const std::string reason = mdb_strerror(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case MDB_MAP_FULL:
      return fail(kStatementsFailed, "no space left to write statements to " + path + ": free some");
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
    case MDB_NOTFOUND:
    case MDB_INCOMPATIBLE:
      return fail(kStatementsDamaged, path + " is no usable table of statements (" + reason +
                                          "): bring it back from a backup, or move it away, and peers will send again "
                                          "what they hold");
    default:
      return fail(kStatementsFailed, "cannot use the statements in " + path + ": " + reason);
  }
}

// Ends without a trace unless it was committed.
class Transaction {
 public:
  Transaction(MDB_env* env, unsigned flags) { error_ = mdb_txn_begin(env, nullptr, flags, &txn_); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }

  int error() const { return error_; }
  void note(int error) {
    if (error_ == 0) error_ = error;
  }
  MDB_dbi open(const char* name, unsigned flags) {
    MDB_dbi table = 0;
    if (error_ == 0) error_ = mdb_dbi_open(txn_, name, flags, &table);
    return table;
  }
  std::optional<BytesView> get(MDB_dbi table, BytesView key) {
    MDB_val wanted = value_of(key);
    MDB_val found{};
    if (error_ != 0 || mdb_get(txn_, table, &wanted, &found) != 0) return std::nullopt;
    return view_of(found);
  }
  void put(MDB_dbi table, BytesView key, BytesView value) {
    MDB_val name = value_of(key);
    MDB_val content = value_of(value);
    if (error_ == 0) error_ = mdb_put(txn_, table, &name, &content, 0);
  }
  void erase(MDB_dbi table, BytesView key) {
    MDB_val name = value_of(key);
    if (error_ != 0) return;
    if (const int error = mdb_del(txn_, table, &name, nullptr); error != MDB_NOTFOUND) error_ = error;
  }
  template <typename Take>
  void each(MDB_dbi table, Take take) {
    MDB_cursor* cursor = nullptr;
    if (error_ == 0) error_ = mdb_cursor_open(txn_, table, &cursor);
    if (error_ != 0) return;
    MDB_val key{};
    MDB_val value{};
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) take(view_of(key), view_of(value));
    mdb_cursor_close(cursor);
  }
  int commit() {
    if (error_ == 0) error_ = mdb_txn_commit(std::exchange(txn_, nullptr));
    return error_;
  }

 private:
  MDB_txn* txn_ = nullptr;
  int error_ = 0;
};

Result<MDB_env*> open_env(const std::string& path, unsigned flags) {
  MDB_env* env = nullptr;
  int error = mdb_env_create(&env);
  if (error == 0) error = mdb_env_set_mapsize(env, kMapBytes);
  if (error == 0) error = mdb_env_set_maxdbs(env, std::size(kTableNames));
  // NOTLS: the loop and the workers use it in turn.
  if (error == 0) error = mdb_env_open(env, path.c_str(), MDB_NOSUBDIR | MDB_NOTLS | flags, 0600);
  if (error == 0) return env;
  mdb_env_close(env);
  return failed(error, path);
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

LmdbTable::~LmdbTable() {
  if (env_ != nullptr) mdb_env_close(env_);
}

Result<std::unique_ptr<LmdbTable>> LmdbTable::open(const std::string& path, BytesView epoch) {
  std::unique_ptr<LmdbTable> table(new LmdbTable);
  table->path_ = path;
  const auto env = open_env(path, 0);
  if (!env) return tl::unexpected(env.error());
  table->env_ = *env;
  Transaction transaction(table->env_, 0);
  for (std::size_t i = 0; i < std::size(kTableNames); ++i)
    table->tables_[i] = transaction.open(kTableNames[i], MDB_CREATE);
  const MDB_dbi meta = table->tables_[kMeta];
  const auto format = transaction.get(meta, kFormatKey);
  if (format && *format != kFormat) transaction.note(MDB_VERSION_MISMATCH);
  if (!format) transaction.put(meta, kFormatKey, kFormat);
  if (!transaction.get(meta, kEpochKey)) transaction.put(meta, kEpochKey, epoch.substr(0, kEpochBytes));
  if (const int error = transaction.commit(); error != 0) return failed(error, path);
  return table;
}

Result<StatementTable::Contents> LmdbTable::contents() const {
  Contents out;
  bool good = true;
  Transaction transaction(env_, MDB_RDONLY);
  out.epoch = Bytes(transaction.get(tables_[kMeta], kEpochKey).value_or(BytesView()));
  transaction.each(tables_[kRows], [&](BytesView key, BytesView value) {
    good = good && value.size() >= kSequenceBytes;
    if (!good) return;
    out.rows.push_back({Bytes(key), read_u64_be(value.substr(0, kSequenceBytes)), Bytes(value.substr(kSequenceBytes))});
  });
  transaction.each(tables_[kMarks], [&](BytesView key, BytesView value) { out.marks.emplace(key, value); });
  if (transaction.error() != 0) return failed(transaction.error(), path_);
  if (!good || out.epoch.size() != kEpochBytes) return failed(MDB_CORRUPTED, path_);
  return out;
}

Result<void> LmdbTable::commit(const Change& change) {
  Transaction transaction(env_, 0);
  for (const Row& row : change.rows) {
    Bytes value;
    append_u64_be(value, row.sequence);
    value += row.octets;
    transaction.put(tables_[kRows], row.key, value);
  }
  for (const auto& [key, value] : change.marks) transaction.put(tables_[kMarks], key, value);
  if (const int error = transaction.commit(); error != 0) return failed(error, path_);
  return {};
}

Result<void> back_up_table(const std::string& path, const std::string& target) {
  if (!is_there(path)) return {};
  const auto env = open_env(path, MDB_RDONLY);
  if (!env) return tl::unexpected(env.error());
  const std::string fresh = target + ".part";
  ::unlink(fresh.c_str());
  const int copied = mdb_env_copy2(*env, fresh.c_str(), MDB_CP_COMPACT);
  mdb_env_close(*env);
  if (copied != 0) return failed(copied, fresh);

  const auto copy = open_env(fresh, MDB_NOLOCK);
  if (!copy) return tl::unexpected(copy.error());
  int error = 0;
  {
    Transaction transaction(*copy, 0);
    transaction.erase(transaction.open(kTableNames[kMeta], 0), kEpochKey);
    error = transaction.commit();
  }
  mdb_env_close(*copy);
  if (error != 0) return failed(error, fresh);
  std::error_code renamed;
  std::filesystem::rename(fresh, target, renamed);
  if (renamed) return failed(renamed.value(), target);
  return {};
}

Result<TableFindings> check_table(const std::string& path) {
  TableFindings out;
  if (!is_there(path)) return out;
  const auto env = open_env(path, MDB_RDONLY);
  if (!env) return tl::unexpected(env.error());
  int error = 0;
  {
    Transaction transaction(*env, MDB_RDONLY);
    const MDB_dbi rows = transaction.open(kTableNames[kRows], 0);
    const MDB_dbi marks = transaction.open(kTableNames[kMarks], 0);
    transaction.each(rows, [&](BytesView key, BytesView value) {
      ++out.statements;
      const auto name = format::peek_statement(value.substr(std::min(value.size(), kSequenceBytes)));
      if (name && key.starts_with(name->project.view())) return;
      out.faults.push_back("statement " + to_hex(key) + " in " + path + " cannot be read");
    });
    transaction.each(marks, [&](BytesView, BytesView) { ++out.marks; });
    error = transaction.error();
  }
  mdb_env_close(*env);
  if (error != 0) return failed(error, path);
  return out;
}

}  // namespace tamizdat::statements
