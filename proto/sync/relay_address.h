// The one line that says how to reach a relay and whom to expect there. `tamizdat-relay address` prints it; operators
// paste it into the configuration of a peer, newsrooms into their desk. With the key pin in it, a self-signed certificate
// is as good as any.
//
//   tamizdat-relay:v1 tzrelay1... relay.example:443 pin=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU path=/3kX9
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/base/ids.h"
#include "proto/base/result.h"

namespace tamizdat::sync {

inline constexpr ErrorCode kRelayAddressInvalid{"relay-address-invalid"};

// RFC 1035 section 2.3.4 for names; an IPv6 address is shorter.
inline constexpr std::size_t kHostBytesMax = 253;
// Generated paths have 23 characters; an operator may choose a longer one that looks like a page of the site.
inline constexpr std::size_t kLinkPathBytesMax = 128;

struct RelayAddress {
  RelayId relay;
  std::string host;  // a name or IPv4 address in lower case, or an IPv6 address without its brackets
  std::uint16_t port = 0;
  Hash32 key_pin;         // SHA-256 of the DER SubjectPublicKeyInfo of the relay's TLS key
  std::string link_path;  // where the federation link answers; begins with "/"

  // Takes exactly what text() prints: one space between the parts, none around them. Errors: kRelayAddressInvalid with
  // the part that is wrong, kIdInvalid, kIdOfAnotherKind.
  static Result<RelayAddress> parse(std::string_view line);
  std::string text() const;
  friend bool operator==(const RelayAddress&, const RelayAddress&) = default;
};

// True iff `host` can stand in an address: a name or IPv4 address in lower case, or an IPv6 address without brackets.
bool is_relay_host(std::string_view host);

// True iff `path` can stand in an address: '/' and then letters, digits and "-._~/", at least one and at most
// kLinkPathBytesMax octets in all, no empty or dotted segment.
bool is_link_path(std::string_view path);

}  // namespace tamizdat::sync
