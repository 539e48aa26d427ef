#include "client-lib/net/reach.h"

#include <gtest/gtest.h>

namespace tamizdat::net {
namespace {

TEST(Reach, AHostIsReadWithoutPortAndNotBehindAUsersName) {
  for (const auto& [url, host] : {std::pair("http://news.example/a:b", "news.example"), {"https://news.example:81?x", "news.example"},
                                  {"http://[::1]:81/", "[::1]"}, {"http://[::1]/", "[::1]"}, {"/var/feed.xml", ""},
                                  {"http://127.0.0.1:80@192.168.0.1/", ""}})
    EXPECT_EQ(host_name(url), host) << url;
}

TEST(Reach, OnlyASourceInsideLeadsInsideAndToItsOwnHost) {
  EXPECT_EQ(reach_of("http://192.168.0.7:81/a", "http://192.168.0.7/feed"), Reach::kAnywhere);
  for (const auto& [url, source] : {std::pair("http://192.168.0.8/a", "http://192.168.0.7/feed"),
                                    {"http://192.168.0.7/a", "https://news.example/feed"}, {"http://192.168.0.7/a", "feed.xml"},
                                    {"http://news.example/a", "http://news.example/feed"},
                                    {"http://192.168.0.7:1@192.168.0.8/", "http://192.168.0.7/feed"}})
    EXPECT_EQ(reach_of(url, source), Reach::kPublicOnly) << url << ' ' << source;
}

TEST(Reach, ShrinksAtARedirectToAnotherHostAndDoesNotGrowAgain) {
  EXPECT_EQ(reach_after(Reach::kAnywhere, "http://a/", "http://a:81/x"), Reach::kAnywhere);
  EXPECT_EQ(reach_after(Reach::kAnywhere, "http://a/", "http://b/"), Reach::kPublicOnly);
  EXPECT_EQ(reach_after(Reach::kPublicOnly, "http://a/", "http://a/x"), Reach::kPublicOnly);
  EXPECT_EQ(reach_after(Reach::kAnywhere, "http://u@a/", "http://u@a/"), Reach::kPublicOnly);
}

}  // namespace
}  // namespace tamizdat::net
