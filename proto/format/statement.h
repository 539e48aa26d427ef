// Statements: everything that is signed beside charters and logs, in one envelope that is passed on octet for octet
// (proto/README.md, "Statements"). What a kind says and who may say it stands in a file of its own (freeze.h,
// fork_proof.h, ...); the table in statement.cpp joins them.
//
// A new kind is its content's type in the variant below, one file with its verify function, and one row of the table.
//
// As everywhere in the format, validity depends on the charters and on no clock. Verified values are immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "proto/format/charter_fork.h"
#include "proto/format/charter_seen.h"
#include "proto/format/cosignature.h"
#include "proto/format/fork_proof.h"
#include "proto/format/freeze.h"
#include "proto/format/receipt.h"
#include "proto/format/retraction.h"
#include "proto/format/verify.h"
#include "proto/format/withholding.h"

namespace tamizdat::format {

inline constexpr ErrorCode kStatementTooLarge{"statement-too-large"};
inline constexpr ErrorCode kStatementMalformed{"statement-malformed"};
// Of a later version: passed over.
inline constexpr ErrorCode kStatementKindUnknown{"statement-kind-unknown"};
inline constexpr ErrorCode kStatementOfAnotherProject{"statement-of-another-project"};
inline constexpr ErrorCode kStatementSignatureInvalid{"statement-signature-invalid"};
// The signature is good, but the charters do not give this key a say in this.
inline constexpr ErrorCode kStatementSignerUnknown{"statement-signer-unknown"};

enum class StatementKind : std::uint32_t {
  kFreeze = 1,
  kForkProof = 2,
  kCharterFork = 3,
  kRetraction = 4,
  kRetractionCosignature = 5,
  kCharterSeen = 6,
  kCosignedHead = 7,
  kReceipt = 8,
  kWithholding = 9,
};
std::string_view name_of(StatementKind kind);

// What a statement is verified with.
struct StatementContext {
  std::span<const VerifiedCharter> chain;  // of its project, version 1 first, the one in force last; not empty
  // Relays that count beside those of the charter's policy: the one that verifies, and where a kind says so its peers.
  std::span<const PolicyRelay> also = {};

  const VerifiedCharter& in_force() const { return chain.back(); }
};

using StatementContent = std::variant<Freeze, ForkProof, CharterFork, CharterSeen, WitnessedHead, RelayReceipt, RetractionProof,
                                      RetractionCosignature, Withholding>;

class VerifiedStatement {
 public:
  StatementKind kind() const { return kind_; }
  const ProjectId& project() const { return project_; }
  // One statement a slot is kept: what a newer one of the same signer about the same thing replaces. Where the kind has
  // no time, the first one stays. Of a charter-seen it depends on the chain (charter_seen.cpp).
  const Hash32& slot() const { return slot_; }
  // Where the kind has one that orders statements of a slot.
  const std::optional<Timestamp>& time() const { return time_; }
  BytesView octets() const { return octets_; }  // exactly as received
  const StatementContent& content() const { return content_; }
  // The content if it is a T, else null.
  template <typename T>
  const T* as() const { return std::get_if<T>(&content_); }

 private:
  VerifiedStatement() = default;
  StatementKind kind_ = StatementKind::kFreeze;
  ProjectId project_;
  Hash32 slot_;
  std::optional<Timestamp> time_;
  Bytes octets_;
  StatementContent content_;
  friend Result<VerifiedStatement> verify_statement(const StatementContext& context, Bytes statement);
};

using StatementPointers = std::span<const std::shared_ptr<const VerifiedStatement>>;

// True iff `fresh` takes the place of `held`, both of one kind, project and slot.
bool replaces(const VerifiedStatement& fresh, const VerifiedStatement& held);

// The whole check: limits, envelope, signature, and the rule of the kind. Errors: those above and those of the kind.
Result<VerifiedStatement> verify_statement(const StatementContext& context, Bytes statement);

// Which project and kind the unverified statement claims, to find the charters to verify it with. Errors:
// kStatementTooLarge, kStatementMalformed, kStatementKindUnknown.
struct StatementName {
  StatementKind kind;
  ProjectId project;
};
Result<StatementName> peek_statement(BytesView statement);

// A statement as its signer made it, whatever the charters say of him: for who looks for his own word.
struct SignedContent {
  StatementName name;
  Bytes content;
  std::optional<Hash32> signer;  // whose signature is good; none where the kind proves itself, which is not checked
};
// Errors: as above, kStatementSignatureInvalid.
Result<SignedContent> open_statement(BytesView statement);

// For authors. `content` is the serialised message of the kind.
Bytes sign_statement(StatementKind kind, const ProjectId& project, BytesView content, const SigningKey& key);
// Of a kind that proves itself.
Bytes serialise_statement(StatementKind kind, const ProjectId& project, BytesView content);

}  // namespace tamizdat::format
