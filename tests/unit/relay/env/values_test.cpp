#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "relay/env/log.h"
#include "relay/env/network.h"
#include "relay/env/random.h"

namespace tamizdat::env {
namespace {

TEST(Address, ParsesNamesAndBothKindsOfIpAddress) {
  EXPECT_EQ(Address::parse("relay.example:443"), Address("relay.example", 443));
  EXPECT_EQ(Address::parse("192.0.2.1:1"), Address("192.0.2.1", 1));
  EXPECT_EQ(Address::parse("[2001:db8::1]:65535"), Address("2001:db8::1", 65535));
}

TEST(Address, PrintsWhatItParses) {
  for (const auto* text : {"relay.example:443", "192.0.2.1:8443", "[2001:db8::1]:443"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
  }
}

TEST(Address, RefusesWhatIsNotHostAndPort) {
  for (const auto* text : {"", ":443", "host", "host:", "host:0", "host:65536", "host:-1", "host:443x", "host:0443",
                           "2001:db8::1:443", "[::1]", "[::1", "[::1]443", "[]:443", "a b:1", "user@host:1", "a/b:1"}) {
    const auto address = Address::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, kAddressInvalid);
  }
  EXPECT_FALSE(Address::parse(std::string(254, 'a') + ":443"));
}

// Hands out given octets, to see how they become numbers.
class ScriptedRandom : public Random {
 public:
  explicit ScriptedRandom(std::deque<std::uint8_t> octets) : octets_(std::move(octets)) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) {
      octet = octets_.empty() ? std::uint8_t{0} : octets_.front();
      if (!octets_.empty()) octets_.pop_front();
    }
  }

 private:
  std::deque<std::uint8_t> octets_;
};

TEST(Random, DrawsAgainWhereAValueWouldBeUneven) {
  // 2^64 mod 3 is 1: the value 0 would make the result 0 likelier than 1 and 2.
  ScriptedRandom random({0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(random.below(3), 2U);
}

TEST(Random, BetweenReachesBothEnds) {
  using std::chrono::milliseconds;
  ScriptedRandom random({10, 0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(random.between(milliseconds(5), milliseconds(15)), milliseconds(15));
  EXPECT_EQ(random.between(milliseconds(5), milliseconds(15)), milliseconds(15));
  EXPECT_EQ(random.between(milliseconds(5), milliseconds(5)), milliseconds(5));
}

TEST(LogField, PrintsNumbersTextsAndErrors) {
  EXPECT_EQ(LogField("count", 42).value, "42");
  EXPECT_EQ(LogField("word", "x").value, "x");
  const Error error{kStreamCut, "the network failed"};
  EXPECT_EQ(LogField("reason", error).value, "stream-cut: the network failed");
}

}  // namespace
}  // namespace tamizdat::env
