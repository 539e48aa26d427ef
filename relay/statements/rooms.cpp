#include "relay/statements/rooms.h"

namespace tamizdat::statements {

Statements::Rooms::Room& Statements::Rooms::of(const Slot& slot) {
  const auto [place, is_new] = rooms_.try_emplace({slot.project, slot.kind});
  Room& room = place->second;
  if (!is_new) return room;
  for (auto held = statements_.held_.lower_bound(Slot{slot.project, slot.kind, {}});
       held != statements_.held_.end() && held->first.project == slot.project && held->first.kind == slot.kind; ++held) {
    const std::size_t octets = held->second.statement ? held->second.statement->octets().size() : held->second.octets.size();
    room.octets_of[held->first] = octets;
    room.octets += octets;
    if (!held->second.statement) room.idle.insert(held->first);
  }
  return room;
}

bool Statements::Rooms::take(const Slot& slot, std::size_t octets) {
  Room& room = of(slot);
  const auto place = room.octets_of.find(slot);
  const bool was_there = place != room.octets_of.end();
  const std::size_t before = was_there ? place->second : 0;
  room.octets_of[slot] = octets;
  room.octets += octets - before;
  room.idle.erase(slot);
  while (!fits(room) && !room.idle.empty()) {
    const Slot idle = room.idle.extract(room.idle.begin()).value();
    room.octets -= room.octets_of.at(idle);
    room.octets_of.erase(idle);
    leaving_.insert(idle);
  }
  leaving_.erase(slot);
  // One that takes the place of another is let in where it makes things no worse.
  if (fits(room) || (was_there && octets <= before)) return true;
  room.octets += before - octets;
  if (was_there)
    room.octets_of[slot] = before;
  else
    room.octets_of.erase(slot);
  return false;
}

}  // namespace tamizdat::statements
