#include "client-lib/desk/desk_store.h"

#include "client-lib/files/files.h"
#include "proto/base/check.h"
#include "proto/format/checkpoint.h"

namespace tamizdat::desk {
namespace {

constexpr std::int64_t kApplicationId = 0x54'6d'7a'64;  // "Tmzd", see `PRAGMA application_id`
constexpr std::int64_t kSchemaVersion = 1;
constexpr const char* kCharterSchema =
    "CREATE TABLE charter(version INTEGER PRIMARY KEY, signed BLOB NOT NULL);"
    "CREATE TABLE desk(one INTEGER PRIMARY KEY CHECK(one = 1), id BLOB NOT NULL);";

Result<std::int64_t> pragma(Database& database, std::string_view sql) {
  const auto rows = database.query(sql);
  if (!rows) return tl::unexpected(rows.error());
  return rows->empty() ? 0 : rows->front().number(0);
}

}  // namespace

std::filesystem::path desk_file(const std::filesystem::path& home) { return home / "desk.sqlite"; }
std::filesystem::path desk_key_file(const std::filesystem::path& home) { return home / "desk.key"; }

Result<DeskStore> DeskStore::open(const std::filesystem::path& home) {
  std::error_code ignored;
  if (!std::filesystem::exists(desk_file(home), ignored))
    return fail(kHomeMissing, "there is no desk in " + home.string() +
                                  ": make one with tamizdat project create, or name its folder with --home");
  return open_or_create(home);
}

Result<DeskStore> DeskStore::open_or_create(const std::filesystem::path& home) {
  if (auto made = files::make_folder(home, files::Visibility::kOwner); !made) return pass(made);
  auto database = Database::open(desk_file(home));
  if (!database) return pass(database);
  DeskStore store(std::make_unique<Database>(*std::move(database)), home);
  if (auto done = store.prepare_schema(); !done) return pass(done);
  for (const char* schema : {Imports::kSchemaOfPages, Imports::kSchemaOfPictures, Relays::kSchemaOfAttachments, Embargoes::kSchema,
                             Letters::kSchema, Statements::kSchema, KnownCharters::kSchema})
    if (auto done = store.database_->script(schema); !done) return pass(done);
  return store;
}

Result<bool> DeskStore::is_prepared() {
  const auto application = pragma(*database_, "PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  const auto version = pragma(*database_, "PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*application != kApplicationId) return false;
  if (*version != kSchemaVersion)
    return fail(kDeskFileUnknown, "this desk was used by a later version of Tamizdat: update this one");
  return true;
}

Result<void> DeskStore::prepare_schema() {
  if (const auto ready = is_prepared(); !ready || *ready) return ready ? Result<void>{} : tl::unexpected(ready.error());
  auto transaction = database_->begin();
  if (!transaction) return pass(transaction);
  // Another command may have been first.
  if (const auto ready = is_prepared(); !ready || *ready) return ready ? Result<void>{} : tl::unexpected(ready.error());
  const auto tables = database_->query("SELECT 1 FROM sqlite_schema LIMIT 1");
  if (!tables) return tl::unexpected(tables.error());
  if (!tables->empty())
    return fail(kDeskFileUnknown, "desk.sqlite in this folder belongs to another program: choose another --home");
  for (const char* schema : {kCharterSchema, Log::kSchema, Relays::kSchema, Imports::kSchema})
    if (auto done = database_->script(schema); !done) return done;
  const std::string marks = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(kSchemaVersion) + ";";
  if (auto done = database_->script(marks.c_str()); !done) return done;
  return transaction->commit();
}

Result<bool> DeskStore::has_project() {
  const auto rows = database_->query("SELECT 1 FROM desk");
  if (!rows) return tl::unexpected(rows.error());
  return !rows->empty();
}

Result<Project> DeskStore::project() {
  const auto desk = database_->query("SELECT id FROM desk");
  if (!desk) return tl::unexpected(desk.error());
  if (desk->empty())
    return fail(kProjectMissing, "this home has no project yet: make one with tamizdat project create");
  const auto rows = database_->query("SELECT signed FROM charter ORDER BY version");
  if (!rows) return tl::unexpected(rows.error());
  std::vector<Bytes> chain;
  for (const auto& row : *rows) chain.push_back(row.bytes(0));
  const auto charter = format::verify_charter_chain(chain);
  const auto key = Hash32::from(desk->front().bytes(0));
  if (!charter || !key)
    return fail(kDeskFileFailed, "the desk's file is damaged, its charter cannot be read: bring it back from a copy");
  return Project{*charter, std::move(chain), DeskId(*key), format::log_id(charter->project(), DeskId(*key))};
}

Result<void> DeskStore::insert_charters(std::span<const format::VerifiedCharter> charters) {
  for (const auto& charter : charters)
    if (auto done = database_->run("INSERT INTO charter(version, signed) VALUES(?, ?)",
                                   {static_cast<std::int64_t>(charter.version()), Blob{charter.signed_bytes()}});
        !done)
      return done;
  return {};
}

Result<void> DeskStore::found_project(std::span<const format::VerifiedCharter> chain, const DeskId& desk) {
  auto transaction = database_->begin();
  if (!transaction) return pass(transaction);
  const auto taken = has_project();
  if (!taken) return tl::unexpected(taken.error());
  if (*taken) return fail(kProjectExists, "this home has a project already: make another one with another --home");
  if (auto done = insert_charters(chain); !done) return done;
  if (auto done = database_->run("INSERT INTO desk(one, id) VALUES(1, ?)", {Blob{desk.view()}}); !done) return done;
  return transaction->commit();
}

Result<bool> DeskStore::take_charters(std::span<const format::VerifiedCharter> chain) {
  auto transaction = database_->begin();
  if (!transaction) return pass(transaction);
  const auto known = project();
  if (!known) return tl::unexpected(known.error());
  const std::size_t common = std::min(known->chain.size(), chain.size());
  TMZ_CHECK(common > 0);
  // The same charter may be here with other signatures; each names the one before it, so the last common one says it all.
  const auto ours = format::parse_signed_charter(known->chain[common - 1]);
  if (!ours || format::charter_hash(ours->charter) != chain[common - 1].hash())
    return fail(format::kCharterForked, "these charters do not continue the ones in this home: nothing was changed");
  if (chain.size() == common) return false;
  if (auto done = insert_charters(chain.subspan(common)); !done) return pass(done);
  if (auto done = transaction->commit(); !done) return pass(done);
  return true;
}

Result<void> DeskStore::go_over_to(std::span<const format::VerifiedCharter> chain) {
  auto transaction = database_->begin();
  if (!transaction) return pass(transaction);
  const auto known = project();
  if (!known) return tl::unexpected(known.error());
  std::size_t common = 0;
  for (; common < std::min(known->chain.size(), chain.size()); ++common) {
    const auto ours = format::parse_signed_charter(known->chain[common]);
    if (!ours || format::charter_hash(ours->charter) != chain[common].hash()) break;
  }
  TMZ_CHECK(common > 0);
  const auto last = static_cast<std::int64_t>(common);
  if (auto done = database_->run("DELETE FROM charter WHERE version > ?", {last}); !done) return done;
  if (auto done = insert_charters(chain.subspan(common)); !done) return done;
  // What relays took from here may be the branch that lost: they get the charters again.
  if (auto done = database_->run("UPDATE relay SET charter_version = min(charter_version, ?)", {last}); !done) return done;
  return transaction->commit();
}

Result<void> DeskStore::take_memory_of(const std::filesystem::path& other_home) {
  // Outside of a transaction: SQLite attaches no database within one.
  const std::string file = desk_file(other_home).string();
  if (auto done = database_->run("ATTACH DATABASE ? AS other", {std::string_view(file)}); !done) return done;
  const auto copied = database_->script(
      "BEGIN IMMEDIATE;"
      "INSERT OR IGNORE INTO relay(id, address) SELECT id, address FROM other.relay ORDER BY rowid;"
      "INSERT OR IGNORE INTO imported SELECT * FROM other.imported;"
      "INSERT OR IGNORE INTO source SELECT * FROM other.source;"
      "INSERT OR IGNORE INTO unread_page SELECT * FROM other.unread_page;"
      "COMMIT;");
  if (!copied) static_cast<void>(database_->script("ROLLBACK;"));
  if (auto done = database_->script("DETACH DATABASE other;"); !done) return done;
  return copied;
}

}  // namespace tamizdat::desk
