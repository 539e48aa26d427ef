// The pictures of tests/data/pictures, and stand-ins for `tamizdat-image`.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "client-lib/pictures/pictures.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::pictures {

inline Bytes picture_file(const std::string& name) {
  std::ifstream file(TAMIZDAT_TEST_DATA "/pictures/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Options real_tool() { return {.tool = TAMIZDAT_IMAGE}; }

// A shell script in the place of the tool.
class FakeTool {
 public:
  explicit FakeTool(const std::string& script) {
    std::ofstream(path()) << "#!/bin/sh\n" << script << '\n';
    ::chmod(path().c_str(), 0755);
  }
  std::filesystem::path path() const { return folder_.path() / "tamizdat-image"; }
  Options options() const { return {.tool = path()}; }

 private:
  tests::TemporaryFolder folder_;
};

}  // namespace tamizdat::pictures
