#include "client-lib/net/public_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

namespace tamizdat::net {
namespace {

bool is_public_text(const std::string& text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) return is_public(reinterpret_cast<const sockaddr&>(v4));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
  return is_public(reinterpret_cast<const sockaddr&>(v6));
}

TEST(PublicAddress, IsNoneOfThisMachineOrItsNetwork) {
  for (const char* const text : {"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
                                 "192.168.0.7", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
                                 "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::10.0.0.1",
                                 "2002:7f00:1::1", "2001:db8::1"})
    EXPECT_FALSE(is_public_text(text)) << text;
  for (const char* const text : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1",
                                 "223.255.255.255", "2a00:1450::1", "64:ff9b::8.8.8.8", "2002:808:808::1"})
    EXPECT_TRUE(is_public_text(text)) << text;
  sockaddr_un other{};
  other.sun_family = AF_UNIX;
  EXPECT_FALSE(is_public(reinterpret_cast<const sockaddr&>(other)));
}

TEST(PublicAddress, ANameIsNotWrittenAsPrivate) {
  for (const char* const host : {"127.0.0.1", "[::1]", "::1", "localhost", "intranet", "192.168.0.7"}) EXPECT_TRUE(is_written_as_private(host)) << host;
  for (const char* const host : {"", "news.example", "8.8.8.8", "127.0.0.1.example", "[2a00::1]", "0x7f.1"})
    EXPECT_FALSE(is_written_as_private(host)) << host;
}

}  // namespace
}  // namespace tamizdat::net
