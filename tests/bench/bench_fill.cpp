// Fills the data folder of a relay that does not run with one project, through the store itself.
//
//   bench_fill FOLDER ENTRIES ENTRY_BYTES_MEAN
//
// Prints the log, and how fast the store alone takes verified bundles of 1 MiB.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "relay/store/segment_store.h"
#include "tests/bench/articles.h"
#include "tests/bench/require.h"
#include "tests/bench/stopwatch.h"

namespace tamizdat::bench {
namespace {

// Bundles in one commit, as the writer of a relay gathers them: see GroupLimits.
constexpr std::size_t kBundlesInGroup = 8;

int run(const std::string& folder, std::uint64_t entries, std::size_t entry_bytes_mean) {
  tests::ProjectBuilder project;
  tests::LogBuilder& log = project.log();
  Articles(1, entry_bytes_mean).append_to(log, entries);
  std::size_t octets = 0;
  for (std::uint64_t i = 0; i < entries; ++i) octets += log.header(i).size() + log.body(i).size();

  store::PosixDisk disk;
  store::SegmentStoreSettings settings;
  settings.folder = folder;
  const auto store = tests::must(store::SegmentStore::open(disk, settings));
  const std::vector<store::Batch> charters{{store::Charters{project.charters()}, tests::kTestTime}};
  tests::must(store->commit(charters).front());
  double seconds = 0;
  for (std::uint64_t from = 0; from < entries;) {
    std::vector<store::Batch> group;
    while (from < entries && group.size() < kBundlesInGroup) {
      const std::uint64_t to = bundle_end(log, from, entries);
      group.push_back({log.bundle(from, to), tests::kTestTime});
      from = to;
    }
    const Stopwatch watch;
    for (const auto& result : store->commit(group)) tests::must(result);
    seconds += watch.seconds();
  }
  require(store->close());
  std::printf("{\"log\": \"%s\", \"entries\": %ju, \"entry_bytes\": %zu, \"store_rate\": %.0f}\n", log.id().text().c_str(),
              static_cast<std::uintmax_t>(entries), octets / entries, static_cast<double>(entries) / seconds);
  return 0;
}

}  // namespace
}  // namespace tamizdat::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_fill FOLDER ENTRIES ENTRY_BYTES_MEAN\n");
    return 2;
  }
  return tamizdat::bench::run(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
}
