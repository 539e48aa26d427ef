#include "proto/format/cosignature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/format/receipt.h"
#include "tests/vectors/newsroom.h"

namespace tamizdat::format {
namespace {

using ::testing::StartsWith;

const Timestamp kTime = timestamp_from_unix(1679315147);

class CosignatureTest : public testing::Test {
 protected:
  static DeskLog three_entries() {
    DeskLog log(project_of(plain_charter()));
    log.fill(3);
    return log;
  }

  DeskLog log_ = three_entries();
  RelayId relay_{public_key_named("relay")};
  SigningKey key_ = key_named("witness");
  Bytes head_ = log_.head(3);
  Bytes cosigned_ = cosign(head_, relay_, key_, kTime);
};

TEST_F(CosignatureTest, IsTheHeadOctetForOctetAndOneLine) {
  EXPECT_THAT(cosigned_, StartsWith(head_ + "— tamizdat/" + relay_.text() + " "));
  EXPECT_EQ(std::ranges::count(cosigned_, '\n'), 6);
}

TEST_F(CosignatureTest, SignsTheTextOfC2sp) {
  const auto cosigned = parse_cosigned_head(cosigned_);
  ASSERT_TRUE(cosigned);
  EXPECT_EQ(cosigned->signed_text(), "cosignature/v1\ntime 1679315147\n" + parse_checkpoint(head_)->text());
  EXPECT_TRUE(verify_raw(key_.public_key(), cosigned->signed_text(), cosigned->signature));
  EXPECT_TRUE(check_cosignature(*cosigned, key_.public_key()));
  EXPECT_EQ(cosigned->checkpoint_bytes, head_);
  EXPECT_EQ(cosigned->relay, relay_);
  EXPECT_EQ(cosigned->time, kTime);
}

TEST_F(CosignatureTest, NamesItsKeyWithTheTypeOfCosignatures) {
  EXPECT_NE(cosignature_key_id("witness.example.com/w1", key_.public_key()),
            note_key_id("witness.example.com/w1", key_.public_key()));
}

TEST_F(CosignatureTest, OfTheMirrorKeyIsNotOneOfTheWitnessKey) {
  const auto cosigned = parse_cosigned_head(cosign(head_, relay_, key_named("mirror"), kTime));
  ASSERT_TRUE(cosigned);
  EXPECT_EQ(check_cosignature(*cosigned, key_.public_key()).error().code, kCosignatureKeyId);
}

TEST(Receipt, CoversWhatIsErasedAndNotWhatIsMissing) {
  const Receipt receipt{LogId(), 10, Hash32(), kTime, 2, 9, {{3, 4, Absence::kErased}, {6, 7, Absence::kNotHeld}}};
  const std::vector<std::uint64_t> retracted{1, 3, 6};
  EXPECT_TRUE(receipt.covers(2, 6, retracted));
  EXPECT_FALSE(receipt.covers(2, 6)) << "erased, and nobody retracted it";
  EXPECT_FALSE(receipt.covers(2, 6, std::vector<std::uint64_t>{2, 4}));
  EXPECT_TRUE(receipt.covers(7, 9));
  EXPECT_FALSE(receipt.covers(2, 7, retracted)) << "retracted, and yet not erased but missing";
  EXPECT_FALSE(receipt.covers(1, 3));
  EXPECT_FALSE(receipt.covers(7, 10));
}

}  // namespace
}  // namespace tamizdat::format
