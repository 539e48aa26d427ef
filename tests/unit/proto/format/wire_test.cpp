#include "proto/format/wire.h"

#include <gtest/gtest.h>

namespace tamizdat::format {
namespace {

bool well_formed(std::string_view hex) {
  const Bytes message = from_hex(hex).value();
  WireReader reader(message);
  while (reader.next()) continue;
  return !reader.failed();
}

TEST(Wire, TakesTheFourWireTypes) {
  EXPECT_TRUE(well_formed(""));
  EXPECT_TRUE(well_formed("0801"));                // varint
  EXPECT_TRUE(well_formed("090102030405060708"));  // 64 bits
  EXPECT_TRUE(well_formed("0a03616263"));          // octets
  EXPECT_TRUE(well_formed("0d01020304"));          // 32 bits
  EXPECT_TRUE(well_formed("0801080209010203040506070"
                          "80a00"));  // several, one twice
}

TEST(Wire, TakesNonMinimalVarintsAndTheLargestOnes) {
  EXPECT_TRUE(well_formed("888080800001"));            // tag of five octets
  EXPECT_TRUE(well_formed("0881808080808080808000"));  // 1 in ten octets
  EXPECT_TRUE(well_formed("08ffffffffffffffffff01"));  // 2^64 - 1
  EXPECT_TRUE(well_formed("0a838080800061"
                          "6263"));     // length of five octets
  EXPECT_TRUE(well_formed("f8ffffff0f01"));  // the largest field number
}

TEST(Wire, RefusesGroupsAndUnusedTypes) {
  EXPECT_FALSE(well_formed("0b0c"));  // a group
  EXPECT_FALSE(well_formed("0c"));
  EXPECT_FALSE(well_formed("0e01"));
  EXPECT_FALSE(well_formed("0f01"));
}

TEST(Wire, RefusesFieldNumberZero) {
  EXPECT_FALSE(well_formed("0001"));
  EXPECT_FALSE(well_formed("0200"));
  EXPECT_FALSE(well_formed("00"));
}

TEST(Wire, RefusesOverlongVarints) {
  EXPECT_FALSE(well_formed("88808080800001"));            // tag of six octets
  EXPECT_FALSE(well_formed("888080801001"));              // tag above 32 bits
  EXPECT_FALSE(well_formed("088180808080808080808000"));  // value of eleven octets
  EXPECT_FALSE(well_formed("08ffffffffffffffffff02"));    // value above 64 bits
  EXPECT_FALSE(well_formed("0a80808080800000"));          // length of six octets
}

TEST(Wire, RefusesWhatIsCut) {
  EXPECT_FALSE(well_formed("08"));
  EXPECT_FALSE(well_formed("0880"));
  EXPECT_FALSE(well_formed("80"));
  EXPECT_FALSE(well_formed("0901020304050607"));
  EXPECT_FALSE(well_formed("0d010203"));
  EXPECT_FALSE(well_formed("0a0361"));
  EXPECT_FALSE(well_formed("0a"));
  EXPECT_FALSE(well_formed("0affffffff0f61"));
}

TEST(Wire, ReadsFieldsInTheirOrder) {
  const Bytes message = from_hex("08050a026869120161").value();
  WireReader reader(message);
  auto field = reader.next();
  ASSERT_TRUE(field);
  EXPECT_EQ(field->number, 1U);
  EXPECT_EQ(field->type, WireType::kVarint);
  field = reader.next();
  ASSERT_TRUE(field);
  EXPECT_EQ(field->bytes, "hi");
  field = reader.next();
  ASSERT_TRUE(field);
  EXPECT_EQ(field->number, 2U);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.failed());
}

TEST(Wire, GivesNothingMoreAfterAFault) {
  const Bytes message = from_hex("0c0801").value();
  WireReader reader(message);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.failed());
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace tamizdat::format
