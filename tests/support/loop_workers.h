// Workers for tests of one thread: jobs run on the loop, later; while held, not at all.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "relay/env/workers.h"

namespace tamizdat::tests {

class LoopWorkers final : public env::Workers {
 public:
  explicit LoopWorkers(env::Executor loop) : loop_(std::move(loop)) {}
  void post(std::function<void()> job) override {
    if (held_)
      waiting_.push_back(std::move(job));
    else
      boost::asio::post(loop_, std::move(job));
  }
  void hold() { held_ = true; }
  void release() {
    held_ = false;
    for (auto& job : std::exchange(waiting_, {})) boost::asio::post(loop_, std::move(job));
  }

 private:
  env::Executor loop_;
  bool held_ = false;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace tamizdat::tests
