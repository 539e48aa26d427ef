#include "relay/store/wipe.h"

#include <algorithm>

namespace tamizdat::store {
namespace {

constexpr std::uint64_t kAtATime = 1024 * 1024;

Result<void> write_zeros(File& file, std::uint64_t from, std::uint64_t to) {
  const Bytes zeros(static_cast<std::size_t>(std::min(to - from, kAtATime)), '\0');
  for (std::uint64_t at = from; at < to; at += zeros.size()) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), to - at));
    if (auto written = file.write_at(at, BytesView(zeros).substr(0, count)); !written) return written;
  }
  return {};
}

}  // namespace

Result<void> wipe(File& file, SyncSite site) {
  const auto size = file.size();
  if (!size) return pass(size);
  if (auto written = write_zeros(file, 0, *size); !written) return written;
  return file.sync(site);
}

Result<void> wipe_end(File& file, std::uint64_t from, std::uint64_t to, SyncSite site) {
  if (auto written = write_zeros(file, from, to); !written) return written;
  // Before the file is cut, or the zeros would not be written where the octets lie.
  if (auto synced = file.sync(site); !synced) return synced;
  return file.truncate(from);
}

Result<void> wipe_and_remove(Disk& disk, const std::string& path, SyncSite site) {
  auto file = disk.open(path);
  if (!file) return pass(file);
  if (auto wiped = wipe(**file, site); !wiped) return wiped;
  return disk.remove(path);
}

}  // namespace tamizdat::store
