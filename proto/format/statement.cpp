#include "proto/format/statement.h"

#include <algorithm>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/statement_rules.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

struct StatementRule {
  StatementKind kind;
  std::string_view name;  // also the domain of its signature
  enum class Proof { kSignature, kItself } proof;
  std::size_t content_bytes_max;
  Result<StatementFacts> (*verify)(const StatementContext& context, const StatementParts& parts);
};

using enum StatementRule::Proof;

constexpr StatementRule kRules[] = {
    {StatementKind::kFreeze, "freeze", kSignature, kSmallStatementBytesMax, verify_freeze},
    {StatementKind::kForkProof, "fork-proof", kItself, kForkProofBytesMax, verify_fork_proof},
    {StatementKind::kCharterFork, "charter-fork", kItself, kCharterForkBytesMax, verify_charter_fork},
    {StatementKind::kRetraction, "retraction", kItself, kRetractionProofBytesMax, verify_retraction_proof},
    {StatementKind::kRetractionCosignature, "retraction-cosignature", kSignature, kSmallStatementBytesMax,
     verify_retraction_cosignature},
    {StatementKind::kCharterSeen, "charter-seen", kSignature, kSmallStatementBytesMax, verify_charter_seen},
    {StatementKind::kCosignedHead, "cosigned-head", kItself, kCosignedHeadBytesMax, verify_cosigned_head},
    {StatementKind::kReceipt, "receipt", kSignature, kReceiptBytesMax, verify_receipt},
    {StatementKind::kWithholding, "withholding", kSignature, kSmallStatementBytesMax, verify_withholding},
};

const StatementRule* rule_of(StatementKind kind) {
  const auto rule = std::ranges::find(kRules, kind, &StatementRule::kind);
  return rule == std::end(kRules) ? nullptr : rule;
}

struct Envelope {
  const StatementRule* rule = nullptr;
  ProjectId project;
  v1::Statement message;
};

Result<Envelope> parse_envelope(BytesView statement) {
  if (statement.size() > kStatementBytesMax)
    return fail(kStatementTooLarge, "the statement is larger than " + std::to_string(kStatementBytesMax) + " octets");
  Envelope out;
  if (!parse_message(statement, out.message)) return malformed_statement("is not a valid protobuf message");
  const auto project = Hash32::from(out.message.project());
  if (!project) return malformed_statement("names no project");
  out.project = ProjectId(*project);
  out.rule = rule_of(static_cast<StatementKind>(out.message.kind()));
  if (out.rule == nullptr)
    return fail(kStatementKindUnknown,
                "the statement has kind " + std::to_string(out.message.kind()) + ", which this version does not know");
  if (out.message.content().size() > out.rule->content_bytes_max)
    return fail(kStatementTooLarge, "a " + std::string(out.rule->name) + " has more than " +
                                        std::to_string(out.rule->content_bytes_max) + " octets");
  return out;
}

bool has_signature(const v1::Statement& message) {
  return message.alg() != v1::ALG_UNSPECIFIED || !message.key().empty() || !message.signature().empty();
}

Bytes signed_octets(const ProjectId& project, BytesView content) { return Bytes(project.view()) + Bytes(content); }

// Who signed; nobody where the kind proves itself.
Result<std::optional<Hash32>> check_signature(const Envelope& envelope) {
  const v1::Statement& message = envelope.message;
  if (envelope.rule->proof == kItself) {
    if (has_signature(message)) return malformed_statement("proves itself and has a signature all the same");
    return std::nullopt;
  }
  const auto key = Hash32::from(message.key());
  if (message.alg() != v1::ALG_ED25519 || !key || message.signature().size() != kSignatureBytes)
    return malformed_statement("has no Ed25519 key and signature");
  const Bytes octets = signed_octets(envelope.project, message.content());
  if (!verify_in_domain(*key, envelope.rule->name, octets, message.signature()))
    return fail(kStatementSignatureInvalid,
                "the signature of the " + std::string(envelope.rule->name) + " does not verify");
  return key;
}

}  // namespace

tl::unexpected<Error> malformed_statement(std::string what) {
  return fail(kStatementMalformed, "the statement " + std::move(what));
}

tl::unexpected<Error> unknown_signer(std::string what) { return fail(kStatementSignerUnknown, std::move(what)); }

Hash32 slot_of_log(const LogId& log, const Hash32& key) { return sha256({log.view(), key.view()}); }

std::string_view name_of(StatementKind kind) {
  const StatementRule* const rule = rule_of(kind);
  return rule == nullptr ? "statement of an unknown kind" : rule->name;
}

bool replaces(const VerifiedStatement& fresh, const VerifiedStatement& held) {
  TMZ_CHECK(fresh.kind() == held.kind() && fresh.project() == held.project() && fresh.slot() == held.slot());
  return fresh.time() && held.time() && *fresh.time() > *held.time();
}

Result<VerifiedStatement> verify_statement(const StatementContext& context, Bytes statement) {
  TMZ_CHECK(!context.chain.empty());
  auto envelope = parse_envelope(statement);
  if (!envelope) return pass(envelope);
  if (envelope->project != context.in_force().project())
    return fail(kStatementOfAnotherProject, "the statement is about project " + envelope->project.text());
  auto signer = check_signature(*envelope);
  if (!signer) return pass(signer);
  const StatementParts parts{envelope->project, std::move(*envelope->message.mutable_content()), *signer};
  auto facts = envelope->rule->verify(context, parts);
  if (!facts) return pass(facts);
  VerifiedStatement out;
  out.kind_ = envelope->rule->kind;
  out.project_ = envelope->project;
  out.slot_ = facts->slot;
  out.time_ = facts->time;
  out.content_ = std::move(facts->content);
  out.octets_ = std::move(statement);
  return out;
}

Result<StatementName> peek_statement(BytesView statement) {
  const auto envelope = parse_envelope(statement);
  if (!envelope) return tl::unexpected(envelope.error());
  return StatementName{envelope->rule->kind, envelope->project};
}

Result<SignedContent> open_statement(BytesView statement) {
  auto envelope = parse_envelope(statement);
  if (!envelope) return pass(envelope);
  auto signer = check_signature(*envelope);
  if (!signer) return pass(signer);
  return SignedContent{{envelope->rule->kind, envelope->project}, std::move(*envelope->message.mutable_content()), *signer};
}

Bytes sign_statement(StatementKind kind, const ProjectId& project, BytesView content, const SigningKey& key) {
  const StatementRule* const rule = rule_of(kind);
  TMZ_CHECK(rule != nullptr && rule->proof == kSignature);
  v1::Statement message;
  message.set_kind(static_cast<v1::StatementKind>(kind));
  message.set_project(Bytes(project.view()));
  message.set_content(Bytes(content));
  message.set_alg(v1::ALG_ED25519);
  message.set_key(Bytes(key.public_key().view()));
  message.set_signature(key.sign_in_domain(rule->name, signed_octets(project, content)));
  return serialise_message(message);
}

Bytes serialise_statement(StatementKind kind, const ProjectId& project, BytesView content) {
  const StatementRule* const rule = rule_of(kind);
  TMZ_CHECK(rule != nullptr && rule->proof == kItself);
  v1::Statement message;
  message.set_kind(static_cast<v1::StatementKind>(kind));
  message.set_project(Bytes(project.view()));
  message.set_content(Bytes(content));
  return serialise_message(message);
}

}  // namespace tamizdat::format
