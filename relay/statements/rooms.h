// How much room the statements of a group find: each project has so much of each kind. Where that is full, who has most of
// it makes room for who has less, his newest first; so a key that signs without end fills what others leave, pushes
// nothing of theirs out, nor what it signed itself before it was stolen. Within one turn of Statements.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "relay/statements/statements.h"

namespace tamizdat::statements {

// Whose share of the room it takes: a key that speaks, or the desk of a retraction. Proofs of forks share one.
Hash32 signer_of(const format::VerifiedStatement& statement);

class Statements::Rooms {
 public:
  explicit Rooms(const Statements& statements) : statements_(statements) {}

  // Whether the statement may take this slot. What counts no more makes room for it, then what is crowding. One that this
  // relay needs itself is refused only where all others are needed too.
  bool take(const Slot& slot, const format::VerifiedStatement& statement, For whom);
  // What must go for what was taken.
  const std::set<Slot>& leaving() const { return leaving_; }

 private:
  struct Item {
    std::size_t octets = 0;
    Hash32 signer;
    std::uint64_t sequence = 0;  // none: of this group
    bool counts = true;
  };
  struct Share {
    std::size_t weight = 0;
    std::map<std::uint64_t, Slot> may_leave;  // by number
  };
  struct Room {
    std::map<Slot, Item> items;
    std::set<Slot> idle;  // of these, those that count no more
    std::map<Hash32, Share> shares;
    std::size_t octets = 0;
  };
  Room& of(const Slot& slot);
  void put(Room& room, const Slot& slot, const Item& item) const;
  static Item remove(Room& room, const Slot& slot);
  static std::optional<Slot> leaves_for(const Room& room, const Hash32& signer, For whom);
  static bool fits(const Room& room) { return room.items.size() <= kStatementsOfAKindMax && room.octets <= kOctetsOfAKindMax; }

  const Statements& statements_;
  std::map<std::pair<ProjectId, format::StatementKind>, Room> rooms_;
  std::set<Slot> leaving_;
};

}  // namespace tamizdat::statements
