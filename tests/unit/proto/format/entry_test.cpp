#include "proto/format/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamizdat::format {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BlobId blob(std::uint8_t octet, std::uint64_t size) {
  BlobId id;
  id.root.octets.fill(octet);
  id.size = size;
  return id;
}

Body with_pictures() {
  Body body;
  body.salt = Bytes(kSaltBytes, 's');
  Attachment first, second;
  first.blob = blob(2, 900);
  first.renditions = {{blob(1, 100), "image/jpeg", 640, 360}, {blob(3, 400), "image/webp", 1280, 720}};
  second.blob = blob(1, 100);
  body.attachments = {first, second};
  return body;
}

TEST(Body, KeepsTheRenditionsOfItsAttachments) {
  const auto body = parse_body(serialise_body(with_pictures())).value();
  ASSERT_EQ(body.attachments.size(), 2U);
  ASSERT_EQ(body.attachments[0].renditions.size(), 2U);
  const auto& rendition = body.attachments[0].renditions[1];
  EXPECT_EQ(rendition.blob, blob(3, 400));
  EXPECT_EQ(rendition.media_type, "image/webp");
  EXPECT_EQ(rendition.width, 1280U);
  EXPECT_EQ(rendition.height, 720U);
}

TEST(BlobsNamedBy, GivesEachOnce) {
  EXPECT_THAT(blobs_named_by(serialise_body(with_pictures())), ElementsAre(blob(1, 100), blob(2, 900), blob(3, 400)));
}

TEST(BlobsNamedBy, GivesNothingWhereThereIsNothingOrNoBody) {
  auto body = with_pictures();
  const auto whole = serialise_body(body);
  EXPECT_THAT(blobs_named_by(whole.substr(0, whole.size() - 1)), IsEmpty());
  EXPECT_THAT(blobs_named_by("no body"), IsEmpty());
  body.attachments.clear();
  EXPECT_THAT(blobs_named_by(serialise_body(body)), IsEmpty());
}

}  // namespace
}  // namespace tamizdat::format
