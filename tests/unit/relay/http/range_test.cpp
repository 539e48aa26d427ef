#include "relay/http/range.h"

#include <gtest/gtest.h>

namespace tamizdat::http {
namespace {

TEST(Range, AsksForWhatItSays) {
  struct Row {
    const char* field;
    std::optional<OctetRange> range;
  };
  const Row rows[] = {
      {"bytes=0-0", OctetRange{0, 1}},
      {"bytes=0-99", OctetRange{0, 100}},
      {"bytes=0-100", OctetRange{0, 100}},
      {"bytes=7-", OctetRange{7, 93}},
      {"bytes=-7", OctetRange{93, 7}},
      {"bytes=-700", OctetRange{0, 100}},
      {"bytes=-0", OctetRange{100, 0}},
      {"bytes=100-", OctetRange{}},
      {"bytes=100-200", OctetRange{}},
      {"bytes=0-18446744073709551615", OctetRange{0, 100}},
      {"bytes=0-18446744073709551616", std::nullopt},
      {"bytes=5-4", std::nullopt},
      {"bytes=-", std::nullopt},
      {"bytes=", std::nullopt},
      {"bytes=a-b", std::nullopt},
      {"bytes=1-2,4-5", std::nullopt},
      {"bytes= 1-2", std::nullopt},
      {"lines=1-2", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [field, range] : rows) EXPECT_EQ(parse_range(field, 100), range) << field;
}

}  // namespace
}  // namespace tamizdat::http
