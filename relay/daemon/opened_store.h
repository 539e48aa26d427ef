// The store that the configuration asks for, with the disk below it, and the table of statements beside it.
#pragma once

#include <memory>
#include <string>

#include "relay/daemon/config.h"
#include "relay/env/log.h"
#include "relay/sealed/slot_files.h"
#include "relay/store/blob_files.h"
#include "relay/store/disk.h"
#include "relay/store/segment_store.h"
#include "relay/store/store.h"
#include "relay/statements/statement_table.h"

namespace tamizdat::daemon {

class OpenedStore {
 public:
  // Errors: those of the store: its folder is in use, cannot be made, or is damaged.
  static Result<OpenedStore> open(const Config& config, env::Log& log);

  store::Store& operator*() const { return *store_; }
  store::BlobFiles& blobs() const { return *blobs_; }
  statements::StatementTable& statements() const { return *statements_; }
  sealed::SlotFiles& slots() const { return *slots_; }
  Result<void> close() { return segments_ == nullptr ? Result<void>() : segments_->close(); }

 private:
  Result<void> open_entries(const Config& config, const std::string& folder, env::Log& log);
  Result<void> open_statements(const Config& config, const std::string& folder);

  std::unique_ptr<store::Disk> disk_;
  std::unique_ptr<store::Store> store_;
  store::SegmentStore* segments_ = nullptr;  // store_, if it is one
  std::unique_ptr<store::BlobFiles> blobs_;
  std::unique_ptr<statements::StatementTable> statements_;
  std::unique_ptr<sealed::SlotFiles> slots_;
};

}  // namespace tamizdat::daemon
