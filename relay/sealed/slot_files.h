// The slots of the sealed pool on the disk: one plain file each, named by the slot's id in hexadecimal and whence it came,
// `.part` until its octets are synced. "desk" is all that is written of those that were handed in here, and a few octets of
// its id of a peer: enough that nobody's part of the pool grows by a restart, and not which newsroom it was. Blocks; any
// thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "proto/base/ids.h"
#include "proto/format/slot.h"
#include "relay/store/disk.h"

namespace tamizdat::sealed {

// Whence a slot came, as far as the disk knows it.
struct Source {
  std::string name = "desk";  // or sixteen hexadecimal digits
  static Source of(const RelayId& peer) { return {to_hex(peer.view().substr(0, 8))}; }
  bool is_desk() const { return name == "desk"; }
  friend auto operator<=>(const Source&, const Source&) = default;
};

struct SlotFile {
  Hash32 id;
  Source source;
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
  Result<void> write(const Hash32& id, const Source& source, BytesView slot);
  // Errors: those of the disk, kSlotDamaged (its octets are not those of its name; the file is of no use).
  Result<Bytes> read(const Hash32& id, const Source& source) const;
  Result<void> remove(const Hash32& id, const Source& source);

 private:
  std::string path(const Hash32& id, const Source& source) const {
    return folder_ + "/" + to_hex(id.view()) + "." + source.name;
  }
  Result<SlotFile> look_at(const Hash32& id, const Source& source) const;

  store::Disk& disk_;
  std::string folder_;
  std::mutex names_;  // held while names in the folder change
};

}  // namespace tamizdat::sealed
