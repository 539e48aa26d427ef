#include "relay/statements/rooms.h"

namespace tamizdat::statements {
namespace {

// What each statement costs beside its octets: neither many small ones nor a few big ones are the smaller share.
constexpr std::size_t kOverhead = 512;

struct SignerOf {
  Hash32 operator()(const format::Freeze& content) const { return content.signer.value; }
  Hash32 operator()(const format::ForkProof&) const { return {}; }
  Hash32 operator()(const format::CharterFork&) const { return {}; }
  Hash32 operator()(const format::CharterSeen& content) const { return content.relay.relay.value; }
  Hash32 operator()(const format::WitnessedHead& content) const { return content.relay.relay.value; }
  Hash32 operator()(const format::RelayReceipt& content) const { return content.relay.relay.value; }
  Hash32 operator()(const format::RetractionProof& content) const { return content.desk.value; }
  Hash32 operator()(const format::RetractionCosignature& content) const { return content.signer; }
  Hash32 operator()(const format::Withholding& content) const { return content.relay.value; }
};

}  // namespace

Hash32 signer_of(const format::VerifiedStatement& statement) { return std::visit(SignerOf(), statement.content()); }

Statements::Rooms::Room& Statements::Rooms::of(const Slot& slot) {
  const auto [place, is_new] = rooms_.try_emplace({slot.project, slot.kind});
  Room& room = place->second;
  if (!is_new) return room;
  for (auto held = statements_.held_.lower_bound(Slot{slot.project, slot.kind, {}});
       held != statements_.held_.end() && held->first.project == slot.project && held->first.kind == slot.kind; ++held) {
    const auto& [sequence, statement, octets] = held->second;
    if (statement)
      put(room, held->first, {statement->octets().size(), signer_of(*statement), sequence, true});
    else
      put(room, held->first, {octets.size(), {}, sequence, false});
  }
  return room;
}

void Statements::Rooms::put(Room& room, const Slot& slot, const Item& item) const {
  room.items[slot] = item;
  room.octets += item.octets;
  if (!item.counts) {
    room.idle.insert(slot);
    return;
  }
  Share& share = room.shares[item.signer];
  share.weight += item.octets + kOverhead;
  if (item.sequence != 0 && !statements_.needed_.contains(slot)) share.may_leave[item.sequence] = slot;
}

Statements::Rooms::Item Statements::Rooms::remove(Room& room, const Slot& slot) {
  const Item item = room.items.extract(slot).mapped();
  room.octets -= item.octets;
  if (room.idle.erase(slot) > 0) return item;
  Share& share = room.shares.at(item.signer);
  share.weight -= item.octets + kOverhead;
  share.may_leave.erase(item.sequence);
  return item;
}

std::optional<Statements::Slot> Statements::Rooms::leaves_for(const Room& room, const Hash32& signer, For whom) {
  if (!room.idle.empty()) return *room.idle.begin();
  const Share* largest = nullptr;
  for (const auto& [other, share] : room.shares) {
    const bool may_make_room = !share.may_leave.empty() && (whom == For::kThisRelay || other != signer);
    if (may_make_room && (largest == nullptr || share.weight > largest->weight)) largest = &share;
  }
  if (largest == nullptr || (whom == For::kAnybody && largest->weight < room.shares.at(signer).weight)) return std::nullopt;
  return largest->may_leave.rbegin()->second;
}

bool Statements::Rooms::take(const Slot& slot, const format::VerifiedStatement& statement, For whom) {
  Room& room = of(slot);
  std::optional<Item> before;
  if (room.items.contains(slot)) before = remove(room, slot);
  const Item item{statement.octets().size(), signer_of(statement), 0, true};
  put(room, slot, item);
  std::vector<std::pair<Slot, Item>> gone;
  while (!fits(room)) {
    const auto leaves = leaves_for(room, item.signer, whom);
    if (!leaves) break;
    gone.emplace_back(*leaves, remove(room, *leaves));
  }
  // One that takes the place of another is let in where it makes things no worse.
  if (fits(room) || (before && item.octets <= before->octets)) {
    for (const auto& [other, left] : gone) leaving_.insert(other);
    leaving_.erase(slot);
    return true;
  }
  remove(room, slot);
  if (before) put(room, slot, *before);
  for (const auto& [other, left] : gone) put(room, other, left);
  return false;
}

}  // namespace tamizdat::statements
