#include "client-lib/fetch/pages.h"

#include <gtest/gtest.h>

namespace tamizdat::fetch {
namespace {

TEST(Slug, SpellsRussianInLatin) {
  EXPECT_EQ(slug_of("Щука & ёж: что дальше?"), "shchuka-yezh-chto-dalshe");
  EXPECT_EQ(slug_of("Объявление"), "obyavleniye");
}

TEST(Slug, IsNeverEmptyNorAPath) {
  EXPECT_EQ(slug_of(""), "article");
  EXPECT_EQ(slug_of("???"), "article");
  EXPECT_EQ(slug_of("../../etc/passwd"), "etc-passwd");
  EXPECT_LE(slug_of(std::string(500, 'a') + " " + std::string(500, 'b')).size(), 60U);
}

TEST(Filter, TakesATagAndWhatLiesWithinIt) {
  format::Body body;
  body.language = "ru-RU";
  body.regions = {"RU-SVE", "KZ-75"};
  EXPECT_TRUE((Filter{}.matches(body)));
  EXPECT_TRUE((Filter{{"RU"}, {"ru"}}.matches(body)));
  EXPECT_TRUE((Filter{{"DE-BE", "KZ-75"}, {}}.matches(body)));
  EXPECT_FALSE((Filter{{"RU-SV"}, {}}.matches(body)));
  EXPECT_FALSE((Filter{{}, {"r"}}.matches(body)));
  EXPECT_FALSE((Filter{{"RU-SVE"}, {"en"}}.matches(body)));
}

}  // namespace
}  // namespace tamizdat::fetch
