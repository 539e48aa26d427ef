#include "relay/daemon/passphrase.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "proto/keys/passphrase_line.h"
#include "relay/daemon/config_file.h"
#include "relay/os/files.h"
#include "tests/support/counting_random.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::daemon {
namespace {

namespace fs = std::filesystem;

class PassphraseFile : public testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "passphrase"; }
  void write(const std::string& content) const { ASSERT_TRUE(os::write_file(file(), content, os::FileMode::kPrivate)); }

  tests::TemporaryFolder folder_;
  tests::CountingRandom random_;
};

TEST_F(PassphraseFile, IsReadToTheEndOfItsFirstLine) {
  write("snow falls\r\non both banks\n");
  const auto passphrase = read_passphrase(file());
  ASSERT_TRUE(passphrase) << passphrase.error().text;
  EXPECT_EQ(passphrase->secret.view(), "snow falls");
  EXPECT_EQ(passphrase->file, file());
  write(std::string(1024, 'x') + "\n");
  EXPECT_EQ(read_passphrase(file())->secret.view().size(), 1024U);
}

TEST_F(PassphraseFile, ThatIsMissingSaysWhatToDo) {
  const auto passphrase = read_passphrase(file());
  ASSERT_FALSE(passphrase);
  EXPECT_EQ(passphrase.error().code, kPassphraseMissing);
  EXPECT_EQ(passphrase.error().text, "there is no passphrase file " + file().string() +
                                         ", and the keys do not open without: put your copy of it back, or name where it lies now with --passphrase-file");
}

TEST_F(PassphraseFile, ThatOthersCanReadIsRefused) {
  write("snow falls\n");
  fs::permissions(file(), fs::perms::others_read, fs::perm_options::add);
  const auto passphrase = read_passphrase(file());
  ASSERT_FALSE(passphrase);
  EXPECT_EQ(passphrase.error().code, kPassphraseUnsafe);
  EXPECT_EQ(passphrase.error().text, "other users of this machine can read the passphrase file " + file().string() +
                                         ": run chmod 600 on it, and take another passphrase if they could have (tamizdat-relay passphrase)");
}

TEST_F(PassphraseFile, ThatCannotBeReadIsNotCalledMissing) {
  fs::permissions(folder_.path(), fs::perms::owner_all);
  const auto passphrase = read_passphrase(folder_.path());
  ASSERT_FALSE(passphrase);
  EXPECT_EQ(passphrase.error().code, os::kFileFailed);
  EXPECT_EQ(passphrase.error().text, "cannot read " + folder_.path().string() +
                                         ": Is a directory: let the relay's user read it, or name another file with --passphrase-file");
}

TEST_F(PassphraseFile, IsNeitherEmptyNorEndless) {
  write("\n");
  EXPECT_EQ(read_passphrase(file()).error().code, keys::kPassphraseEmpty);
  EXPECT_EQ(read_passphrase(file()).error().text, "the passphrase in " + file().string() +
                                                      " is empty: write it on the first line, or name another file with --passphrase-file");
  write(std::string(1025, 'x'));
  EXPECT_EQ(read_passphrase(file()).error().code, keys::kPassphraseTooLong);
}

TEST_F(PassphraseFile, IsDrawnWhereItIsNotThere) {
  const auto drawn = read_or_draw_passphrase(file(), random_);
  ASSERT_TRUE(drawn) << drawn.error().text;
  EXPECT_TRUE(drawn->is_drawn);
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  // Eight groups of four letters out of 32: 160 bits; those of 0, 1, 2, ... are the alphabet itself.
  const Bytes line = "qpzr-y9x8-gf2t-vdw0-s3jn-54kh-ce6m-ua7l";
  EXPECT_EQ(drawn->passphrase.secret.view(), line);
  EXPECT_EQ(*os::read_file(file(), 100), line + "\n");
  // And only once.
  const auto again = read_or_draw_passphrase(file(), random_);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->is_drawn);
  EXPECT_EQ(again->passphrase.secret.view(), line);
}

TEST_F(PassphraseFile, IsNotDrawnInThePlaceOfOneThatCannotBeUsed) {
  write("");
  EXPECT_EQ(read_or_draw_passphrase(file(), random_).error().code, keys::kPassphraseEmpty);
  EXPECT_EQ(fs::file_size(file()), 0U);
}

TEST_F(PassphraseFile, ThatCannotBeWrittenSaysWhatToDo) {
  const auto drawn = read_or_draw_passphrase(folder_.path() / "nowhere" / "passphrase", random_);
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error().code, os::kFileFailed);
  EXPECT_TRUE(drawn.error().text.ends_with("name a file that this user can write with --passphrase-file")) << drawn.error().text;
}

TEST_F(PassphraseFile, LiesBesideTheFolderAndNotInIt) {
  EXPECT_EQ(default_passphrase_file("/srv/relay"), "/srv/relay.passphrase");
  EXPECT_EQ(default_passphrase_file("/srv/relay/"), "/srv/relay.passphrase");
  EXPECT_EQ(default_passphrase_file("/srv/x/../relay"), "/srv/relay.passphrase");
  EXPECT_EQ(default_passphrase_file("relay"), fs::current_path() / "relay.passphrase");
}

TEST_F(PassphraseFile, IsTheOneOfTheCommandLineOrElseOfRelayToml) {
  auto config = *parse_config("[keys]\npassphrase_file = \"../p\"\n", "relay.toml");
  config.folder = "/srv/relay";
  EXPECT_EQ(*passphrase_file_of(config, "/run/p"), "/run/p");
  EXPECT_EQ(*passphrase_file_of(config, ""), "/srv/relay/../p");
  config.passphrase_file.clear();
  EXPECT_EQ(*passphrase_file_of(config, "/run/p"), "/run/p");
  const auto none = passphrase_file_of(config, "");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, kPassphraseMissing);
  EXPECT_EQ(none.error().text, "relay.toml:2: keys.passphrase_file: names no file with the passphrase of the keys: write its path there, or give it "
                               "with --passphrase-file");
}

}  // namespace
}  // namespace tamizdat::daemon
