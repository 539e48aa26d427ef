// The segment files of a store, for tests that look at them and damage them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace tamizdat::tests {

inline std::vector<std::filesystem::path> segments(const std::filesystem::path& of) {
  std::vector<std::filesystem::path> out;
  for (const auto& item : std::filesystem::directory_iterator(of))
    if (item.path().extension() == ".segment") out.push_back(item.path());
  std::ranges::sort(out);
  return out;
}

inline std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write(const std::filesystem::path& path, const std::string& octets) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << octets;
}

}  // namespace tamizdat::tests
