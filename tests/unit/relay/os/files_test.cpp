#include "relay/os/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <span>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace tamizdat::os {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat facts {};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0);
  return facts.st_mode & 0777U;
}

TEST(Files, ReadsWhatWasWritten) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "state";
  const Bytes bytes(100'000, '\0');
  ASSERT_TRUE(write_file(path, bytes, FileMode::kPublic));
  EXPECT_EQ(read_file(path, bytes.size()), bytes);
}

TEST(Files, AWriteReplacesTheFileAndLeavesNothingElse) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "state";
  ASSERT_TRUE(write_file(path, "a longer old text", FileMode::kPublic));
  ASSERT_TRUE(write_file(path, "new", FileMode::kPublic));
  EXPECT_EQ(read_file(path, 100), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Files, RestsOfACrashDoNotStandInTheWay) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder.path() / ".state.unfinished") << "half a fi";
  ASSERT_TRUE(write_file(folder.path() / "state", "new", FileMode::kPublic));
  EXPECT_EQ(read_file(folder.path() / "state", 100), "new");
}

TEST(Files, WhatPeopleCallNewIsTheirs) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "passphrase", theirs = folder.path() / "passphrase.new";
  std::ofstream(theirs) << "the only one";
  ASSERT_TRUE(write_file(path, "another", FileMode::kPrivate));
  EXPECT_EQ(read_file(theirs, 100), "the only one");
}

TEST(Files, ASecretThatIsReplacedIsOverwrittenUnlessSomebodyKeepsItUnderAnotherName) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "key", copy = folder.path() / "copy";
  ASSERT_TRUE(write_file(path, "old secret", FileMode::kPrivate));
  const int old = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_TRUE(write_file(path, "new secret", FileMode::kPrivate));
  std::string left(20, '?');
  EXPECT_EQ(::read(old, left.data(), left.size()), 10);
  ::close(old);
  EXPECT_EQ(left.substr(0, 10), std::string(10, '\0'));
  std::filesystem::create_hard_link(path, copy);
  ASSERT_TRUE(write_file(path, "newest secret", FileMode::kPrivate));
  EXPECT_EQ(read_file(copy, 100), "new secret");
}

TEST(Files, AReplacedFileStaysItsOwners) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can own a file for somebody else";
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "key";
  ASSERT_TRUE(write_file(path, "old", FileMode::kPrivate));
  ASSERT_EQ(::chown(path.c_str(), 1234, 5678), 0);
  ASSERT_TRUE(write_file(path, "new", FileMode::kPrivate));
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 1234U);
  EXPECT_EQ(facts.st_gid, 5678U);
}

TEST(Files, APrivateFileIsForItsOwnerAlone) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "key";
  ASSERT_TRUE(write_file(path, "old", FileMode::kPublic));
  ASSERT_TRUE(write_file(path, "secret", FileMode::kPrivate));
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(read_private_file(path, 100), "secret");
}

TEST(Files, ASecretThatOthersCanReadIsRefused) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "key";
  ASSERT_TRUE(write_file(path, "secret", FileMode::kPrivate));
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const auto read = read_private_file(path, 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, kFileNotPrivate);
}

TEST(Files, ASecretIsReadIntoTheCallersMemoryAsFarAsThatGoes) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "passphrase";
  ASSERT_TRUE(write_file(path, "secret", FileMode::kPrivate));
  std::array<std::uint8_t, 8> octets{};
  EXPECT_EQ(read_private_file(path, octets), 6U);
  EXPECT_EQ(view(octets), BytesView("secret\0\0", 8));
  EXPECT_EQ(read_private_file(path, std::span(octets).first(3)), 3U);
  ASSERT_EQ(::chmod(path.c_str(), 0604), 0);
  EXPECT_EQ(read_private_file(path, octets).error().code, kFileNotPrivate);
  EXPECT_EQ(read_private_file(folder.path() / "nothing", octets).error().code, kFileFailed);
}

// systemd 254 and later: an access control list, whose mask is what stat(2) shows as the group's rights.
TEST(Files, ACredentialOfSystemdMayShowAGroupThatReads) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "passphrase";
  ASSERT_TRUE(write_file(path, "secret", FileMode::kPrivate));
  ASSERT_EQ(::chmod(path.c_str(), 0440), 0);
  EXPECT_EQ(read_private_file(path, 100).error().code, kFileNotPrivate);
  ASSERT_EQ(::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1), 0);
  EXPECT_EQ(read_private_file(path, 100), "secret");
  for (const mode_t mode : {0460U, 0444U, 0441U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_EQ(read_private_file(path, 100).error().code, kFileNotPrivate) << mode;
  }
  ASSERT_EQ(::unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

TEST(Files, AFileOverTheLimitIsRefused) {
  const tests::TemporaryFolder folder;
  const auto path = folder.path() / "state";
  ASSERT_TRUE(write_file(path, "12345", FileMode::kPublic));
  EXPECT_TRUE(read_file(path, 5));
  const auto read = read_file(path, 4);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, kFileTooLarge);
}

TEST(Files, WhatIsMissingIsNamed) {
  const tests::TemporaryFolder folder;
  const auto read = read_file(folder.path() / "nothing", 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, kFileFailed);
  EXPECT_NE(read.error().text.find("nothing"), std::string::npos);
  const auto written = write_file(folder.path() / "no-folder" / "x", "x", FileMode::kPublic);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, kFileFailed);
}

}  // namespace
}  // namespace tamizdat::os
