#include "proto/sync/relay_address.h"

#include <gtest/gtest.h>

namespace tamizdat::sync {
namespace {

RelayAddress sample() {
  RelayAddress address;
  for (std::size_t i = 0; i < 32; ++i) {
    address.relay.value.octets[i] = static_cast<std::uint8_t>(i);
    address.key_pin.octets[i] = static_cast<std::uint8_t>(255 - i);
  }
  address.host = "relay.example";
  address.port = 443;
  address.link_path = "/3kX9";
  return address;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// The error's text up to the advice that all of them end with.
std::string fault_of(const std::string& line) {
  const auto parsed = RelayAddress::parse(line);
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, kRelayAddressInvalid);
  return parsed.error().text.substr(0, parsed.error().text.find(": copy the whole line"));
}

TEST(RelayAddress, PrintsOneLineWithEverythingInIt) {
  EXPECT_EQ(sample().text(), "tamizdat-relay:v1 " + sample().relay.text() +
                                 " relay.example:443 pin=__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA path=/3kX9");
}

TEST(RelayAddress, ReadsBackWhatItPrints) {
  for (const std::string host : {"relay.example", "192.0.2.1", "2001:db8::1", "abcdefghij234567.onion", "localhost"}) {
    RelayAddress address = sample();
    address.host = host;
    const auto parsed = RelayAddress::parse(address.text());
    ASSERT_TRUE(parsed) << parsed.error().text;
    EXPECT_EQ(*parsed, address);
  }
}

TEST(RelayAddress, RefusesAnythingAroundOrBetweenTheParts) {
  const std::string line = sample().text();
  const std::string expected = "this is no relay address of version 1";
  EXPECT_EQ(fault_of(""), expected);
  EXPECT_EQ(fault_of(" " + line), expected);
  EXPECT_EQ(fault_of(line + " "), expected);
  EXPECT_EQ(fault_of(line + " more"), expected);
  EXPECT_EQ(fault_of(replaced(line, " pin=", "  pin=")), expected);
  EXPECT_EQ(fault_of(replaced(line, ":v1", ":v2")), expected);
  EXPECT_EQ(fault_of(line.substr(0, line.find(" path="))), expected);
}

TEST(RelayAddress, RefusesAWrongHostOrPort) {
  const std::string line = sample().text();
  const auto with_place = [&](std::string_view place) { return fault_of(replaced(line, "relay.example:443", place)); };
  EXPECT_EQ(with_place("relay.example"), "the address has no port");
  const std::string host_fault = "the host in the address is neither a name in lower case nor an IP address";
  EXPECT_EQ(with_place(":443"), host_fault);
  EXPECT_EQ(with_place("Relay.example:443"), host_fault);
  EXPECT_EQ(with_place("relay..example:443"), host_fault);
  EXPECT_EQ(with_place("2001:db8::1:443"), host_fault);
  EXPECT_EQ(with_place("[relay.example]:443"), host_fault);
  EXPECT_EQ(with_place("[]:443"), host_fault);
  EXPECT_EQ(with_place(std::string(kHostBytesMax + 1, 'a') + ":443"), host_fault);
  const std::string port_fault = "the port in the address is not a number from 1 to 65535";
  EXPECT_EQ(with_place("relay.example:"), port_fault);
  EXPECT_EQ(with_place("relay.example:0"), port_fault);
  EXPECT_EQ(with_place("relay.example:65536"), port_fault);
  EXPECT_EQ(with_place("relay.example:+443"), port_fault);
  EXPECT_EQ(with_place("relay.example:443x"), port_fault);
  EXPECT_EQ(with_place("relay.example:0443"), "the address is not written the way it is printed");
}

TEST(RelayAddress, RefusesAWrongPinOrPath) {
  const std::string line = sample().text();
  EXPECT_EQ(fault_of(replaced(line, "pin=", "key=")), "the address has no pin=");
  const std::string pin_fault = "the pin in the address is not 32 octets in base64url";
  EXPECT_EQ(fault_of(replaced(line, "pin=__79", "pin=")), pin_fault);
  EXPECT_EQ(fault_of(replaced(line, "pin=__79", "pin=//79")), pin_fault);
  const std::string path_fault = "the address has no path= that begins with '/'";
  for (const std::string path : {"", "/", "3kX9", "//x", "/../x", "/x/", "/x?y", "/\xd1\x84"})
    EXPECT_EQ(fault_of(replaced(line, "path=/3kX9", "path=" + path)), path_fault) << path;
  EXPECT_EQ(fault_of(replaced(line, "/3kX9", "/" + std::string(kLinkPathBytesMax, 'x'))), path_fault);
}

TEST(RelayAddress, TellsATypingErrorInTheIdAndAnIdOfAnotherKind) {
  const std::string line = sample().text();
  EXPECT_EQ(RelayAddress::parse(replaced(line, "tzrelay1q", "tzrelay1p")).error().code, kIdInvalid);
  const std::string desk = DeskId(sample().relay.value).text();
  EXPECT_EQ(RelayAddress::parse(replaced(line, sample().relay.text(), desk)).error().code, kIdOfAnotherKind);
}

}  // namespace
}  // namespace tamizdat::sync
