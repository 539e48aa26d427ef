#include "relay/env/turns.h"

namespace tamizdat::env {

Turn::~Turn() {
  if (turns_ == nullptr) return;
  turns_->taken_ = false;
  turns_->free_.notify_all();
}

awaitable<Turn> Turns::take() {
  while (taken_) co_await free_.wait();
  taken_ = true;
  co_return Turn(*this);
}

}  // namespace tamizdat::env
