#include "client-lib/keys/signed_charters.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/project_builder.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::keys {
namespace {

using tests::octets_from;

class SignedChartersTest : public testing::Test {
 protected:
  static CharterName charter(std::uint64_t version, std::uint64_t content, std::uint64_t project = 1) {
    return {ProjectId(octets_from("project", project)), version, octets_from("charter", content)};
  }
  Result<void> note(const CharterName& name, OtherOfVersion other = OtherOfVersion::kRefuse) const {
    return SignedCharters(folder_.path() / "root-1.key").note(name, other);
  }
  std::string record() const {
    std::ifstream file(folder_.path() / "root-1.key.signed", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  tests::TemporaryFolder folder_;
};

TEST_F(SignedChartersTest, RefusesAnotherOfTheVersionAndEarlierOnes) {
  EXPECT_TRUE(note(charter(2, 1)));
  EXPECT_TRUE(note(charter(2, 1)));
  EXPECT_EQ(note(charter(2, 2)).error().code, kSignedAnotherCharter);
  EXPECT_TRUE(note(charter(3, 3)));
  EXPECT_EQ(note(charter(2, 1)).error().code, kSignedAnotherCharter);
  EXPECT_TRUE(note(charter(2, 2, 2)));  // of another project
  EXPECT_EQ(note(charter(3, 4)).error().code, kSignedAnotherCharter);
}

TEST_F(SignedChartersTest, OnPurposeItGoesOnAndTheHighestStays) {
  EXPECT_TRUE(note(charter(4, 1)));
  EXPECT_TRUE(note(charter(3, 2), OtherOfVersion::kSign));
  EXPECT_EQ(note(charter(4, 3)).error().code, kSignedAnotherCharter);
  EXPECT_TRUE(note(charter(4, 3), OtherOfVersion::kSign));
  EXPECT_EQ(note(charter(4, 1)).error().code, kSignedAnotherCharter);
}

TEST_F(SignedChartersTest, ADamagedRecordIsToldAndKept) {
  EXPECT_TRUE(note(charter(2, 1)));
  const std::string whole = record();
  for (const std::string& text : {whole.substr(0, whole.size() - 1), whole + whole, "x" + whole, whole + "\n", std::string("2\n")}) {
    std::ofstream(folder_.path() / "root-1.key.signed", std::ios::binary | std::ios::trunc) << text;
    EXPECT_EQ(note(charter(3, 1)).error().code, kSignedRecordDamaged) << text;
    EXPECT_EQ(record(), text);
  }
}

}  // namespace
}  // namespace tamizdat::keys
