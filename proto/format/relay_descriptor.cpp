#include "proto/format/relay_descriptor.h"

#include "proto/base/check.h"
#include "proto/format/country.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

constexpr std::string_view kDomain = "relay-descriptor";

tl::unexpected<Error> malformed(std::string what) {
  return fail(kDescriptorMalformed, "the relay descriptor " + std::move(what));
}

// A key that verifiers judge alike, or nothing.
std::optional<Hash32> key_of(const std::string& octets) {
  const auto key = Hash32::from(octets);
  return key && is_public_key(*key) ? key : std::nullopt;
}

Result<std::vector<std::string>> addresses_of(const v1::RelayDescriptor& message) {
  if (static_cast<std::size_t>(message.addresses_size()) > kRelayAddressesMax) return malformed("lists too many addresses");
  std::vector<std::string> out;
  for (const auto& address : message.addresses()) {
    if (address.empty() || address.size() > kRelayAddressBytesMax) return malformed("has an address of wrong length");
    out.push_back(address);
  }
  return out;
}

Result<RelayDescriptor> content_of(BytesView bytes) {
  v1::RelayDescriptor message;
  if (!parse_message(bytes, message)) return malformed("is not a valid protobuf message");
  const auto relay = key_of(message.relay());
  const auto witness = key_of(message.witness_key());
  const auto mirror = key_of(message.mirror_key());
  if (!relay || !witness || !mirror || *relay == *witness || *relay == *mirror || *witness == *mirror)
    return malformed("does not have three good and different keys of 32 octets");
  if (message.label().size() > kTitleBytesMax || (!message.country().empty() && !is_country(message.country())))
    return malformed("has an overlong label, or a country that is not two capital letters");
  if (!are_times({message.time()})) return malformed("has a time outside of the years 0000 to 9999");
  auto addresses = addresses_of(message);
  if (!addresses) return pass(addresses);
  return RelayDescriptor{RelayId(*relay),   *witness, *mirror, message.label(), message.country(), *std::move(addresses),
                         timestamp_from_unix(message.time())};
}

}  // namespace

Result<RelayDescriptor> verify_relay_descriptor(BytesView signed_descriptor) {
  if (signed_descriptor.size() > kDescriptorBytesMax)
    return fail(kDescriptorTooLarge, "the relay descriptor is larger than 16 KiB");
  v1::SignedRelayDescriptor envelope;
  if (!parse_message(signed_descriptor, envelope)) return malformed("is not a valid protobuf message");
  if (envelope.alg() != v1::ALG_ED25519 || envelope.signature().size() != kSignatureBytes)
    return malformed("has no signature of 64 octets of a known algorithm");
  auto descriptor = content_of(envelope.content());
  if (!descriptor) return descriptor;
  if (!verify_in_domain(descriptor->relay.value, kDomain, envelope.content(), envelope.signature()))
    return fail(kDescriptorSignatureInvalid, "the relay descriptor is not signed by the identity key that it names");
  return descriptor;
}

Bytes sign_relay_descriptor(const RelayDescriptor& descriptor, const SigningKey& identity_key) {
  TMZ_CHECK(descriptor.relay == RelayId(identity_key.public_key()));
  v1::RelayDescriptor message;
  message.set_relay(Bytes(descriptor.relay.view()));
  message.set_witness_key(Bytes(descriptor.witness_key.view()));
  message.set_mirror_key(Bytes(descriptor.mirror_key.view()));
  message.set_label(descriptor.label);
  message.set_country(descriptor.country);
  for (const auto& address : descriptor.addresses) message.add_addresses(address);
  message.set_time(unix_seconds(descriptor.time));
  v1::SignedRelayDescriptor envelope;
  envelope.set_content(serialise_message(message));
  envelope.set_alg(v1::ALG_ED25519);
  envelope.set_signature(identity_key.sign_in_domain(kDomain, envelope.content()));
  return serialise_message(envelope);
}

}  // namespace tamizdat::format
