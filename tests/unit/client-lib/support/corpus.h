// Real and hostile feeds that are not part of the project: files below $TAMIZDAT_CORPUS/feeds and
// $TAMIZDAT_CORPUS/hostile. Without that variable the tests say that they did not run.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace tamizdat::tests {

inline std::vector<std::string> corpus_files(const std::string& folder) {
  const char* corpus = std::getenv("TAMIZDAT_CORPUS");
  std::vector<std::string> files;
  if (corpus == nullptr) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(corpus) + "/" + folder))
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

#define SKIP_LOUDLY_WITHOUT_CORPUS() \
  if (std::getenv("TAMIZDAT_CORPUS") == nullptr) \
  GTEST_SKIP() << "NOT TESTED: set TAMIZDAT_CORPUS to the folder with feeds/ and hostile/ to run real feeds"

}  // namespace tamizdat::tests
