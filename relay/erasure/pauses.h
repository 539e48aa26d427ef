// How long the erase delay of a project stood still: while it is frozen or forked, nobody's retraction runs out, and what
// the wall clock jumped ahead is no time that anybody had. Kept in the marks of the statements, so that a restart forgets
// nothing; a change that came while the relay was down counts from its start. Loop thread only.
#pragma once

#include <vector>

#include "relay/statements/statements.h"

namespace tamizdat::erasure {

class Pauses {
 public:
  explicit Pauses(statements::Statements& statements) : statements_(statements) {}

  // Notes whether the delay stands still from `now` on. Durable when it returns. Errors: kStatementsFailed.
  env::awaitable<Result<void>> note(ProjectId project, bool is_paused, Timestamp now);
  // The clock went from `from` to `to` at once. Durable when it returns. Errors: kStatementsFailed.
  env::awaitable<Result<void>> note_jump(Timestamp from, Timestamp to);

  // How much of [from, to) the project's delay stood still.
  seconds within(const ProjectId& project, Timestamp from, Timestamp to) const;
  // How much of [from, to) the clock jumped over.
  seconds jumped_within(Timestamp from, Timestamp to) const;

 private:
  struct Pause {
    Timestamp from;
    Timestamp to;  // 1970: it lasts
  };
  std::vector<Pause> at(const Bytes& key) const;
  env::awaitable<Result<void>> put(Bytes key, std::vector<Pause> pauses);

  statements::Statements& statements_;
};

}  // namespace tamizdat::erasure
