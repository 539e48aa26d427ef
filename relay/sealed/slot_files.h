// The slots of the sealed pool on the disk: one plain file each, named by the slot's id in hexadecimal, `.part` until its
// octets are synced. Nothing else is kept: not who handed it in, not whence it came. Blocks; any thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "proto/format/slot.h"
#include "relay/store/disk.h"

namespace tamizdat::sealed {

struct SlotFile {
  Hash32 id;
  std::uint64_t octets = 0;
  Timestamp ends;
};

class SlotFiles {
 public:
  // `disk` outlives it. The folder's parent is there.
  SlotFiles(store::Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

  // What is whole; what a crash left behind, and files of other names, are removed or passed over. Errors: those of the disk.
  Result<std::vector<SlotFile>> open();
  // Durable when it returns. `slot`: went through parse_slot(). Errors: kDiskFull, kDiskFailed.
  Result<void> write(const Hash32& id, BytesView slot);
  // Errors: those of the disk, kSlotDamaged (its octets are not those of its name; the file is of no use).
  Result<Bytes> read(const Hash32& id) const;
  Result<void> remove(const Hash32& id);

 private:
  std::string path(const Hash32& id) const { return folder_ + "/" + to_hex(id.view()); }
  Result<SlotFile> look_at(const Hash32& id) const;

  store::Disk& disk_;
  std::string folder_;
  std::mutex names_;  // held while names in the folder change
};

}  // namespace tamizdat::sealed
