#include "proto/format/keys.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <utility>

#include "proto/format/hash.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/odd_signatures.h"

namespace tamizdat::format {
namespace {

Bytes octets_of(std::string_view hex) { return from_hex(hex).value(); }
Hash32 key_of(std::string_view hex) { return Hash32::from(octets_of(hex)).value(); }

struct Rfc8032Vector {
  std::string_view seed, public_key, message, signature;
};
// RFC 8032 section 7.1, TEST 1 to 3.
constexpr std::array<Rfc8032Vector, 3> kRfc8032{
    {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655"
      "141438e7a100b"},
     {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00"
      "d291612bb0c00"},
     {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc02"
      "7beceea1ec40a"}}};

TEST(SigningKey, FollowsTheVectorsOfRfc8032) {
  for (const auto& vector : kRfc8032) {
    const auto key = SigningKey::from_seed(octets_of(vector.seed));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->public_key(), key_of(vector.public_key));
    EXPECT_EQ(key->seed(), octets_of(vector.seed));
    EXPECT_EQ(key->sign_raw(octets_of(vector.message)), octets_of(vector.signature));
    EXPECT_TRUE(verify_raw(key->public_key(), octets_of(vector.message), octets_of(vector.signature)));
  }
}

TEST(SigningKey, RefusesASeedOfAnotherLength) {
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    const auto key = SigningKey::from_seed(Bytes(size, 'x'));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, kKeyInvalid);
  }
}

TEST(SigningKey, SignsTheSameAfterAMove) {
  SigningKey first = key_named("desk");
  const Bytes signature = first.sign_raw("text");
  SigningKey second(std::move(first));
  EXPECT_EQ(second.sign_raw("text"), signature);
  SigningKey third = key_named("root-1");
  third = std::move(second);
  EXPECT_EQ(third.sign_raw("text"), signature);
  EXPECT_EQ(third.public_key(), public_key_named("desk"));
}

TEST(SigningKey, SignsInADomainWhatVerifiesInThatDomainOnly) {
  const SigningKey key = key_named("desk");
  const Bytes signature = key.sign_in_domain("receipt", "text");
  EXPECT_TRUE(verify_in_domain(key.public_key(), "receipt", "text", signature));
  EXPECT_FALSE(verify_in_domain(key.public_key(), "charter-signature", "text", signature));
  EXPECT_FALSE(verify_raw(key.public_key(), "text", signature));
  EXPECT_TRUE(verify_raw(key.public_key(), Bytes("tamizdat/v1/receipt\0text", 24), signature));
}

TEST(VerifyRaw, RefusesEveryOtherBitAndLength) {
  const SigningKey key = key_named("desk");
  const Bytes signature = key.sign_raw("text");
  ASSERT_TRUE(verify_raw(key.public_key(), "text", signature));
  EXPECT_FALSE(verify_raw(key.public_key(), "texT", signature));
  EXPECT_FALSE(verify_raw(public_key_named("root-1"), "text", signature));
  EXPECT_FALSE(verify_raw(key.public_key(), "text", signature.substr(0, 63)));
  EXPECT_FALSE(verify_raw(key.public_key(), "text", signature + 'x'));
  EXPECT_FALSE(verify_raw(key.public_key(), "text", ""));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Bytes bad = signature;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(verify_raw(key.public_key(), "text", bad)) << "bit " << bit;
  }
}

TEST(VerifyRaw, RefusesSmallOrderKeysAndR) {
  // With A and R of small order and S = 0 the equation holds for every message or for one in eight.
  for (const auto key : kSmallOrderPoints)
    for (const auto r : kSmallOrderPoints)
      for (char c = 'a'; c <= 'p'; ++c)
        EXPECT_FALSE(verify_raw(key_of(key), Bytes(1, c), octets_of(r) + Bytes(32, '\0'))) << key << " " << r;
}

TEST(VerifyRaw, RefusesAnSThatIsNotReduced) {
  const SigningKey key = key_named("desk");
  const Bytes good = key.sign_raw("text");
  EXPECT_FALSE(verify_raw(key.public_key(), "text", with_s_plus_order(good)));
}

TEST(VerifyRaw, TakesTheEquationWithoutTheCofactor) {
  const Bytes odd = signature_with_mixed_order_r("desk", "text");
  EXPECT_TRUE(holds_with_cofactor_only("desk", "text", odd));
  EXPECT_FALSE(verify_raw(public_key_named("desk"), "text", odd));
}

TEST(PublicKey, IsAPointOfThePrimeOrderSubgroupInItsOneForm) {
  EXPECT_TRUE(is_public_key(public_key_named("desk")));
  EXPECT_FALSE(is_public_key(mixed_order_key("desk")));
  EXPECT_FALSE(is_public_key(Hash32{}));
  for (const auto key : kSmallOrderPoints) EXPECT_FALSE(is_public_key(key_of(key))) << key;
  // y = 2 is no point of the curve; y = p + 3 is a second encoding of 3, which is one.
  EXPECT_FALSE(is_public_key(key_of("0200000000000000000000000000000000000000000000000000000000000000")));
  EXPECT_FALSE(is_public_key(key_of("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
}

}  // namespace
}  // namespace tamizdat::format
