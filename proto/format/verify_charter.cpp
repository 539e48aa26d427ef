#include <algorithm>
#include <utility>

#include "proto/format/verify.h"

namespace tamizdat::format {
namespace {

// The keys of `root_keys` that signed, each once. A wrong signature by one of them refuses the whole charter; signatures
// by other keys are not looked at.
Result<std::vector<RootKeyId>> signers_among(const SignedCharter& signed_charter, const std::vector<RootKeyId>& root_keys) {
  std::vector<RootKeyId> signers;
  for (const auto& signature : signed_charter.signatures) {
    if (std::ranges::find(root_keys, signature.key) == root_keys.end()) continue;
    if (!signs_charter(signature, signed_charter.charter))
      return fail(kCharterSignatureInvalid, "a signature of root key " + signature.key.text() + " does not verify");
    if (std::ranges::find(signers, signature.key) == signers.end()) signers.push_back(signature.key);
  }
  return signers;
}

Result<void> require_threshold(const SignedCharter& signed_charter, const Charter& authority, const char* whose) {
  const auto signers = signers_among(signed_charter, authority.root_keys);
  if (!signers) return tl::unexpected(signers.error());
  if (signers->size() < authority.threshold)
    return fail(kCharterBelowThreshold, std::to_string(signers->size()) + " of the " + std::to_string(authority.threshold) +
                                            " root keys that " + whose + " asks for have signed");
  return {};
}

Result<void> check_desks(const Charter& current, const Charter& next) {
  for (const auto& desk : current.desks)
    if (next.desk(desk.id) == nullptr && next.closed_desk(desk.id) == nullptr)
      return fail(kCharterDeskDropped, "the update drops desk " + desk.id.text() + ": a desk leaves by closing only");
  for (const auto& closed : current.closed_desks) {
    const ClosedDesk* const still = next.closed_desk(closed.id);
    if (still == nullptr)
      return fail(kCharterClosedKeyReturns, "the update drops the closing of desk " + closed.id.text());
    if (still->size < closed.size || (still->size == closed.size && still->root != closed.root))
      return fail(kCharterClosingLowered, "the update lowers or changes the closing of desk " + closed.id.text());
  }
  return {};
}

Result<void> check_succession(const VerifiedCharter& current, const Charter& next, const Hash32& next_hash) {
  if (next.version == current.version())
    return next_hash == current.hash() ? fail(kCharterKnown, "this charter is already in force")
                                       : fail(kCharterForked, "another charter of version " +
                                                                  std::to_string(next.version) + " exists");
  if (next.version < current.version())
    return fail(kCharterRolledBack, "the charter has version " + std::to_string(next.version) + ", in force is " +
                                        std::to_string(current.version()));
  if (next.version > current.version() + 1)
    return fail(kCharterSkipped, "the charter has version " + std::to_string(next.version) + ", but the one after " +
                                     std::to_string(current.version()) + " must come first");
  if (next.previous != current.hash())
    return fail(kCharterWrongPrevious, "the update does not follow the charter in force");
  return {};
}

}  // namespace

Result<VerifiedCharter> verify_first_charter(Bytes signed_charter) {
  auto parts = parse_signed_charter(signed_charter);
  if (!parts) return pass(parts);
  auto content = parse_charter(parts->charter);
  if (!content) return pass(content);
  if (content->version != 1)
    return fail(kCharterNotFirst, "this is charter version " + std::to_string(content->version) +
                                      ": a project's chain starts with version 1");
  if (auto met = require_threshold(*parts, *content, "the charter"); !met) return pass(met);
  const Hash32 hash = charter_hash(parts->charter);
  VerifiedCharter::Data data{ProjectId(hash), hash, *std::move(content), std::move(signed_charter)};
  return VerifiedCharter(std::make_shared<const VerifiedCharter::Data>(std::move(data)));
}

Result<VerifiedCharter> verify_charter_update(const VerifiedCharter& current, Bytes signed_charter) {
  auto parts = parse_signed_charter(signed_charter);
  if (!parts) return pass(parts);
  auto content = parse_charter(parts->charter);
  if (!content) return pass(content);
  const Hash32 hash = charter_hash(parts->charter);
  if (auto follows = check_succession(current, *content, hash); !follows) return pass(follows);
  if (auto met = require_threshold(*parts, current.content(), "the charter in force"); !met) return pass(met);
  if (auto met = require_threshold(*parts, *content, "the update itself"); !met) return pass(met);
  if (auto kept = check_desks(current.content(), *content); !kept) return pass(kept);
  VerifiedCharter::Data data{current.project(), hash, *std::move(content), std::move(signed_charter)};
  return VerifiedCharter(std::make_shared<const VerifiedCharter::Data>(std::move(data)));
}

Result<ProposedCharter> check_proposed_charter(const VerifiedCharter& current, BytesView signed_charter) {
  auto parts = parse_signed_charter(signed_charter);
  if (!parts) return pass(parts);
  auto content = parse_charter(parts->charter);
  if (!content) return pass(content);
  const Hash32 hash = charter_hash(parts->charter);
  if (auto follows = check_succession(current, *content, hash); !follows) return pass(follows);
  std::vector<RootKeyId> both = current.content().root_keys;
  both.insert(both.end(), content->root_keys.begin(), content->root_keys.end());
  auto signers = signers_among(*parts, both);
  if (!signers) return pass(signers);
  if (auto kept = check_desks(current.content(), *content); !kept) return pass(kept);
  return ProposedCharter{*std::move(content), hash, *std::move(parts), *std::move(signers)};
}

Result<VerifiedCharter> verify_charter_chain(std::span<const Bytes> signed_charters) {
  if (signed_charters.empty()) return fail(kCharterNotFirst, "there is no charter");
  auto charter = verify_first_charter(signed_charters.front());
  for (const Bytes& next : signed_charters.subspan(1)) {
    if (!charter) break;
    charter = verify_charter_update(*charter, next);
  }
  return charter;
}

}  // namespace tamizdat::format
