// Statements in one LMDB file beside the segments, synced on every commit: they are few and small against entries, and
// each one may have to stand alone. `<path>-lock` beside it holds nothing that outlives a process.
#pragma once

#include <memory>
#include <string>

#include "relay/lmdb/environment.h"
#include "relay/statements/statement_table.h"

namespace tamizdat::statements {

inline constexpr std::string_view kStatementsFileName = "statements.mdb";

class LmdbTable : public StatementTable {
 public:
  // Opens or makes the file. `epoch`: kEpochBytes random octets, for a table that has none yet; beside entries it then
  // gets kRestoredMark. Errors: kStatementsFailed, kStatementsDamaged.
  enum class Beside { kNothing, kEntries };
  static Result<std::unique_ptr<LmdbTable>> open(const std::string& path, BytesView epoch, Beside beside = Beside::kNothing);

  Result<Contents> contents() const override;
  Result<void> commit(const Change& change) override;

 private:
  LmdbTable(std::unique_ptr<lmdb::Environment> environment, std::string path)
      : environment_(std::move(environment)), path_(std::move(path)) {}
  std::unique_ptr<lmdb::Environment> environment_;
  std::string path_;
};

// Copies the table at `path` to `target`, also while a relay writes to it. The copy has no epoch and
// kRestoredMark: a relay that starts from it may lack what it once told its peers, so they must not go on from there. Nothing to do if there is no table.
// Errors: kStatementsFailed, kStatementsDamaged.
Result<void> back_up_table(const std::string& path, const std::string& target);

// How many statements lie in the table, and what is wrong with them: each must be one of this format. Errors as above.
struct TableFindings {
  std::uint64_t statements = 0;
  std::uint64_t marks = 0;
  std::vector<std::string> faults;
};
Result<TableFindings> check_table(const std::string& path);

}  // namespace tamizdat::statements
