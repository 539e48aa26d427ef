// Fills the data folder of a relay that does not run with articles that name attachments, and with these.
//
//   bench_attach FOLDER COUNT OCTETS_EACH
//
// Prints the log, how many blocks they have on a link, and how fast the files alone take them, in MB/s.

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "proto/format/limits.h"
#include "relay/store/blob_files.h"
#include "relay/store/segment_store.h"
#include "tests/bench/require.h"
#include "tests/bench/stopwatch.h"
#include "tests/support/project_builder.h"

namespace tamizdat::bench {
namespace {

Bytes noise(std::size_t octets, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes out;
  out.reserve(octets + sizeof(std::uint64_t));
  while (out.size() < octets) append_u64_be(out, random());
  out.resize(octets);
  return out;
}

void put(store::BlobFiles& files, const format::BlobTree& tree, BytesView octets) {
  require(files.put_leaves(tree.id(), {tree.leaves().begin(), tree.leaves().end()}));
  for (std::uint64_t i = 0; i < tree.leaves().size(); ++i)
    tests::must(files.put_block(tree.id(), i, octets.substr(static_cast<std::size_t>(i) * format::kBlockBytes, format::kBlockBytes)));
}

int run(const std::string& folder, std::uint64_t count, std::size_t octets_each) {
  tests::ProjectBuilder project;
  tests::LogBuilder& log = project.log();
  store::PosixDisk disk;
  store::SegmentStoreSettings settings;
  settings.folder = folder;
  const auto store = tests::must(store::SegmentStore::open(disk, settings));
  const auto files = tests::must(store::BlobFiles::open(disk, folder + "/" + std::string(store::kBlobFolderName)));
  double seconds = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Bytes octets = noise(octets_each, i);
    const auto tree = tests::must(format::BlobTree::from_bytes(octets));
    log.append_with_attachment(tree.id());
    const Stopwatch watch;
    put(*files, tree, octets);
    seconds += watch.seconds();
  }
  const std::vector<store::Batch> batches{{store::Charters{project.charters()}, tests::kTestTime},
                                          {log.bundle(0, count), tests::kTestTime}};
  for (const auto& result : store->commit(batches)) tests::must(result);
  require(store->close());
  const std::uint64_t blocks = format::block_count(octets_each);
  const std::uint64_t leaf_blocks = blocks == 1 ? 0 : format::block_count(blocks * sizeof(Hash32::octets));
  std::printf("{\"log\": \"%s\", \"entries\": %ju, \"blocks\": %ju, \"store_mb\": %.0f}\n", log.id().text().c_str(),
              static_cast<std::uintmax_t>(count), static_cast<std::uintmax_t>(count * (blocks + leaf_blocks)),
              static_cast<double>(count * octets_each) / 1e6 / seconds);
  return 0;
}

}  // namespace
}  // namespace tamizdat::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_attach FOLDER COUNT OCTETS_EACH\n");
    return 2;
  }
  return tamizdat::bench::run(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
}
