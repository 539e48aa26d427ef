#include "proto/html/url.h"

#include <gtest/gtest.h>

namespace tamizdat::html {
namespace {

TEST(SafeUrl, ResolvesTheExamplesOfRfc3986) {
  constexpr std::string_view kBase = "http://a/b/c/d;p?q";
  const std::pair<std::string_view, std::string_view> examples[] = {
      {"g", "http://a/b/c/g"},       {"./g", "http://a/b/c/g"},         {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},          {"//g", "http://g"},               {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},   {"#s", "http://a/b/c/d;p?q#s"},    {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"}, {";x", "http://a/b/c/;x"},       {"g;x?y#s", "http://a/b/c/g;x?y#s"},
      {".", "http://a/b/c/"},        {"./", "http://a/b/c/"},           {"..", "http://a/b/"},
      {"../", "http://a/b/"},        {"../g", "http://a/b/g"},          {"../..", "http://a/"},
      {"../../g", "http://a/g"},     {"../../../g", "http://a/g"},      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},       {"g.", "http://a/b/c/g."},         {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},    {"g/./h", "http://a/b/c/g/h"},     {"g/../h", "http://a/b/c/h"},
      {"g?y/../x", "http://a/b/c/g?y/../x"}};
  for (const auto& [reference, target] : examples) EXPECT_EQ(safe_url(reference, kBase), std::string(target)) << reference;
}

TEST(SafeUrl, LowersTheSchemeAndEncodesWhatNoUrlMayHold) {
  EXPECT_EQ(safe_url(" HTTPS://A.example/b c|d ", ""), "https://A.example/b%20c%7Cd");
  EXPECT_EQ(safe_url("https://пример.рф/статья?а=б", ""), "https://пример.рф/статья?а=б");
  EXPECT_EQ(safe_url("mailto:a@b.example", ""), "mailto:a@b.example");
  EXPECT_EQ(safe_url("tel:+79990000000", ""), "tel:+79990000000");
}

TEST(SafeUrl, RefusesWhatIsNoSafeLink) {
  for (const std::string_view url : {"javascript:x", "data:,x", "java\tscript:x", "https://h/a\tb", "https://h/a\nb", "http:/x", "http://", "http://:80/",
                                     "http://u@h/", "http://h%2Fx/", "ht tp://h/", "1a:b", ":x", "mailto:", "ftp://h/"})
    EXPECT_EQ(safe_url(url, "https://base.example/"), std::nullopt) << url;
  EXPECT_EQ(safe_url("https://h/" + std::string(5000, 'a'), ""), std::nullopt);
  EXPECT_EQ(safe_url("x", "mailto:a@b.example"), std::nullopt);
  EXPECT_EQ(safe_url("x", ""), std::nullopt);
}

TEST(SafeUrl, LeavesItsOwnResultsAlone) {
  for (const std::string_view url : {"a b", "//h/../x", "?", "#", "../%41/é", "a\\b", "[x]"}) {
    const auto once = safe_url(url, "https://base.example/d/e?f");
    ASSERT_TRUE(once) << url;
    EXPECT_EQ(safe_url(*once, "https://other.example/"), once) << url;
  }
}

}  // namespace
}  // namespace tamizdat::html
