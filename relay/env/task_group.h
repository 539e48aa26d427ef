// Parallel work with an owner. The children of a TaskGroup are coroutines that run beside the owner; the owner stops
// and joins them before it ends, and the destructor checks that it did. A group made with the token of another is
// stopped with it. A child that throws ends the program: errors are values (proto/base/result.h).
//
//   TaskGroup group(executor, stop);
//   group.spawn(read_frames(stream, group.token()));
//   ...
//   group.stop();
//   co_await group.join();
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

#include "relay/env/coroutine.h"
#include "relay/env/event.h"

namespace tamizdat::env {

class TaskGroup {
 public:
  explicit TaskGroup(Executor executor, std::stop_token parent = {});
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Starts `child` from the loop, not from within this call. What it refers to must live until join() returns.
  void spawn(awaitable<void> child);
  // Asks every child, also later ones, to end. It does not wait.
  void stop() { stop_source_.request_stop(); }
  std::stop_token token() const { return stop_source_.get_token(); }
  std::size_t size() const { return size_; }
  // Returns when no child runs. It does not stop them.
  awaitable<void> join();

 private:
  awaitable<void> run(awaitable<void> child);
  void child_ended();

  Executor executor_;
  std::stop_source stop_source_;
  std::stop_callback<std::function<void()>> stop_with_parent_;
  std::size_t size_ = 0;
  Event ended_;
};

}  // namespace tamizdat::env
