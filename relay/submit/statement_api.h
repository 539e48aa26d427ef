// The part of the submit API that is about statements. Loop thread.
#pragma once

#include "relay/http/message.h"
#include "relay/policy/admission.h"
#include "relay/statements/statements.h"
#include "relay/store/store.h"

namespace tamizdat::submit {

// A receipt of a log or a notice about an entry that is not here: whoever sends them has what they are about, and sends that
// first. (A cosignature of a retraction may come before it: desks send what is signed beside the log first.)
inline constexpr ErrorCode kStatementOfNothingHeld{"statement-of-nothing-held"};

// Whether what the statement is about is held. Blocks. Errors: kStatementOfNothingHeld.
Result<void> is_about_what_is_held(const store::Store& store, const format::VerifiedStatement& statement);

class StatementApi {
 public:
  // All outlive it.
  StatementApi(const store::Store& store, statements::Statements& statements, const policy::AdmissionRules& admission)
      : store_(store), statements_(statements), admission_(admission) {}

  // A few retractions, or hundreds of what is small.
  static constexpr std::size_t kBodyBytesMax = 4 * 1024 * 1024;
  // Each is verified and answered: some tenths of a second of work.
  static constexpr std::size_t kStatementsMax = 1024;

  // An archive of statements: each is taken or refused by itself, up to the first one that cannot be read, which is
  // answered too. {"statements": [{"kind", "project", "state": "taken",
  // "held" or an error code, "text"?}]}; where one was refused, the status is that of the first refusal, with "error"
  // and "text" of it beside the list. Errors: those of the archive, kArchiveUnexpected, kStatementsFailed.
  env::awaitable<Result<http::Response>> put(const Bytes& body);
  // All of a project that is held here, as an archive, which is made while it is sent.
  http::Response get(const ProjectId& project) const;

 private:
  using Results = std::vector<Result<statements::Taken>>;
  env::awaitable<Result<Results>> take(std::vector<Bytes> statements, const std::vector<Result<format::StatementName>>& names);

  const store::Store& store_;
  statements::Statements& statements_;
  const policy::AdmissionRules& admission_;
};

}  // namespace tamizdat::submit
