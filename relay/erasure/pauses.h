// How long the erase delay of a project stood still: while it is frozen or forked, nobody's retraction runs out. Kept in
// the marks of the statements, so that a restart forgets nothing; a change that came while the relay was down counts
// from its start. Loop thread only.
#pragma once

#include <vector>

#include "relay/statements/statements.h"

namespace tamizdat::erasure {

class Pauses {
 public:
  explicit Pauses(statements::Statements& statements) : statements_(statements) {}

  // Notes whether the delay stands still from `now` on. Durable when it returns. Errors: kStatementsFailed.
  env::awaitable<Result<void>> note(ProjectId project, bool is_paused, Timestamp now);
  // How much of [from, to) it stood still.
  seconds within(const ProjectId& project, Timestamp from, Timestamp to) const;

 private:
  struct Pause {
    Timestamp from;
    Timestamp to;  // 1970: it lasts
  };
  std::vector<Pause> of(const ProjectId& project) const;

  statements::Statements& statements_;
};

}  // namespace tamizdat::erasure
