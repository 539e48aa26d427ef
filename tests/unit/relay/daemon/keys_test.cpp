#include "relay/daemon/keys.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "relay/os/files.h"
#include "tests/support/counting_random.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::daemon {
namespace {

namespace fs = std::filesystem;

class Keys : public testing::Test {
 protected:
  const fs::path& folder() const { return folder_.path(); }
  fs::path file(const std::string& role) const { return keys_folder(folder()) / (role + ".key"); }
  void create() { ASSERT_TRUE(create_keys(folder(), random_)); }
  ErrorCode load_error() const {
    const auto keys = load_keys(folder());
    EXPECT_FALSE(keys);
    return keys ? ErrorCode("none") : keys.error().code;
  }
  static std::string content_of(const fs::path& path) { return *os::read_file(path, 1 << 20); }
  static void overwrite(const fs::path& path, const std::string& content) { std::ofstream(path) << content; }

  tests::TemporaryFolder folder_;
  tests::CountingRandom random_;
};

TEST_F(Keys, AreThreeDifferentOnesThatLoadAgain) {
  const auto created = create_keys(folder(), random_);
  ASSERT_TRUE(created) << created.error().text;
  const auto loaded = load_keys(folder());
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->relay_id(), created->relay_id());
  EXPECT_EQ(loaded->witness.public_key(), created->witness.public_key());
  EXPECT_EQ(loaded->mirror.public_key(), created->mirror.public_key());
  EXPECT_NE(loaded->witness.public_key(), loaded->mirror.public_key());
  EXPECT_NE(loaded->witness.public_key(), loaded->identity.public_key());
}

TEST_F(Keys, AreReadableByTheirOwnerOnly) {
  create();
  for (const std::string role : {"identity", "witness", "mirror"})
    EXPECT_EQ(fs::status(file(role)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(keys_folder(folder())).permissions(), fs::perms::owner_all);
  fs::permissions(file("witness"), fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(load_error(), os::kFileNotPrivate);
}

TEST_F(Keys, AreNeverOverwrittenNorPartlyDrawnAnew) {
  create();
  const std::string before = content_of(file("mirror"));
  EXPECT_EQ(create_keys(folder(), random_).error().code, kKeyFileExists);
  fs::remove(file("identity"));
  EXPECT_EQ(create_keys(folder(), random_).error().code, kKeyFileExists);
  EXPECT_FALSE(fs::exists(file("identity")));
  EXPECT_EQ(content_of(file("mirror")), before);
}

TEST_F(Keys, AMissingFileIsNamed) {
  create();
  fs::remove(file("mirror"));
  const auto keys = load_keys(folder());
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, os::kFileFailed);
  EXPECT_EQ(keys.error().text, "cannot read " + file("mirror").string() + ": No such file or directory");
}

TEST_F(Keys, AFileUnderAnotherRolesNameIsRefused) {
  create();
  fs::copy_file(file("witness"), file("mirror"), fs::copy_options::overwrite_existing);
  EXPECT_EQ(load_error(), kKeyFileInvalid);
}

TEST_F(Keys, OneKeyInTwoRolesIsRefused) {
  create();
  std::string line = content_of(file("witness"));
  line.replace(line.find("witness"), 7, "mirror");
  overwrite(file("mirror"), line);
  EXPECT_EQ(load_error(), kKeyFileInvalid);
}

TEST_F(Keys, ADamagedFileIsRefused) {
  create();
  const std::string good = content_of(file("identity"));
  for (const std::string& bad : {std::string(), good.substr(0, good.size() - 1), good + "\n", good.substr(1),
                                 good.substr(0, good.size() - 3) + "\n", "tamizdat-relay-key:v1 identity \n" + good}) {
    overwrite(file("identity"), bad);
    EXPECT_EQ(load_error(), kKeyFileInvalid) << bad;
  }
  overwrite(file("identity"), good);
  EXPECT_TRUE(load_keys(folder()));
}

TEST_F(Keys, AFolderThatCannotBeMadeIsAnError) {
  overwrite(folder() / "keys", "in the way");
  EXPECT_EQ(create_keys(folder(), random_).error().code, os::kFileFailed);
}

}  // namespace
}  // namespace tamizdat::daemon
