#include "relay/daemon/keys.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "relay/os/files.h"
#include "tests/support/counting_random.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::daemon {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kNames{"identity", "witness", "mirror"};

Passphrase passphrase(std::string_view words = "snow falls") { return {"/run/p", keys::Secret::copy_of(words)}; }

class Keys : public testing::Test {
 protected:
  const fs::path& folder() const { return folder_.path(); }
  fs::path file(const std::string& role) const { return keys_folder(folder()) / (role + ".key"); }
  void create() { ASSERT_TRUE(create_keys(folder(), passphrase(), random_)); }
  Error open_error(std::string_view words = "snow falls") const {
    const auto keys = open_keys(folder(), passphrase(words));
    EXPECT_FALSE(keys);
    return keys ? Error{ErrorCode("none"), ""} : keys.error();
  }
  bool opens(std::string_view words) const { return open_keys(folder(), passphrase(words)).has_value(); }
  static std::string content_of(const fs::path& path) { return *os::read_file(path, 1 << 20); }
  static void overwrite(const fs::path& path, const std::string& content) { std::ofstream(path) << content; }
  std::string all() const { return content_of(file("identity")) + content_of(file("witness")) + content_of(file("mirror")); }

  tests::TemporaryFolder folder_;
  tests::CountingRandom random_;
};

TEST_F(Keys, AreThreeDifferentOnesThatOpenAgain) {
  const auto created = create_keys(folder(), passphrase(), random_);
  ASSERT_TRUE(created) << created.error().text;
  const auto known = load_public_keys(folder());
  ASSERT_TRUE(known) << known.error().text;
  EXPECT_EQ(*known, *created);
  const auto opened = open_keys(folder(), passphrase());
  ASSERT_TRUE(opened) << opened.error().text;
  EXPECT_EQ(opened->relay_id(), created->relay_id());
  EXPECT_EQ(opened->witness.public_key(), created->witness);
  EXPECT_EQ(opened->mirror.public_key(), created->mirror);
  EXPECT_NE(created->witness, created->mirror);
  EXPECT_NE(created->witness, created->identity);
}

// Three derivations would take a start three times as long.
TEST_F(Keys, ShareTheirSaltAndNothingElse) {
  create();
  const std::string a = content_of(file("identity")), b = content_of(file("witness")), c = content_of(file("mirror"));
  EXPECT_EQ(a.substr(16, 32), b.substr(16, 32));
  EXPECT_EQ(a.substr(16, 32), c.substr(16, 32));
  EXPECT_NE(a.substr(48, 24), b.substr(48, 24));
  EXPECT_NE(b.substr(48, 24), c.substr(48, 24));
  EXPECT_NE(a.substr(48, 24), c.substr(48, 24));
}

TEST_F(Keys, LieInTheirFilesSealed) {
  create();
  const auto opened = open_keys(folder(), passphrase());
  EXPECT_EQ(content_of(file("identity")).find(opened->identity.seed()), std::string::npos);
  EXPECT_EQ(content_of(file("identity")).substr(16, 16), Bytes("\0\0\0\0\0\0\0\x02\0\0\0\0\x04\0\0\0", 16));  // 2 passes, 64 MiB
}

