#include "client-lib/keys/desk_box.h"

#include <gtest/gtest.h>

#include "client-lib/keys/key_files.h"

namespace tamizdat::keys {
namespace {

const Bytes kSecret(32, 's');

TEST(DeskBox, OpensForItsDeskAndItsNameOnly) {
  auto& random = edges::system_random();
  const auto desk = generate_key(random), other = generate_key(random);
  const Bytes sealed = seal_for_desk(desk, kSecret, "name", random);
  EXPECT_EQ(sealed.find(kSecret), Bytes::npos);
  EXPECT_EQ(open_for_desk(desk, sealed, "name")->view(), kSecret);
  EXPECT_EQ(open_for_desk(other, sealed, "name").error().code, kDeskBoxWrong);
  EXPECT_EQ(open_for_desk(desk, sealed, "another name").error().code, kDeskBoxWrong);
}

TEST(DeskBox, RefusesWhatWasAltered) {
  auto& random = edges::system_random();
  const auto desk = generate_key(random);
  const Bytes sealed = seal_for_desk(desk, kSecret, "name", random);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(open_for_desk(desk, altered, "name")) << i;
    EXPECT_FALSE(open_for_desk(desk, sealed.substr(0, i), "name")) << i;
  }
}

}  // namespace
}  // namespace tamizdat::keys
