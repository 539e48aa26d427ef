// What a disk can do at best for a store that gathers commits: write and fdatasync in a loop, into files allocated
// ahead, with the group sizes that a relay really had.
//
//   bench_group_commit STORE SCRATCH [WRITERS]
//
// STORE: data folder of a relay that has stopped. SCRATCH: an empty folder on the same disk. Prints entries a second for
// the same groups as they arrived, as the store wrote them (compressed), and for groups of one entry for each writer.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "relay/store/segment_files.h"
#include "tests/bench/require.h"
#include "tests/bench/stopwatch.h"
#include "tests/support/project_builder.h"

namespace tamizdat::bench {
namespace {

constexpr std::uint64_t kFileBytes = 64 * 1024 * 1024;

struct Group {
  std::uint64_t entries = 0;
  std::uint64_t octets = 0;         // of headers and bodies
  std::uint64_t stored_octets = 0;  // in the segment
};

std::vector<Group> groups_of(const std::string& folder) {
  store::PosixDisk disk;
  std::vector<Group> out;
  const auto visit = [&](BytesView records, store::SegmentPlace, const store::GroupEnd&) -> Result<void> {
    Group group{0, 0, records.size()};
    while (const auto framed = store::decode_record(records)) {
      if (const auto* const entry = std::get_if<store::EntryRecord>(&framed->record)) {
        ++group.entries;
        group.octets += entry->header.size() + entry->size;
      }
      records.remove_prefix(framed->size);
    }
    if (group.entries > 0) out.push_back(group);
    return {};
  };
  store::SegmentRecovery recovery;
  tests::must(store::SegmentFiles::open(disk, {folder}, {}, visit, recovery));
  return out;
}

// Writes and syncs each size once; the seconds it took.
double write_all(const std::string& scratch, const std::vector<std::uint64_t>& sizes) {
  store::PosixDisk disk;
  const Bytes octets(static_cast<std::size_t>(*std::ranges::max_element(sizes)), 'x');
  std::unique_ptr<store::File> file;
  std::uint64_t used = kFileBytes;
  int files = 0;
  const Stopwatch watch;
  for (const std::uint64_t size : sizes) {
    if (used + size > kFileBytes) {
      file = tests::must(disk.create(scratch + "/" + std::to_string(files++)));
      require(file->preallocate(kFileBytes));
      used = 0;
    }
    require(file->write_at(used, BytesView(octets).substr(0, size)));
    require(file->sync(store::SyncSite::kGroup));
    used += size;
  }
  const double seconds = watch.seconds();
  for (int i = 0; i < files; ++i) require(disk.remove(scratch + "/" + std::to_string(i)));
  return seconds;
}

int run(const std::string& folder, const std::string& scratch, std::uint64_t writers) {
  const std::vector<Group> groups = groups_of(folder);
  std::uint64_t entries = 0;
  std::uint64_t octets = 0;
  std::vector<std::uint64_t> arrived, stored;
  for (const Group& group : groups) {
    entries += group.entries;
    octets += group.octets;
    arrived.push_back(group.octets);
    stored.push_back(group.stored_octets);
  }
  const std::vector<std::uint64_t> full(static_cast<std::size_t>(entries / writers), octets / entries * writers);
  const auto rate = [&](const std::vector<std::uint64_t>& sizes) {
    double seconds = write_all(scratch, sizes);
    for (int again = 0; again < 2; ++again) seconds = std::min(seconds, write_all(scratch, sizes));
    return static_cast<double>(entries) / seconds;
  };
  std::printf("{\"groups\": %zu, \"entries\": %ju, \"bare\": %.0f, \"bare_compressed\": %.0f, \"bare_full_groups\": %.0f}\n",
              groups.size(), static_cast<std::uintmax_t>(entries), rate(arrived), rate(stored), rate(full));
  return 0;
}

}  // namespace
}  // namespace tamizdat::bench

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench_group_commit STORE SCRATCH [WRITERS]\n");
    return 2;
  }
  return tamizdat::bench::run(argv[1], argv[2], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 64);
}
