// Reads a whole store back and checks every hash in it, without changing anything: checksums of the segments, each entry
// against its header, the headers against the head that the desk signed, the charters against each other, the index
// against the segments. One damaged record hides none of the others: what lies behind it is found again.
#pragma once

#include "relay/store/disk.h"

namespace tamizdat::store {

struct StoreFindings {
  std::uint64_t segments = 0;
  std::uint64_t groups = 0;
  std::uint64_t projects = 0;
  std::uint64_t charters = 0;
  std::uint64_t logs = 0;
  std::uint64_t entries = 0;
  std::uint64_t bodies = 0;
  // Of a group at the very end that is not whole and was never acknowledged: the next start cuts it. No fault.
  std::uint64_t octets_unfinished = 0;
  bool has_index = false;  // a backup has none
  std::vector<std::string> faults;  // a sentence each, in the order of the segments

  std::string text() const;  // one line
};

// Nobody else may have the store open. Errors, of what kept it from being read at all: kFolderInUse, kStoreTooNew, those
// of Disk.
Result<StoreFindings> check_store(Disk& disk, const std::string& folder);

}  // namespace tamizdat::store
