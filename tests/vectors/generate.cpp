// Writes the conformance vectors and the seeds of the fuzz targets:  generate_vectors tests/vectors tests/data/fuzz
//
// The same bytes on every machine; a test compares them with the files. A format change is specification, vectors and
// code in one commit, so run this by hand and look at what changed.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/vectors/cases.h"

namespace {

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: generate_vectors VECTOR-FOLDER SEED-FOLDER\n");
    return 2;
  }
  const auto cases = tamizdat::format::all_cases();
  const auto seeds = tamizdat::format::fuzz_seeds(cases);
  for (const auto& [path, vector] : cases)
    write(std::filesystem::path(argv[1]) / (path + ".txt"), tamizdat::format::print_vector(vector));
  for (const auto& [path, bytes] : seeds) write(std::filesystem::path(argv[2]) / path, bytes);
  std::printf("%zu vectors, %zu seeds\n", cases.size(), seeds.size());
}
