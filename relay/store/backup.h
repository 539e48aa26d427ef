// Copies a store into another folder, also while a relay writes to it: no lock of the relay's is taken and nothing of the
// store is changed.
//
// Segments only grow, and a group counts once it stands there up to its mark. So the whole groups of all segments, copied
// in their order, are what the store held at some moment after the copy began; and the target is a store that can be
// started at every moment of the copy. The index is not copied: it is made again from the segments at the first start.
//
// Bodies that were erased since an earlier backup into the same folder are overwritten there too; backups elsewhere keep
// them.
#pragma once

#include "relay/store/disk.h"

namespace tamizdat::store {

// The target holds what this store never held, or is the store itself.
inline constexpr ErrorCode kBackupElsewhere{"backup-elsewhere"};

struct BackupReport {
  std::uint64_t segments = 0;
  std::uint64_t groups = 0;
  std::uint64_t octets = 0;         // in the target now
  std::uint64_t octets_copied = 0;  // the rest was there from an earlier backup, and is the same

  std::string text() const;  // one line
};

// `target` is made if it is missing, its parent must exist. Into a folder with an earlier backup only what is new is
// written. Everything is durable when it returns. Errors: kFolderInUse (of the target), kStoreDamaged, kStoreTooNew,
// kBackupElsewhere, those of Disk. Damage
// in the very last group looks like one that is being written: it shows once another group follows, and in check_store().
Result<BackupReport> back_up(Disk& disk, const std::string& folder, const std::string& target);

}  // namespace tamizdat::store
