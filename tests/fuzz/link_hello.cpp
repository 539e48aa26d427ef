// links: tamizdat_sync
// A link hello, which anybody may send before a relay knows who speaks. What is taken names this relay at its own end, and is
// worth nothing in the other role or on another connection; everything else is refused for one of three reasons.
#include <cstddef>
#include <cstdint>

#include "proto/base/check.h"
#include "proto/sync/handshake.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::sync;

// The seeds were signed for these: the relay of the secret key of 32 octets 0x01, and this connection.
const RelayId& self() {
  static const RelayId id(format::SigningKey::from_seed(Bytes(32, '\x01'))->public_key());
  return id;
}

Hash32 exporter(std::uint8_t fill) {
  Hash32 out;
  out.octets.fill(fill);
  return out;
}

void check(LinkRole role, std::string_view header_value) {
  const auto ends = verify_link_hello(role, header_value, self(), exporter(0xee));
  if (!ends) {
    const ErrorCode code = ends.error().code;
    TMZ_CHECK(code == kHelloMalformed || code == kHelloForAnotherRelay || code == kHelloSignatureInvalid);
    return;
  }
  TMZ_CHECK((role == LinkRole::kInitiator ? ends->responder : ends->initiator) == self());
  const LinkRole other = role == LinkRole::kInitiator ? LinkRole::kResponder : LinkRole::kInitiator;
  TMZ_CHECK(!verify_link_hello(other, header_value, self(), exporter(0xee)));
  const auto elsewhere = verify_link_hello(role, header_value, self(), exporter(0xef));
  TMZ_CHECK(!elsewhere && elsewhere.error().code == kHelloSignatureInvalid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header_value(reinterpret_cast<const char*>(data), size);
  check(LinkRole::kInitiator, header_value);
  check(LinkRole::kResponder, header_value);
  return 0;
}
