#include "proto/sync/handshake.h"

#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::sync {
namespace {

constexpr std::string_view kHelloDomain = "link-hello";
// Two keys, a signature and their tags take 140 octets, 187 characters of base64url.
constexpr std::size_t kHeaderValueMax = 256;

Bytes transcript(LinkRole role, const LinkEnds& ends, const Hash32& exporter) {
  Bytes out(1, role == LinkRole::kInitiator ? 'I' : 'R');
  out += ends.initiator.view();
  out += ends.responder.view();
  out += exporter.view();
  return out;
}

}  // namespace

std::string make_link_hello(LinkRole role, const LinkEnds& ends, const Hash32& exporter,
                            const format::SigningKey& identity) {
  v1::LinkHello message;
  message.set_initiator(Bytes(ends.initiator.view()));
  message.set_responder(Bytes(ends.responder.view()));
  message.set_alg(v1::ALG_ED25519);
  message.set_signature(identity.sign_in_domain(kHelloDomain, transcript(role, ends, exporter)));
  return to_base64url(format::serialise_message(message));
}

Result<LinkEnds> verify_link_hello(LinkRole role, std::string_view header_value, const RelayId& self,
                                   const Hash32& exporter) {
  if (header_value.size() > kHeaderValueMax) return fail(kHelloMalformed, "the link hello is too long");
  const auto bytes = from_base64url(header_value);
  v1::LinkHello message;
  if (!bytes || !format::parse_message(*bytes, message))
    return fail(kHelloMalformed, "the link hello is not base64url of a LinkHello message");
  const auto initiator = Hash32::from(message.initiator());
  const auto responder = Hash32::from(message.responder());
  if (!initiator || !responder || message.alg() != v1::ALG_ED25519)
    return fail(kHelloMalformed, "the link hello does not name two relays and a known algorithm");
  const LinkEnds ends{RelayId(*initiator), RelayId(*responder)};
  const bool sent_by_initiator = role == LinkRole::kInitiator;
  if (self != (sent_by_initiator ? ends.responder : ends.initiator))
    return fail(kHelloForAnotherRelay, "the link hello is meant for another relay");
  const Hash32& sender = sent_by_initiator ? ends.initiator.value : ends.responder.value;
  if (!format::verify_in_domain(sender, kHelloDomain, transcript(role, ends, exporter), message.signature()))
    return fail(kHelloSignatureInvalid,
                "the link hello is not signed for this TLS connection: somebody stands between the two relays");
  return ends;
}

}  // namespace tamizdat::sync
