#include "proto/format/charter_rules.h"

#include <algorithm>
#include <vector>

#include "proto/format/limits.h"
#include "proto/format/merkle.h"

namespace tamizdat::format {
namespace {

Result<void> check_identity(const Charter& charter) {
  if (charter.version == 0) return malformed_charter("has version 0; the first is 1");
  if ((charter.version == 1) == charter.previous.has_value())
    return malformed_charter("must name the charter before it, and the first must name none");
  if (charter.nonce.size() != kNonceBytes) return malformed_charter("has no nonce of 16 octets");
  if (charter.title.empty() || charter.title.size() > kTitleBytesMax || charter.contact.size() > kTitleBytesMax)
    return malformed_charter("has an empty or overlong title or contact");
  return {};
}

Result<void> check_policies(const Charter& charter) {
  if (charter.threshold == 0 || charter.threshold > charter.root_keys.size())
    return malformed_charter("has a threshold that its own root keys cannot meet");
  const std::uint32_t quorum = charter.witness.quorum;
  if (quorum != 0 && (quorum > charter.witness.relays.size() || quorum < least_quorum(charter.witness)))
    return malformed_charter("has a witness quorum that is not more than half of its relays, and more than one country has of several");
  if (charter.copies.countries > charter.copies.copies)
    return malformed_charter("asks for copies in more countries than copies");
  for (const auto& closed : charter.closed_desks)
    if (closed.size == 0 && closed.root != empty_root())
      return malformed_charter("closes an empty log with a root that is not the empty one");
  return {};
}

std::vector<Hash32> keys_of(const Charter& charter) {
  std::vector<Hash32> keys;
  for (const auto& key : charter.root_keys) keys.push_back(key.value);
  for (const auto& desk : charter.desks) keys.push_back(desk.id.value);
  for (const auto& desk : charter.closed_desks) keys.push_back(desk.id.value);
  for (const auto& relay : charter.witness.relays)
    keys.insert(keys.end(), {relay.relay.value, relay.witness_key, relay.mirror_key});
  return keys;
}

// A key in two roles could be made to sign in one what counts in the other: C2SP's signed texts name no role.
Result<void> check_keys(const Charter& charter) {
  std::vector<Hash32> keys = keys_of(charter);
  std::ranges::sort(keys);
  if (std::ranges::adjacent_find(keys) != keys.end()) return malformed_charter("uses one key twice or in two roles");
  if (!std::ranges::all_of(keys, is_public_key)) return malformed_charter("names a key that is no valid Ed25519 key");
  return {};
}

}  // namespace

tl::unexpected<Error> malformed_charter(std::string what) {
  return fail(kCharterMalformed, "the charter " + std::move(what));
}

Result<void> check_charter_rules(const Charter& charter) {
  if (auto identity = check_identity(charter); !identity) return identity;
  if (auto policies = check_policies(charter); !policies) return policies;
  return check_keys(charter);
}

}  // namespace tamizdat::format
