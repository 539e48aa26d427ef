// How many entries of a project may be erased at once, because two keys ask for it: so many in any 24 hours. An entry uses
// up its place once, however often its erasure fails and is tried again. Kept in the marks of the statements, so that a
// restart forgets nothing. Loop thread only.
#pragma once

#include <optional>
#include <vector>

#include "relay/erasure/pauses.h"

namespace tamizdat::erasure {

// What two keys may do in an hour of need, and no more than that with one stolen key and one coerced person.
inline constexpr std::size_t kImmediateErasuresADay = 20;

class Quota {
 public:
  Quota(statements::Statements& statements, const Pauses& pauses) : statements_(statements), pauses_(pauses) {}

  // Takes a place for the entry, durably, or says when there will be one. A clock that is put back gives no place, nor does
  // what it jumps ahead. Errors: kStatementsFailed.
  env::awaitable<Result<std::optional<Timestamp>>> take(ProjectId project, EntryId entry, Timestamp now);

 private:
  struct Place {
    Timestamp taken_at;
    EntryId entry;
  };
  std::vector<Place> taken(const ProjectId& project, Timestamp now) const;
  Timestamp free_at(const Place& place, Timestamp now) const;

  statements::Statements& statements_;
  const Pauses& pauses_;
};

}  // namespace tamizdat::erasure
