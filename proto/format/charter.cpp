#include "proto/format/charter.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "proto/format/charter_rules.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

constexpr std::string_view kSignatureDomain = "charter-signature";

}  // namespace

std::uint32_t least_quorum(const WitnessPolicy& policy) {
  std::map<std::string_view, std::uint32_t> there;
  for (const PolicyRelay& relay : policy.relays) ++there[relay.country];
  const auto count = static_cast<std::uint32_t>(policy.relays.size());
  std::uint32_t least = count / 2 + 1;
  if (there.size() > 1)
    for (const auto& [country, relays] : there) least = std::max(least, relays + 1);
  return least;
}

const Desk* Charter::desk(const DeskId& id) const {
  const auto found = std::ranges::find(desks, id, &Desk::id);
  return found == desks.end() ? nullptr : &*found;
}

const ClosedDesk* Charter::closed_desk(const DeskId& id) const {
  const auto found = std::ranges::find(closed_desks, id, &ClosedDesk::id);
  return found == closed_desks.end() ? nullptr : &*found;
}

Hash32 charter_hash(BytesView charter) { return domain_hash("charter", {charter}); }

CharterSignature sign_charter(BytesView charter, const SigningKey& root_key) {
  return {RootKeyId(root_key.public_key()), root_key.sign_in_domain(kSignatureDomain, charter)};
}

bool signs_charter(const CharterSignature& signature, BytesView charter) {
  return verify_in_domain(signature.key.value, kSignatureDomain, charter, signature.signature);
}

Result<SignedCharter> parse_signed_charter(BytesView bytes) {
  if (bytes.size() > kSignedCharterBytesMax) return fail(kCharterTooLarge, "the signed charter is larger than 72 KiB");
  v1::SignedCharter message;
  if (!parse_message(bytes, message)) return malformed_charter("is not a valid protobuf message");
  if (static_cast<std::size_t>(message.signatures_size()) > kCharterSignaturesMax)
    return malformed_charter("carries too many signatures");
  SignedCharter out;
  out.charter = std::move(*message.mutable_charter());
  for (const auto& signature : message.signatures()) {
    if (signature.alg() == v1::ALG_UNSPECIFIED) return malformed_charter("has a signature without its algorithm");
    // Of a later version, beside those that count here: root keys of a known charter are all Ed25519.
    if (signature.alg() != v1::ALG_ED25519) continue;
    const auto key = Hash32::from(signature.key());
    if (!key || signature.signature().size() != kSignatureBytes)
      return malformed_charter("has a signature that is not a key of 32 octets and 64 octets");
    out.signatures.push_back({RootKeyId(*key), signature.signature()});
  }
  return out;
}

Bytes serialise_signed_charter(const SignedCharter& signed_charter) {
  v1::SignedCharter message;
  message.set_charter(signed_charter.charter);
  for (const auto& signature : signed_charter.signatures) {
    auto& item = *message.add_signatures();
    item.set_alg(v1::ALG_ED25519);
    item.set_key(Bytes(signature.key.view()));
    item.set_signature(signature.signature);
  }
  return serialise_message(message);
}

}  // namespace tamizdat::format
