#include "relay/federation/slot_lane.h"

namespace tamizdat::federation {

// What this link was to bring another one may be asked for now.
SlotLane::~SlotLane() {
  for (const auto& id : under_way_) pool_.unclaim(id);
}

void SlotLane::on(const sync::SealedHeld& message) {
  if (message.digest && !std::exchange(digest_taken_, true) && *message.digest != pool_.digest())
    for (const auto& id : pool_.ids()) to_tell_.push_back(id);
  for (const auto& id : message.slots)
    if (!pool_.holds(id) && wanted_.size() < kWantedMax) wanted_.push_back(id);
}

bool SlotLane::on(const sync::SealedRequest& message) {
  if (asked_.size() + message.slots.size() > sync::kSealedAskedMax) return false;
  asked_.insert(asked_.end(), message.slots.begin(), message.slots.end());
  return true;
}

Result<void> SlotLane::on(const sync::SealedSlot& message) {
  if (under_way_.erase(message.id) == 0) return fail(kSlotUnasked, "the peer sends a slot that it was not asked for");
  if (message.slot.empty()) {
    pool_.unclaim(message.id);
    return {};
  }
  if (format::slot_id(message.slot) != message.id) {
    pool_.unclaim(message.id);
    return fail(kSlotWrong, "the peer sends other octets than those of the slot that it was asked for");
  }
  of_peer_.insert(message.id);
  ++storing_;
  return {};
}

void SlotLane::on_change(const std::optional<Hash32>& slot) {
  if (slot && of_peer_.erase(*slot) == 0) to_tell_.push_back(*slot);
}

std::vector<sync::LinkMessage> SlotLane::messages() {
  std::vector<sync::LinkMessage> out;
  while (!to_tell_.empty()) {
    sync::SealedHeld held;
    for (; !to_tell_.empty() && held.slots.size() < sync::kSealedHeldMax; to_tell_.pop_front())
      if (pool_.holds(to_tell_.front())) held.slots.push_back(to_tell_.front());
    if (!held.slots.empty()) out.emplace_back(std::move(held));
  }
  if (auto request = next_request()) out.emplace_back(*std::move(request));
  return out;
}

std::optional<sync::SealedRequest> SlotLane::next_request() {
  sync::SealedRequest request;
  for (std::size_t left = wanted_.size(); left > 0 && under_way_.size() + storing_ < kUnderWayMax; --left) {
    const Hash32 id = wanted_.front();
    wanted_.pop_front();
    if (pool_.holds(id) || under_way_.contains(id)) continue;
    if (!pool_.claim(id)) {
      wanted_.push_back(id);  // another link brings it, perhaps
      continue;
    }
    under_way_.insert(id);
    request.slots.push_back(id);
  }
  if (request.slots.empty()) return std::nullopt;
  return request;
}

std::optional<Hash32> SlotLane::next_answer() {
  if (asked_.empty()) return std::nullopt;
  const Hash32 id = asked_.front();
  asked_.pop_front();
  return id;
}

}  // namespace tamizdat::federation
