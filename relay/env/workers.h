// Work that blocks (a store commit, a run of signatures) leaves the loop thread: run_blocking() runs a function on one
// of a few worker threads and resumes the coroutine on the loop with what it returned. The simulator runs it on the
// loop itself, later. The function touches nothing that the loop may touch meanwhile.
//
//   auto commit = [&store, &batches] { return store.commit(batches); };
//   auto done = co_await run_blocking(workers, std::move(commit));
#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "relay/env/coroutine.h"

namespace tamizdat::env {

class Workers {
 public:
  virtual ~Workers() = default;

  // Runs `job` once on some worker thread, in the order of posting if there is one worker. `job` does not throw.
  virtual void post(std::function<void()> job) = 0;
};

// Runs `job` on a worker and resumes when it has returned; what it throws is thrown here.
awaitable<void> run_job(Workers& workers, std::function<void()> job);

// The same with a value. Take care to name a capturing lambda before co_await (g++ 12).
template <typename Work>
awaitable<std::invoke_result_t<Work&>> run_blocking(Workers& workers, Work work) {
  using Value = std::invoke_result_t<Work&>;
  if constexpr (std::is_void_v<Value>) {
    std::function<void()> job = [&work] { work(); };
    co_await run_job(workers, std::move(job));
  } else {
    std::optional<Value> value;
    std::function<void()> job = [&work, &value] { value.emplace(work()); };
    co_await run_job(workers, std::move(job));
    co_return std::move(*value);
  }
}

}  // namespace tamizdat::env
