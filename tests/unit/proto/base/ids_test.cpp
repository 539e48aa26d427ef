#include "proto/base/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <unordered_set>

#include "proto/base/sealing_key_id.h"

namespace tamizdat {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Hash32 counting() {
  Hash32 hash;
  for (std::size_t i = 0; i < 32; ++i) hash.octets[i] = static_cast<std::uint8_t>(i);
  return hash;
}

template <typename IdType>
class EveryId : public ::testing::Test {};
using IdTypes = ::testing::Types<ProjectId, LogId, EntryId, DeskId, RelayId, RootKeyId, SealingKeyId>;
TYPED_TEST_SUITE(EveryId, IdTypes);

TYPED_TEST(EveryId, PrintsAndParsesAsItself) {
  const TypeParam id(counting());
  const auto parsed = TypeParam::parse(id.text());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, id);
  EXPECT_EQ(parsed->view(), id.value.view());
}

TYPED_TEST(EveryId, NamesItselfWhenItStandsInAWrongPlace) {
  const std::string text = TypeParam(counting()).text();
  const std::string kind(kind_of_id_prefix(text.substr(0, text.rfind('1'))));
  EXPECT_NE(kind, "unknown kind");
  const auto parsed = parse_id("tzother", text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, kIdOfAnotherKind);
  EXPECT_THAT(parsed.error().text, HasSubstr("'" + kind + "'"));
}

TEST(Ids, HaveAPrefixForEachKind) {
  const std::set<std::string_view> prefixes{ProjectKind::kPrefix, LogKind::kPrefix,     EntryKindTag::kPrefix,
                                            DeskKind::kPrefix,    RelayKind::kPrefix,   RootKeyKind::kPrefix,
                                            BlobId::kPrefix,       SealingKeyKind::kPrefix};
  EXPECT_EQ(prefixes.size(), 8U);
}

TEST(BlobIds, AreARootAndASize) {
  const BlobId id{counting(), 0x0102030405};
  EXPECT_EQ(BlobId::parse(id.text()).value(), id);
  EXPECT_EQ(to_hex(id.octets()), to_hex(counting().view()) + "0000000102030405");
  EXPECT_LE(id.text().size(), 90U);
  EXPECT_EQ(BlobId::parse(BlobId{counting(), 0}.text()).error().code, kIdInvalid);
  EXPECT_EQ(BlobId::parse(encode_bech32m("tzblob", counting().view())).error().code, kIdInvalid);
  EXPECT_EQ(BlobId::parse(DeskId(counting()).text()).error().code, kIdOfAnotherKind);
}

// The text forms are permanent.
TEST(Ids, KeepTheirTextForm) {
  EXPECT_EQ(ProjectId(counting()).text(), "tzproject1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sypewrx");
  EXPECT_EQ(DeskId(counting()).text(), "tzdesk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sarpg7t");
  EXPECT_THAT(RelayId(counting()).text(), StartsWith("tzrelay1"));
}

TEST(Ids, TellATypingErrorFromAnIdOfAnotherKind) {
  const std::string desk = DeskId(counting()).text();
  const auto wrong_kind = ProjectId::parse(desk);
  ASSERT_FALSE(wrong_kind);
  EXPECT_EQ(wrong_kind.error().code, kIdOfAnotherKind);
  EXPECT_THAT(wrong_kind.error().text, HasSubstr("kind 'desk'"));
  std::string mistyped = desk;
  mistyped[20] = mistyped[20] == 'q' ? 'p' : 'q';
  const auto typo = DeskId::parse(mistyped);
  ASSERT_FALSE(typo);
  EXPECT_EQ(typo.error().code, kIdInvalid);
  EXPECT_THAT(typo.error().text, HasSubstr("typing error"));
}

TEST(Ids, RefuseAnyOtherLengthThan32Octets) {
  for (const std::size_t size : {0U, 31U, 33U}) {
    const auto parsed = ProjectId::parse(encode_bech32m(ProjectKind::kPrefix, Bytes(size, 'x')));
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, kIdInvalid);
  }
}

TEST(Ids, OrderAndHashByTheirOctets) {
  Hash32 low = counting();
  Hash32 high = counting();
  high.octets[31] = 255;
  EXPECT_LT(LogId(low), LogId(high));
  EXPECT_EQ((std::unordered_set<LogId>{LogId(low), LogId(high), LogId(low)}.size()), 2U);
}

TEST(Hash32, TakesExactly32Octets) {
  EXPECT_FALSE(Hash32::from(Bytes(31, 'a')));
  EXPECT_FALSE(Hash32::from(Bytes(33, 'a')));
  EXPECT_FALSE(Hash32::from(""));
  EXPECT_EQ(Hash32::from(Bytes(32, 'a'))->view(), Bytes(32, 'a'));
}

}  // namespace
}  // namespace tamizdat
