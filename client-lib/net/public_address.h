// Which addresses lie in the public Internet. Pure.
#pragma once

#include <string_view>

struct sockaddr;

namespace tamizdat::net {

// False for loopback, private, link-local, shared, multicast and reserved addresses (the tables of RFC 6890), also where
// an IPv6 address holds such an IPv4 one, and for what is neither IPv4 nor IPv6.
bool is_public(const sockaddr& address);
// "127.0.0.1", "[::1]", "localhost", "intranet": a host that is written as such an address, or a name without a dot, which
// nobody outside can have. Any other name is none, whatever it resolves to.
bool is_written_as_private(std::string_view host);

}  // namespace tamizdat::net
