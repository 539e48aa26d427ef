// What the kinds of statements share: the parts of an envelope that has been checked, and what a kind's rule makes of
// them. Used by statement.cpp and the files of the kinds only.
#pragma once

#include "proto/format/statement.h"

namespace tamizdat::format {

struct StatementParts {
  ProjectId project;
  Bytes content;
  std::optional<Hash32> signer;  // its signature over the content is good; none where the kind proves itself
};

struct StatementFacts {
  Hash32 slot;
  std::optional<Timestamp> time;
  StatementContent content;
};

// One for each kind, in the file of the kind. The envelope, the project and the signature have been checked.
Result<StatementFacts> verify_freeze(const StatementContext& context, const StatementParts& parts);
Result<StatementFacts> verify_fork_proof(const StatementContext& context, const StatementParts& parts);
Result<StatementFacts> verify_charter_fork(const StatementContext& context, const StatementParts& parts);
Result<StatementFacts> verify_retraction_proof(const StatementContext& context, const StatementParts& parts);
Result<StatementFacts> verify_retraction_cosignature(const StatementContext& context, const StatementParts& parts);
Result<StatementFacts> verify_charter_seen(const StatementContext& context, const StatementParts& parts);
Result<StatementFacts> verify_cosigned_head(const StatementContext& context, const StatementParts& parts);
Result<StatementFacts> verify_receipt(const StatementContext& context, const StatementParts& parts);
Result<StatementFacts> verify_withholding(const StatementContext& context, const StatementParts& parts);

// The relay with this key, of the policy in force and of those that count beside it; null if there is none.
template <typename KeyOf>
const PolicyRelay* find_relay(const StatementContext& context, const Hash32& key, KeyOf key_of) {
  for (const auto& relays : {std::span<const PolicyRelay>(context.in_force().content().witness.relays), context.also})
    for (const auto& relay : relays)
      if (key_of(relay) == key) return &relay;
  return nullptr;
}
// Where a relay, by the key that it signs with, says one thing of each log.
Hash32 slot_of_log(const LogId& log, const Hash32& key);

tl::unexpected<Error> malformed_statement(std::string what);
tl::unexpected<Error> unknown_signer(std::string what);

}  // namespace tamizdat::format
