// A few threads for work that blocks, in the order it was posted. Destroying it finishes what was posted and joins the
// threads: do so before the event loop dies, as their coroutines wait there.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "relay/env/workers.h"

namespace tamizdat::os {

class WorkerThreads final : public env::Workers {
 public:
  explicit WorkerThreads(std::size_t threads);
  ~WorkerThreads() override;

  void post(std::function<void()> job) override;

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tamizdat::os
