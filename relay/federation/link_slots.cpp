// The part of Link that carries slots of the sealed pool.
#include "relay/federation/link.h"

namespace tamizdat::federation {

void Link::post_slot_messages() {
  for (auto& message : slot_lane_->messages()) post(std::move(message));
}

env::awaitable<Result<void>> Link::answer_slot_request(Hash32 id) {
  auto slot = co_await context_.pool->read(id);
  sync::SealedSlot message{id, slot ? *std::move(slot) : Bytes()};
  auto written = co_await write_message(std::move(message));
  co_return written;
}

// What is valid and has no room, or ended on the way, is nobody's fault: it is told to the operator and passed over.
env::awaitable<void> Link::take_slot(Bytes slot) {
  const sealed::Origin origin = peer_;
  const auto taken = co_await context_.pool->put(std::move(slot), origin);
  slot_lane_->stored();
  if (!taken) refused_log_.write(ProjectId(), taken.error().code.name(), taken.error().text);
  post_slot_messages();
}

}  // namespace tamizdat::federation
