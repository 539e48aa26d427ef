// A watch's waiting without waiting.
#pragma once

#include <tamizdat/desk.h>

#include <algorithm>
#include <cstddef>
#include <functional>

#include "tests/unit/client-lib/support/test_edges.h"

namespace tamizdat::tests {

// Sets the clock forward, and is over after so many rounds.
class FakePause final : public client::Pause {
 public:
  FakePause(FixedClock& clock, std::size_t rounds) : clock_(clock), rounds_(rounds) {}
  void until(Timestamp time) override {
    if (is_over()) return;
    clock_.time = std::max(clock_.time, time);
    if (--rounds_ > 0 && between_rounds) between_rounds();
  }
  bool is_over() override { return rounds_ == 0 || stop_now; }

  std::function<void()> between_rounds;
  bool stop_now = false;

 private:
  FixedClock& clock_;
  std::size_t rounds_;
};

}  // namespace tamizdat::tests
