#include "relay/daemon/store_commands.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <system_error>

#include "relay/daemon/config_file.h"
#include "relay/statements/lmdb_table.h"
#include "relay/store/backup.h"
#include "relay/store/blob_copies.h"
#include "relay/store/segment_store.h"
#include "relay/store/store_check.h"

namespace tamizdat::daemon {
namespace {

namespace fs = std::filesystem;

Result<fs::path> store_at(const fs::path& place) {
  const auto config = load_config(place);
  if (!config) return tl::unexpected(config.error());
  return store_of(*config);
}

// Every store has its lock file, also a copy that was made by `backup`.
bool is_store(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "lock", ignored) && !fs::exists(folder / kConfigFileName, ignored);
}

std::string statements_in(const fs::path& folder) { return (folder / statements::kStatementsFileName).string(); }

std::uintmax_t segment_octets(const fs::path& folder) {
  std::uintmax_t out = 0;
  for (const auto& file : fs::directory_iterator(folder))
    if (file.path().extension() == ".segment") out += file.file_size();
  return out;
}

int failed(const Error& error, std::ostream& err) {
  err << error.text << '\n';
  return 1;
}

}  // namespace

Result<fs::path> store_of(const Config& config) {
  if (config.store_backend == StoreBackend::kMemory)
    return fail(kNoStore, "store.backend is \"memory\": there is nothing on disk");
  fs::path folder = config.at(config.data_folder).lexically_normal();
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    return fail(kNoStore, "there is no store in " + folder.string() + ": this relay has never run");
  return folder;
}

int verify_store(const fs::path& place, std::ostream& out, std::ostream& err) {
  const auto folder = is_store(place) ? Result<fs::path>(place) : store_at(place);
  if (!folder) return failed(folder.error(), err);
  store::PosixDisk disk;
  const auto findings = store::check_store(disk, folder->string());
  if (!findings) {
    if (findings.error().code == store::kFolderInUse)
      return failed({findings.error().code, "a relay runs on " + folder->string() +
                                                ": stop it first, or make a backup and verify that"}, err);
    return failed(findings.error(), err);
  }
  const auto blobs = store::check_blobs(disk, folder->string());
  if (!blobs) return failed(blobs.error(), err);
  const auto statements = statements::check_table(statements_in(*folder));
  if (!statements) return failed(statements.error(), err);
  for (const auto& fault : statements->faults) err << fault << '\n';
  for (const auto& fault : findings->faults) err << fault << '\n';
  for (const auto& fault : blobs->faults) err << fault << '\n';
  out << folder->string() << ": " << findings->text() << '\n';
  out << blobs->whole << " attachments with " << blobs->octets << " octets, " << blobs->parts
      << " that are still coming: " << blobs->faults.size() << " faults\n";
  out << statements->statements << " statements: " << statements->faults.size() << " faults\n";
  return findings->faults.empty() && blobs->faults.empty() && statements->faults.empty() ? 0 : 1;
}

int reindex_store(const fs::path& place, std::ostream& out, std::ostream& err) {
  const auto folder = store_at(place);
  if (!folder) return failed(folder.error(), err);
  store::PosixDisk disk;
  store::SegmentStoreSettings settings;
  settings.folder = folder->string();
  const auto report = store::SegmentStore::reindex(disk, std::move(settings));
  if (!report) return failed(report.error(), err);
  out << folder->string() << ": " << report->text() << '\n';
  return 0;
}

int compact_store(const fs::path& place, std::ostream& out, std::ostream& err) {
  const auto folder = store_at(place);
  if (!folder) return failed(folder.error(), err);
  store::PosixDisk disk;
  store::SegmentStoreSettings settings;
  settings.folder = folder->string();
  settings.compaction = {1, 0};
  const auto store = store::SegmentStore::open(disk, std::move(settings));
  if (!store) return failed(store.error(), err);
  const auto before = segment_octets(*folder);
  auto done = (*store)->end_segment();
  for (auto more = Result<bool>(true); done && more && *more;) {
    more = (*store)->compact();
    if (!more) done = pass(more);
  }
  if (done) done = (*store)->close();
  if (!done) return failed(done.error(), err);
  const auto after = segment_octets(*folder);
  out << folder->string() << ": " << after << " octets of articles, " << before - std::min(before, after) << " given back\n";
  return 0;
}

int back_up_store(const fs::path& place, const fs::path& target, std::ostream& out, std::ostream& err) {
  const auto folder = store_at(place);
  if (!folder) return failed(folder.error(), err);
  std::error_code ignored;
  if (fs::equivalent(*folder, target, ignored))
    return failed({store::kBackupElsewhere, target.string() + " is the store itself: name another folder, on another disk"}, err);
  if (fs::exists(target / kConfigFileName, ignored))
    return failed({store::kBackupElsewhere, target.string() + " is the folder of a relay: name a folder for the backup alone"}, err);
  store::PosixDisk disk;
  std::string to = target.lexically_normal().string();
  if (to.ends_with('/')) to.pop_back();
  const auto report = store::back_up(disk, folder->string(), to);
  if (!report) return failed(report.error(), err);
  const auto blobs = store::back_up_blobs(disk, folder->string(), to);
  if (!blobs) return failed(blobs.error(), err);
  if (auto copied = statements::back_up_table(statements_in(*folder), statements_in(to)); !copied)
    return failed(copied.error(), err);
  for (const auto& fault : blobs->faults) err << fault << '\n';
  out << to << ": " << report->text() << '\n';
  out << blobs->whole << " attachments with " << blobs->octets << " octets, of which " << blobs->octets_copied
      << " are new\n";
  return blobs->faults.empty() ? 0 : 1;
}

}  // namespace tamizdat::daemon
