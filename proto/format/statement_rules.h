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
Result<StatementFacts> verify_charter_seen(const StatementContext& context, const StatementParts& parts);

tl::unexpected<Error> malformed_statement(std::string what);
tl::unexpected<Error> unknown_signer(std::string what);

}  // namespace tamizdat::format
