#include "proto/base/edit_distance.h"

#include <gtest/gtest.h>

namespace tamizdat {
namespace {

TEST(EditDistance, CountsWhatIsChangedAddedAndLeftOut) {
  EXPECT_EQ(edit_distance("relay", "relay"), 0u);
  EXPECT_EQ(edit_distance("publsh", "publish"), 1u);
  EXPECT_EQ(edit_distance("publish", "publsh"), 1u);
  EXPECT_EQ(edit_distance("relax", "relay"), 1u);
  EXPECT_EQ(edit_distance("", "desk"), 4u);
  EXPECT_EQ(edit_distance("desk", ""), 4u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

}  // namespace
}  // namespace tamizdat
