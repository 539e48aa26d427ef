// How two relays prove to each other who they are, over a TLS connection that neither trusts a CA for: the initiator's
// HTTP Upgrade request and the responder's 101 each carry a LinkHello in the header Tamizdat-Link. Its signature by the
// identity key binds both relay ids, the role and the TLS exporter (RFC 9266), so that it is worth nothing on any other
// connection: a man in the middle has two connections and two exporters.
#pragma once

#include <string>
#include <string_view>

#include "proto/base/ids.h"
#include "proto/format/keys.h"

namespace tamizdat::sync {

inline constexpr ErrorCode kHelloMalformed{"hello-malformed"};
inline constexpr ErrorCode kHelloForAnotherRelay{"hello-for-another-relay"};
inline constexpr ErrorCode kHelloSignatureInvalid{"hello-signature-invalid"};

inline constexpr std::string_view kLinkHeader = "Tamizdat-Link";
inline constexpr std::string_view kLinkProtocol = "tamizdat-link/1";  // of the Upgrade header

enum class LinkRole { kInitiator, kResponder };

struct LinkEnds {
  RelayId initiator;
  RelayId responder;
};

// The header value (base64url) by which `role`, whose identity key signs, names both ends on this TLS connection.
std::string make_link_hello(LinkRole role, const LinkEnds& ends, const Hash32& exporter,
                            const format::SigningKey& identity);

// Reads the hello that `role` sent and checks its signature by that role's key. `self` is the relay that checks: the
// hello must name it at the other end. Errors: kHelloMalformed, kHelloForAnotherRelay, kHelloSignatureInvalid.
Result<LinkEnds> verify_link_hello(LinkRole role, std::string_view header_value, const RelayId& self,
                                   const Hash32& exporter);

}  // namespace tamizdat::sync
