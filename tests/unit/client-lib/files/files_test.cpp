#include "client-lib/files/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.h"

namespace tamizdat::files {
namespace {

class Files : public testing::Test {
 protected:
  tests::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "file";
};

TEST_F(Files, ReadsWhatWasWritten) {
  const Bytes content(700'000, 'x');
  ASSERT_TRUE(write_new_file(path_, content, Visibility::kPublic));
  EXPECT_EQ(read_file(path_, content.size()), content);
}

TEST_F(Files, RefusesAFileAboveTheLimit) {
  ASSERT_TRUE(write_new_file(path_, "1234", Visibility::kPublic));
  const auto bytes = read_file(path_, 3);
  ASSERT_FALSE(bytes.has_value());
  EXPECT_EQ(bytes.error().code, kFileTooLarge);
}

TEST_F(Files, NamesAMissingFile) {
  const auto bytes = read_file(path_, 10);
  ASSERT_FALSE(bytes.has_value());
  EXPECT_EQ(bytes.error().code, kFileMissing);
  EXPECT_EQ(bytes.error().text, "cannot read " + path_.string() + ": there is no such file or folder");
}

TEST_F(Files, NeverOverwritesAsANewFile) {
  ASSERT_TRUE(write_new_file(path_, "old", Visibility::kOwner));
  const auto done = write_new_file(path_, "new", Visibility::kOwner);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, kFileExists);
  EXPECT_EQ(read_file(path_, 10), Bytes("old"));
}

TEST_F(Files, ReplacesAsAWholeAndLeavesNothingBeside) {
  ASSERT_TRUE(replace_file_lightly(path_, "older"));
  ASSERT_TRUE(replace_file_lightly(path_, "new"));
  EXPECT_EQ(read_file(path_, 10), Bytes("new"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(Files, ReadsNoFolder) {
  const auto bytes = read_file(folder_.path(), 10);
  ASSERT_FALSE(bytes.has_value());
  EXPECT_EQ(bytes.error().text, "cannot read " + folder_.path().string() + ": it is no ordinary file");
}

TEST_F(Files, MakesAFolderForItsOwner) {
  const auto folder = folder_.path() / "a" / "b";
  ASSERT_TRUE(make_folder(folder, Visibility::kOwner));
  ASSERT_TRUE(make_folder(folder, Visibility::kOwner));
  struct stat about {};
  ASSERT_EQ(::stat(folder.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
}

TEST_F(Files, SaysThatAFileIsInTheWayOfAFolder) {
  ASSERT_TRUE(write_new_file(path_, "", Visibility::kPublic));
  const auto done = make_folder(path_, Visibility::kOwner);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().text, "cannot make the folder " + path_.string() + ": a file of that name is in the way");
}

}  // namespace
}  // namespace tamizdat::files
