#include "relay/daemon/opened_store.h"

#include <array>
#include <utility>

#include "relay/os/sodium_random.h"
#include "relay/statements/lmdb_table.h"
#include "relay/store/blobs.h"
#include "relay/store/memory_store.h"

namespace tamizdat::daemon {

Result<OpenedStore> OpenedStore::open(const Config& config, env::Log& log) {
  OpenedStore opened;
  opened.disk_ = std::make_unique<store::PosixDisk>();
  const std::string folder = config.at(config.data_folder).string();
  if (auto entries = opened.open_entries(config, folder, log); !entries) return pass(entries);
  auto blobs = store::BlobFiles::open(*opened.disk_, folder + "/" + std::string(store::kBlobFolderName));
  if (!blobs) return pass(blobs);
  opened.blobs_ = *std::move(blobs);
  if (auto statements = opened.open_statements(config, folder); !statements) return pass(statements);
  opened.slots_ = std::make_unique<sealed::SlotFiles>(*opened.disk_, folder + "/sealed");
  return opened;
}

Result<void> OpenedStore::open_entries(const Config& config, const std::string& folder, env::Log& log) {
  if (config.store_backend == StoreBackend::kMemory) {
    store_ = std::make_unique<store::MemoryStore>();
    return disk_->make_folder(folder);
  }
  store::SegmentStoreSettings settings;
  settings.folder = folder;
  settings.on_index_trouble = [&log](const Error& error) {
    log.error("the store's index cannot be written; nothing is lost, but the next start takes longer",
              {{"error", error}});
  };
  settings.on_overwrite_trouble = [&log](const Error& error) {
    log.error("what was retracted cannot be overwritten on the disk; it is given out no more, and tried again",
              {{"error", error}});
  };
  auto segments = store::SegmentStore::open(*disk_, std::move(settings));
  if (!segments) return pass(segments);
  log.info("store open", {{"recovery", (*segments)->recovery().text()}});
  segments_ = segments->get();
  store_ = *std::move(segments);
  return {};
}

Result<void> OpenedStore::open_statements(const Config& config, const std::string& folder) {
  std::array<std::uint8_t, statements::kEpochBytes> octets;
  os::SodiumRandom().fill(octets);
  const Bytes epoch(view(octets));
  if (config.store_backend == StoreBackend::kMemory) {
    statements_ = std::make_unique<statements::MemoryTable>(epoch);
    return {};
  }
  const auto beside = store_->projects().empty() ? statements::LmdbTable::Beside::kNothing : statements::LmdbTable::Beside::kEntries;
  auto table = statements::LmdbTable::open(folder + "/" + std::string(statements::kStatementsFileName), epoch, beside);
  if (!table) return pass(table);
  statements_ = *std::move(table);
  return {};
}

}  // namespace tamizdat::daemon
