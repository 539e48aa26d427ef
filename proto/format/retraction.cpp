#include "proto/format/retraction.h"

#include <algorithm>

#include "proto/format/hash.h"
#include "proto/format/message.h"
#include "proto/format/statement_rules.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {

Result<StatementFacts> verify_retraction_proof(const StatementContext& context, const StatementParts& parts) {
  const auto bundle = verify_bundle(context.in_force(), parts.content);
  if (!bundle) return pass(bundle);
  const auto& entry = bundle->entries().front();
  if (bundle->entries().size() != 1 || entry.header().kind != EntryKind::kRetraction)
    return fail(kRetractionProofMalformed, "the proof of a retraction is a bundle of that one entry");
  const EntryId target = *entry.header().target;
  // One proof is enough, whatever it is that retracts.
  return StatementFacts{target.value, std::nullopt, RetractionProof{entry.id(), target, entry.header().desk}};
}

Result<StatementFacts> verify_retraction_cosignature(const StatementContext& context, const StatementParts& parts) {
  v1::RetractionCosignature message;
  if (!parse_message(parts.content, message))
    return fail(kRetractionCosignatureMalformed, "the cosignature is not a valid protobuf message");
  const auto retraction = Hash32::from(message.retraction());
  if (!retraction) return fail(kRetractionCosignatureMalformed, "the cosignature names no retraction of 32 octets");
  const auto& charter = context.in_force().content();
  const bool is_root = std::ranges::find(charter.root_keys, RootKeyId(*parts.signer)) != charter.root_keys.end();
  if (!is_root && charter.desk(DeskId(*parts.signer)) == nullptr)
    return unknown_signer("a retraction is cosigned by a root key or an open desk of the charter in force");
  return StatementFacts{cosignature_slot(EntryId(*retraction), *parts.signer), std::nullopt,
                        RetractionCosignature{EntryId(*retraction), *parts.signer}};
}

Bytes make_retraction_proof(const ProjectId& project, BytesView bundle) {
  return serialise_statement(StatementKind::kRetraction, project, bundle);
}

Bytes make_retraction_cosignature(const ProjectId& project, const EntryId& retraction, const SigningKey& key) {
  v1::RetractionCosignature message;
  message.set_retraction(Bytes(retraction.view()));
  return sign_statement(StatementKind::kRetractionCosignature, project, serialise_message(message), key);
}

Hash32 cosignature_slot(const EntryId& retraction, const Hash32& signer) {
  return domain_hash("retraction-cosignature-slot", {retraction.view(), signer.view()});
}

}  // namespace tamizdat::format
