#include "client-lib/keys/key_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "client-lib/files/files.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/client-lib/support/test_edges.h"

namespace tamizdat::keys {
namespace {

TEST(KeyFiles, EveryKeyIsAnother) {
  tests::SeededRandom random;
  EXPECT_NE(generate_key(random).public_key(), generate_key(random).public_key());
}

TEST(KeyFiles, AreWrittenForTheirOwnerOnlyAndNotReadOtherwise) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "desk.key";
  ASSERT_TRUE(files::write_new_file(path, "a key file", files::Visibility::kOwner));
  struct stat about {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_TRUE(read_key_file(path).has_value());
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const auto file = read_key_file(path);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().text, "other users of this machine may read the key file " + path.string() +
                                   ": run chmod 600 on it, and think about who could have copied it");
}

TEST(KeyFiles, AnEmptyOneSaysHowThatComesAndWhatToDo) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "desk.key";
  ASSERT_TRUE(files::write_new_file(path, "", files::Visibility::kOwner));
  const auto file = read_key_file(path);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, kKeyFileDamaged);
  EXPECT_TRUE(file.error().text.starts_with(path.string() + " is empty: the power went")) << file.error().text;
}

}  // namespace
}  // namespace tamizdat::keys
