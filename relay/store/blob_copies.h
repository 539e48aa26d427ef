// The attachments of a store as an operator looks at them: checked where they lie, and copied into a backup. Nothing of
// the store is changed.
#pragma once

#include <string>
#include <vector>

#include "relay/store/disk.h"

namespace tamizdat::store {

struct BlobFindings {
  std::uint64_t whole = 0;
  std::uint64_t parts = 0;  // still coming; a start takes them up again
  std::uint64_t octets = 0;  // of whole ones
  std::uint64_t octets_copied = 0;  // into a backup; the rest was there already
  std::uint64_t erased = 0;  // from a backup: no entry in it names them any more
  std::vector<std::string> faults;  // a sentence for each damaged one
};

// Hashes every whole attachment below `folder`, the one of the store. Errors: those of Disk.
Result<BlobFindings> check_blobs(Disk& disk, const std::string& folder);
// Copies those that the backup `target`, into which back_up() has copied the entries, does not have yet; also beside a
// running relay. A damaged one is left out. What an earlier backup left there, is not in the store any more, and no entry of
// the backup names is overwritten and removed: it was erased. Everything is durable when it returns. Errors: those of
// Disk, kStoreDamaged.
Result<BlobFindings> back_up_blobs(Disk& disk, const std::string& folder, const std::string& target);

}  // namespace tamizdat::store
