#include "proto/keys/passphrase_line.h"

#include <gtest/gtest.h>

namespace tamizdat::keys {
namespace {

TEST(PassphraseLine, IsTheFirstLineWithoutItsEnd) {
  for (const BytesView octets : {"snow falls", "snow falls\n", "snow falls\r\n", "snow falls\nsecond line\n"})
    EXPECT_EQ(passphrase_line(octets, "here")->view(), "snow falls");
  EXPECT_EQ(passphrase_line(" snow\tfalls \n", "here")->view(), " snow\tfalls ");
}

TEST(PassphraseLine, IsNeverEmpty) {
  for (const BytesView octets : {"", "\n", "\r\n", "\nsnow falls\n"}) {
    const auto line = passphrase_line(octets, "here");
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, kPassphraseEmpty);
    EXPECT_EQ(line.error().text, "the passphrase in here is empty");
  }
}

TEST(PassphraseLine, HasAtMost1024Octets) {
  EXPECT_EQ(passphrase_line(Bytes(kPassphraseBytesMax, 'x') + "\n", "here")->view().size(), kPassphraseBytesMax);
  const auto line = passphrase_line(Bytes(kPassphraseBytesMax + 1, 'x'), "here");
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, kPassphraseTooLong);
  EXPECT_EQ(line.error().text, "the passphrase in here is longer than 1024 octets");
}

}  // namespace
}  // namespace tamizdat::keys
