#include "proto/format/hash.h"

#include <gtest/gtest.h>

#include <utility>

namespace tamizdat::format {
namespace {

// FIPS 180-4, the examples of NIST.
TEST(Sha256, FollowsThePublishedVectors) {
  EXPECT_EQ(to_hex(sha256({}).view()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256({"abc"}).view()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({Bytes(1000000, 'a')}).view()),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, HashesPartsAsTheirConcatenation) { EXPECT_EQ(sha256({"a", "", "bc"}), sha256({"abc"})); }

TEST(Sha256, StartsAnewAfterFinish) {
  Sha256 hasher;
  hasher.add("something else").finish();
  EXPECT_EQ(hasher.add("abc").finish(), sha256({"abc"}));
}

TEST(Sha256, KeepsItsStateWhenMoved) {
  Sha256 first;
  first.add("ab");
  Sha256 second(std::move(first));
  EXPECT_EQ(second.add("c").finish(), sha256({"abc"}));
  Sha256 third;
  third = std::move(second);
  EXPECT_EQ(third.add("abc").finish(), sha256({"abc"}));
}

TEST(DomainHash, BeginsWithVersionNameAndZero) {
  EXPECT_EQ(domain_prefix("body"), Bytes("tamizdat/v1/body\0", 17));
  EXPECT_EQ(domain_hash("body", {"ab", "c"}), sha256({BytesView("tamizdat/v1/body\0abc", 20)}));
}

}  // namespace
}  // namespace tamizdat::format
