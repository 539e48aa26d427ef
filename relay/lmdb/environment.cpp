#include "relay/lmdb/environment.h"

#include <lmdb.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace tamizdat::lmdb {
namespace {

constexpr BytesView kFormatKey = "format";
constexpr unsigned kFormatTable = 0;

MDB_val value_of(BytesView octets) { return {octets.size(), const_cast<char*>(octets.data())}; }
BytesView view_of(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

tl::unexpected<Error> failed(int error) {
  const std::string reason = mdb_strerror(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return fail(kNoSpace, reason);
    case MDB_MAP_FULL:
      return fail(kMapFull, reason);
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
    case MDB_NOTFOUND:
    case MDB_INCOMPATIBLE:
      return fail(kUnusable, reason);
    default:
      return fail(kFailed, reason);
  }
}

Result<void> result_of(int error) {
  if (error != 0) return failed(error);
  return {};
}

unsigned flags_of(const Settings& settings) {
  unsigned flags = MDB_NOTLS;  // a snapshot belongs to its object, not to its thread
  if (settings.form == Form::kFile) flags |= MDB_NOSUBDIR;
  if (settings.access == Access::kRead) flags |= MDB_RDONLY;
  if (settings.access == Access::kAlone) flags |= MDB_NOLOCK;
  if (settings.read_ahead == ReadAhead::kNo) flags |= MDB_NORDAHEAD;
  return flags;
}

}  // namespace

Result<std::unique_ptr<Environment>> Environment::open(const Settings& settings) {
  if (settings.form == Form::kFolder && settings.access == Access::kWrite)
    if (::mkdir(settings.path.c_str(), 0700) != 0 && errno != EEXIST) return failed(errno);
  std::unique_ptr<Environment> out(new Environment);
  int error = mdb_env_create(&out->env_);
  if (error == 0) error = mdb_env_set_mapsize(out->env_, settings.map_bytes);
  if (error == 0) error = mdb_env_set_maxdbs(out->env_, static_cast<MDB_dbi>(settings.tables.size()));
  if (error == 0) error = mdb_env_open(out->env_, settings.path.c_str(), flags_of(settings), 0600);
  if (error != 0) return failed(error);
  if (auto opened = out->open_tables(settings); !opened) return pass(opened);
  return out;
}

Result<void> Environment::open_tables(const Settings& settings) {
  const bool may_make = settings.access == Access::kWrite;
  MDB_txn* txn = nullptr;
  int error = mdb_txn_begin(env_, nullptr, settings.access == Access::kRead ? MDB_RDONLY : 0, &txn);
  if (error != 0) return failed(error);
  for (const char* const name : settings.tables)
    if (error == 0) error = mdb_dbi_open(txn, name, may_make ? MDB_CREATE : 0, &tables_.emplace_back());
  MDB_val key = value_of(kFormatKey);
  MDB_val format = value_of(settings.format);
  MDB_val found{};
  if (error == 0) error = mdb_get(txn, tables_[kFormatTable], &key, &found);
  if (error == 0 && view_of(found) != settings.format) error = MDB_VERSION_MISMATCH;
  if (error == MDB_NOTFOUND && may_make) error = mdb_put(txn, tables_[kFormatTable], &key, &format, 0);
  if (error != 0) {
    mdb_txn_abort(txn);
    return failed(error);
  }
  return result_of(mdb_txn_commit(txn));
}

Environment::~Environment() {
  if (env_ != nullptr) mdb_env_close(env_);
}

Result<void> Environment::copy_to(const std::string& path) const {
  return result_of(mdb_env_copy2(env_, path.c_str(), MDB_CP_COMPACT));
}

Transaction::Transaction(const Environment& environment, unsigned flags) : environment_(environment) {
  error_ = mdb_txn_begin(environment.env_, nullptr, flags, &txn_);
}

Transaction::~Transaction() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

Result<void> Transaction::state() const { return result_of(error_); }

std::optional<BytesView> Transaction::get(unsigned table, BytesView key) const {
  if (error_ != 0) return std::nullopt;
  MDB_val wanted = value_of(key);
  MDB_val found{};
  const int error = mdb_get(txn_, environment_.tables_[table], &wanted, &found);
  if (error == 0) return view_of(found);
  if (error != MDB_NOTFOUND) error_ = error;
  return std::nullopt;
}

void Transaction::each(unsigned table, BytesView from, const std::function<bool(BytesView, BytesView)>& take) const {
  MDB_cursor* cursor = nullptr;
  if (error_ == 0) error_ = mdb_cursor_open(txn_, environment_.tables_[table], &cursor);
  if (error_ != 0) return;
  MDB_val key = value_of(from);
  MDB_val value{};
  int found = mdb_cursor_get(cursor, &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (found == 0 && take(view_of(key), view_of(value))) found = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  mdb_cursor_close(cursor);
  if (found != 0 && found != MDB_NOTFOUND) error_ = found;
}

Snapshot::Snapshot(const Environment& environment) : Transaction(environment, MDB_RDONLY) {}

Update::Update(Environment& environment) : Transaction(environment, 0) {}

void Update::put(unsigned table, BytesView key, BytesView value) {
  if (error_ != 0) return;
  MDB_val name = value_of(key);
  MDB_val content = value_of(value);
  error_ = mdb_put(txn_, environment_.tables_[table], &name, &content, 0);
}

void Update::erase(unsigned table, BytesView key) {
  if (error_ != 0) return;
  MDB_val name = value_of(key);
  if (const int error = mdb_del(txn_, environment_.tables_[table], &name, nullptr); error != MDB_NOTFOUND) error_ = error;
}

Result<void> Update::commit() {
  if (error_ == 0) error_ = mdb_txn_commit(std::exchange(txn_, nullptr));
  return state();
}

}  // namespace tamizdat::lmdb
