#include "client-lib/net/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace tamizdat::net {
namespace {

struct Range {
  std::uint32_t network;
  int bits;
};
constexpr std::array kNotPublic{
    Range{0x00000000, 8},  Range{0x0A000000, 8},  Range{0x64400000, 10}, Range{0x7F000000, 8},  Range{0xA9FE0000, 16},
    Range{0xAC100000, 12}, Range{0xC0000000, 24}, Range{0xC0000200, 24}, Range{0xC0A80000, 16}, Range{0xC6120000, 15},
    Range{0xC6336400, 24}, Range{0xCB007100, 24}, Range{0xE0000000, 4},  Range{0xF0000000, 4}};

bool is_public_v4(std::uint32_t address) {
  return std::ranges::none_of(kNotPublic, [&](const Range& range) { return (address ^ range.network) >> (32 - range.bits) == 0; });
}

bool is_public_v6(const std::uint8_t* octets) {
  const auto v4_at = [&](int at) {
    return std::uint32_t{octets[at]} << 24 | std::uint32_t{octets[at + 1]} << 16 | std::uint32_t{octets[at + 2]} << 8 | octets[at + 3];
  };
  const bool is_nat64 = octets[0] == 0 && octets[1] == 0x64 && octets[2] == 0xFF && octets[3] == 0x9B;
  if (is_nat64) return is_public_v4(v4_at(12));
  if (octets[0] == 0x20 && octets[1] == 0x02) return is_public_v4(v4_at(2));  // 6to4
  // Global unicast is 2000::/3 (RFC 4291 section 2.4) without 2001:db8::/32; mapped IPv4, loopback, fc00::/7 and fe80::/10
  // lie outside of it.
  const bool is_documentation = octets[0] == 0x20 && octets[1] == 0x01 && octets[2] == 0x0D && octets[3] == 0xB8;
  return (octets[0] & 0xE0U) == 0x20U && !is_documentation;
}

}  // namespace

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) return is_public_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  if (address.sa_family == AF_INET6) return is_public_v6(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr);
  return false;
}

bool is_written_as_private(std::string_view host) {
  if (!host.empty() && host.find_first_of(".:") == std::string_view::npos) return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string text(host);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) return !is_public(reinterpret_cast<const sockaddr&>(v4));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  return ::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1 && !is_public(reinterpret_cast<const sockaddr&>(v6));
}

}  // namespace tamizdat::net
