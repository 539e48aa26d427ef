// A folder of attachments on a disk in memory.
#pragma once

#include <memory>

#include "relay/store/blob_files.h"
#include "tests/support/project_builder.h"
#include "tests/support/store_fault_disk.h"

namespace tamizdat::tests {

struct BlobFolder {
  BlobFolder() { open(); }
  // As after a start.
  void open() {
    TMZ_CHECK(disk.make_folder("relay").has_value());
    files = must(store::BlobFiles::open(disk, "relay/" + std::string(store::kBlobFolderName)));
  }

  FaultDisk disk;
  std::unique_ptr<store::BlobFiles> files;
};

}  // namespace tamizdat::tests
