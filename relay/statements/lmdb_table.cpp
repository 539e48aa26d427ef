#include "relay/statements/lmdb_table.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "proto/format/statement.h"

namespace tamizdat::statements {
namespace {

enum Table : unsigned { kMeta, kRows, kMarks };
const std::vector<const char*> kTableNames = {"meta", "statements", "marks"};
constexpr BytesView kFormat = "tamizdat statements 1";
constexpr BytesView kEpochKey = "epoch";

// Address space, not memory and not disk.
constexpr std::size_t kMapBytes = std::size_t{16} << 30;
constexpr std::size_t kSequenceBytes = 8;

tl::unexpected<Error> failed(const Error& error, const std::string& path) {
  if (error.code == lmdb::kNoSpace || error.code == lmdb::kMapFull)
    return fail(kStatementsFailed, "no space left to write statements to " + path + ": free some");
  if (error.code == lmdb::kUnusable)
    return fail(kStatementsDamaged, path + " is no usable table of statements (" + error.text +
                                        "): bring it back from a backup, or move it away, and peers will send again "
                                        "what they hold");
  return fail(kStatementsFailed, "cannot use the statements in " + path + ": " + error.text);
}

Result<std::unique_ptr<lmdb::Environment>> open_environment(const std::string& path, lmdb::Access access) {
  auto opened = lmdb::Environment::open({path, lmdb::Form::kFile, access, lmdb::ReadAhead::kYes, kMapBytes, kTableNames, kFormat});
  if (!opened) return failed(opened.error(), path);
  return opened;
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

Result<std::unique_ptr<LmdbTable>> LmdbTable::open(const std::string& path, BytesView epoch, Beside beside) {
  auto environment = open_environment(path, lmdb::Access::kWrite);
  if (!environment) return pass(environment);
  lmdb::Update update(**environment);
  if (!update.get(kMeta, kEpochKey)) {
    update.put(kMeta, kEpochKey, epoch.substr(0, kEpochBytes));
    if (beside == Beside::kEntries) update.put(kMarks, kRestoredMark, "1");
  }
  if (auto done = update.commit(); !done) return failed(done.error(), path);
  return std::unique_ptr<LmdbTable>(new LmdbTable(*std::move(environment), path));
}

Result<StatementTable::Contents> LmdbTable::contents() const {
  Contents out;
  bool good = true;
  const lmdb::Snapshot snapshot(*environment_);
  out.epoch = Bytes(snapshot.get(kMeta, kEpochKey).value_or(BytesView()));
  snapshot.each(kRows, {}, [&](BytesView key, BytesView value) {
    good = value.size() >= kSequenceBytes;
    if (good)
      out.rows.push_back({Bytes(key), read_u64_be(value.substr(0, kSequenceBytes)), Bytes(value.substr(kSequenceBytes))});
    return good;
  });
  snapshot.each(kMarks, {}, [&](BytesView key, BytesView value) { return out.marks.emplace(key, value).second; });
  if (auto read = snapshot.state(); !read) return failed(read.error(), path_);
  if (!good || out.epoch.size() != kEpochBytes) return failed({lmdb::kUnusable, "a row without its parts"}, path_);
  return out;
}

Result<void> LmdbTable::commit(const Change& change) {
  lmdb::Update update(*environment_);
  for (const Bytes& key : change.erased) update.erase(kRows, key);
  for (const Row& row : change.rows) {
    Bytes value;
    append_u64_be(value, row.sequence);
    value += row.octets;
    update.put(kRows, row.key, value);
  }
  for (const auto& [key, value] : change.marks) update.put(kMarks, key, value);
  if (auto done = update.commit(); !done) return failed(done.error(), path_);
  return {};
}

Result<void> back_up_table(const std::string& path, const std::string& target) {
  if (!is_there(path)) return {};
  const std::string fresh = target + ".part";
  std::error_code error;
  std::filesystem::remove(fresh, error);
  const auto table = open_environment(path, lmdb::Access::kRead);
  if (!table) return pass(table);
  if (auto copied = (*table)->copy_to(fresh); !copied) return failed(copied.error(), fresh);
  {
    const auto copy = open_environment(fresh, lmdb::Access::kAlone);
    if (!copy) return pass(copy);
    lmdb::Update update(**copy);
    update.erase(kMeta, kEpochKey);
    update.put(kMarks, kRestoredMark, "1");
    if (auto done = update.commit(); !done) return failed(done.error(), fresh);
  }
  std::filesystem::rename(fresh, target, error);
  if (error) return failed({lmdb::kFailed, error.message()}, target);
  return {};
}

Result<TableFindings> check_table(const std::string& path) {
  TableFindings out;
  if (!is_there(path)) return out;
  const auto table = open_environment(path, lmdb::Access::kRead);
  if (!table) return pass(table);
  const lmdb::Snapshot snapshot(**table);
  snapshot.each(kRows, {}, [&](BytesView key, BytesView value) {
    ++out.statements;
    const auto name = format::peek_statement(value.substr(std::min(value.size(), kSequenceBytes)));
    if (!name || !key.starts_with(name->project.view()))
      out.faults.push_back("statement " + to_hex(key) + " in " + path + " cannot be read");
    return true;
  });
  snapshot.each(kMarks, {}, [&](BytesView, BytesView) { return ++out.marks > 0; });
  if (auto read = snapshot.state(); !read) return failed(read.error(), path);
  return out;
}

}  // namespace tamizdat::statements
