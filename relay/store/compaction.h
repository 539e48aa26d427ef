// Gives the space of erased bodies back to the disk: a segment is written anew without its zeros (compacted_file.h) and
// takes the place of the old file, under the same name and at once. Who reads it meanwhile reads the same octets from
// either.
//
// Crash-safe without a note of its own: until the rename the copy is a file that nobody reads, and the next start removes
// it; a rename that a power cut takes back leaves the old file, as it was: it is wiped only after the rename is durable, and
// so is every name in the folder before an erasure in the new file counts as done (overwrite.h). What stood in the old file is
// overwritten after the rename, or texts that are erased later would go on lying in free space; a crash in that moment
// leaves them there.
#pragma once

#include <optional>
#include <string>

#include "relay/store/disk.h"

namespace tamizdat::store {

class CompactedCopy {
 public:
  // Writes the copy and makes it durable; `path` is of a segment that grows no more. Nothing if it would not be smaller.
  // Errors: those of Disk, kStoreDamaged.
  static Result<std::optional<CompactedCopy>> write(Disk& disk, const std::string& path);

  // Puts it in the place of the segment. Nothing may have been written to that since write() began. Errors: those of
  // Disk.
  Result<void> put_in_place();
  // After that: overwrites the old file, which has no name any more. Errors: those of Disk.
  Result<void> wipe_old();
  // Instead of both: the copy goes. Errors: those of Disk.
  Result<void> discard();

 private:
  CompactedCopy(Disk& disk, std::string path) : disk_(&disk), path_(std::move(path)) {}
  Disk* disk_;
  std::string path_;
  std::unique_ptr<File> old_;
};

// Removes copies that an interrupted run left. Errors: those of Disk.
Result<void> discard_compacted_copies(Disk& disk, const std::string& folder);

}  // namespace tamizdat::store