TEST_F(Keys, AreReadableByTheirOwnerOnly) {
  create();
  for (const auto& role : kNames)
    EXPECT_EQ(fs::status(file(role)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(keys_folder(folder())).permissions(), fs::perms::owner_all);
  fs::permissions(file("witness"), fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(open_error().code, os::kFileNotPrivate);
  EXPECT_EQ(load_public_keys(folder()).error().code, os::kFileNotPrivate);
}

TEST_F(Keys, AreNeverOverwrittenNorPartlyDrawnAnew) {
  create();
  const std::string before = content_of(file("mirror"));
  EXPECT_EQ(create_keys(folder(), passphrase(), random_).error().code, kKeyFileExists);
  fs::remove(file("identity"));
  EXPECT_EQ(create_keys(folder(), passphrase(), random_).error().code, kKeyFileExists);
  EXPECT_FALSE(fs::exists(file("identity")));
  EXPECT_EQ(content_of(file("mirror")), before);
}

TEST_F(Keys, AMissingFileIsNamed) {
  create();
  fs::remove(file("mirror"));
  const auto error = open_error();
  EXPECT_EQ(error.code, os::kFileFailed);
  EXPECT_EQ(error.text, "cannot read " + file("mirror").string() +
                            ": No such file or directory: put your copy of it back, readable by the relay's user; without it nobody is this relay");
}

TEST_F(Keys, AWrongPassphraseIsToldWithItsFile) {
  create();
  const auto error = open_error("snow fell");
  EXPECT_EQ(error.code, keys::kPassphraseWrong);
  EXPECT_EQ(error.text, "the passphrase in /run/p is wrong for the keys in " + keys_folder(folder()).string() +
                            ": put the file back that belongs to them, or name it with --passphrase-file");
}

TEST_F(Keys, ADamagedFileIsToldFromAWrongPassphrase) {
  create();
  const std::string good = content_of(file("witness"));
  for (const std::size_t at : {40U, 60U, 80U, 120U, 155U}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    overwrite(file("witness"), bad);
    for (const auto* words : {"snow falls", "snow fell"}) {
      const auto error = open_error(words);
      EXPECT_EQ(error.code, keys::kKeyFileDamaged) << at;
      EXPECT_EQ(error.text, file("witness").string() + ": the key file is damaged (the passphrase is not the cause): bring it back from a copy");
    }
  }
  overwrite(file("witness"), good.substr(0, 100));
  EXPECT_EQ(open_error().code, keys::kKeyFileDamaged);
  overwrite(file("witness"), good);
  EXPECT_TRUE(opens("snow falls"));
}

// Also the open form that keys of relays had once.
TEST_F(Keys, WhatIsNoKeyFileIsTold) {
  create();
  for (const std::string& other : {std::string(), std::string("tamizdat-relay-key:v1 identity AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n")}) {
    overwrite(file("identity"), other);
    const auto error = open_error();
    EXPECT_EQ(error.code, keys::kKeyFileUnknown);
    EXPECT_EQ(error.text, file("identity").string() + ": this is not a Tamizdat key file: put your copy of the file back that `tamizdat-relay init` made; "
                                                      "if there is none, make a new relay with it, in another folder");
  }
}

TEST_F(Keys, AFileUnderAnotherRolesNameIsRefused) {
  create();
  fs::copy_file(file("witness"), file("mirror"), fs::copy_options::overwrite_existing);
  const auto error = open_error();
  EXPECT_EQ(error.code, keys::kKeyFileOfAnotherRole);
  EXPECT_EQ(error.text, file("mirror").string() +
                            ": this file holds a relay's witness key, and a relay's mirror key is needed: put each key back under its own name");
}

TEST_F(Keys, OneKeyInTwoRolesIsRefused) {
  create();
  const auto opened = open_keys(folder(), passphrase());
  overwrite(file("mirror"), *keys::seal_key(opened->witness, keys::KeyRole::kRelayMirror, "snow falls", kRelayKeyCost, Bytes(40, 's')));
  EXPECT_EQ(open_error().code, kKeyFileInvalid);
  EXPECT_EQ(load_public_keys(folder()).error().code, kKeyFileInvalid);
}

TEST_F(Keys, OpenWithAnotherPassphraseAfterAChange) {
  const auto created = create_keys(folder(), passphrase(), random_);
  EXPECT_EQ(change_passphrase(folder(), passphrase(), passphrase("snow fell"), random_), PassphraseChange::kDone);
  EXPECT_FALSE(opens("snow falls"));
  EXPECT_EQ(open_keys(folder(), passphrase("snow fell"))->relay_id(), created->relay_id());
  EXPECT_EQ(*load_public_keys(folder()), *created);
  for (const auto& role : kNames)
    EXPECT_EQ(fs::status(file(role)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Keys, AChangeThatWasDoneWritesNothing) {
  create();
  ASSERT_TRUE(change_passphrase(folder(), passphrase(), passphrase("snow fell"), random_));
  const std::string before = all();
  EXPECT_EQ(change_passphrase(folder(), passphrase(), passphrase("snow fell"), random_), PassphraseChange::kWasDone);
  EXPECT_EQ(all(), before);
}

TEST_F(Keys, AChangeFromAWrongPassphraseChangesNothing) {
  create();
  const std::string before = all();
  const auto changed = change_passphrase(folder(), passphrase("rain"), passphrase("snow fell"), random_);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, keys::kPassphraseWrong);
  EXPECT_TRUE(changed.error().text.starts_with(file("identity").string() + " opens neither with")) << changed.error().text;
  EXPECT_EQ(all(), before);
}

// The power went after one file or two.
TEST_F(Keys, AChangeThatWasCutShortIsFinishedByTheNext) {
  create();
  std::vector<std::string> old;
  for (const auto& role : kNames) old.push_back(content_of(file(role)));
  for (std::size_t written = 1; written < kNames.size(); ++written) {
    ASSERT_TRUE(change_passphrase(folder(), passphrase(), passphrase("snow fell"), random_));
    for (std::size_t i = written; i < kNames.size(); ++i) overwrite(file(kNames[i]), old[i]);
    for (const auto* words : {"snow falls", "snow fell"}) {
      const auto error = open_error(words);
      EXPECT_EQ(error.code, keys::kPassphraseWrong);
      EXPECT_NE(error.text.find("a change of the passphrase was cut short, so run `tamizdat-relay passphrase` again"), std::string::npos) << error.text;
    }
    EXPECT_EQ(change_passphrase(folder(), passphrase(), passphrase("snow fell"), random_), PassphraseChange::kDone);
    EXPECT_TRUE(opens("snow fell"));
    EXPECT_EQ(content_of(file("identity")).substr(32, 16), content_of(file("mirror")).substr(32, 16));
    for (std::size_t i = 0; i < kNames.size(); ++i) overwrite(file(kNames[i]), old[i]);
  }
}

TEST_F(Keys, AFolderThatCannotBeMadeIsAnError) {
  overwrite(folder() / "keys", "in the way");
  EXPECT_EQ(create_keys(folder(), passphrase(), random_).error().code, os::kFileFailed);
}

}  // namespace
}  // namespace tamizdat::daemon
