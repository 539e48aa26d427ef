// A coroutine at rest: internal to relay/env and relay/os, everybody else waits on an Event. Includes Asio: for .cpp
// files only.
#pragma once

#include <memory>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "relay/env/coroutine.h"

namespace tamizdat::env {

class Parked {
 public:
  // `executor` is the one the coroutine runs on.
  explicit Parked(Executor executor) : executor_(std::move(executor)) {}

  // Suspends the calling coroutine, then calls `then()`; returns after resume().
  template <typename Then>
  awaitable<void> park(Then then) {
    auto initiation = [this, &then](auto handler) {
      resume_ = std::make_unique<Resume>(std::move(handler));
      then();
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(initiation,
                                                                                       boost::asio::use_awaitable);
  }

  // Once, from any thread; the coroutine goes on from its loop. This object may be gone before resume() returns.
  void resume() {
    boost::asio::post(executor_, [resume = std::move(resume_)]() mutable { (std::move(*resume))(); });
  }

 private:
  // Behind a pointer, since moving Boost 1.81's any_completion_handler inside a lambda recurses without end.
  using Resume = boost::asio::any_completion_handler<void()>;

  Executor executor_;
  std::unique_ptr<Resume> resume_;
};

}  // namespace tamizdat::env
