// One coroutine at a time, on one thread: a mutex that suspends who must wait.
//
//   const env::Turn turn = co_await turns_.take();  // alone here until `turn` ends, across every co_await
//
// Turns outlive every Turn and everybody who waits for one.
#pragma once

#include <utility>

#include "proto/base/check.h"
#include "relay/env/event.h"

namespace tamizdat::env {

class Turns;

class [[nodiscard]] Turn {
 public:
  Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
  Turn& operator=(Turn&&) = delete;
  ~Turn();

 private:
  friend class Turns;
  explicit Turn(Turns& turns) : turns_(&turns) {}
  Turns* turns_;
};

class Turns {
 public:
  Turns() = default;
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;
  ~Turns() { TMZ_CHECK(!taken_); }

  awaitable<Turn> take();

 private:
  friend class Turn;
  bool taken_ = false;
  Event free_;
};

}  // namespace tamizdat::env
