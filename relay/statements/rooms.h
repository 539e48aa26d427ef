// How much room the statements of a group find: each project has so much of each kind. Within one turn of Statements.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "relay/statements/statements.h"

namespace tamizdat::statements {

class Statements::Rooms {
 public:
  explicit Rooms(const Statements& statements) : statements_(statements) {}

  // Whether a statement of so many octets may take this slot. What counts no more makes room for it.
  bool take(const Slot& slot, std::size_t octets);
  // What must go for what was taken.
  const std::set<Slot>& leaving() const { return leaving_; }

 private:
  struct Room {
    std::map<Slot, std::size_t> octets_of;
    std::set<Slot> idle;  // of these, those that count no more
    std::size_t octets = 0;
  };
  Room& of(const Slot& slot);
  static bool fits(const Room& room) {
    return room.octets_of.size() <= kStatementsOfAKindMax && room.octets <= kOctetsOfAKindMax;
  }

  const Statements& statements_;
  std::map<std::pair<ProjectId, format::StatementKind>, Room> rooms_;
  std::set<Slot> leaving_;
};

}  // namespace tamizdat::statements
