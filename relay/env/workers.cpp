#include "relay/env/workers.h"

#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>

#include "relay/env/parked.h"

namespace tamizdat::env {

namespace {

// Shared by the waiting coroutine and the worker, who may still be on its way out when the coroutine has gone on.
struct Away {
  explicit Away(Executor loop) : coroutine(std::move(loop)) {}
  Parked coroutine;
  std::exception_ptr thrown;
};

}  // namespace

awaitable<void> run_job(Workers& workers, std::function<void()> job) {
  // Tracked: the loop must not run out of work and end while a coroutine is away.
  Executor loop = boost::asio::prefer(co_await boost::asio::this_coro::executor,
                                      boost::asio::execution::outstanding_work.tracked);
  const auto away = std::make_shared<Away>(std::move(loop));
  auto post = [&workers, &job, away] {
    workers.post([&job, away] {
      try {
        job();
      } catch (...) {
        away->thrown = std::current_exception();
      }
      away->coroutine.resume();
    });
  };
  co_await away->coroutine.park(std::move(post));
  if (away->thrown) std::rethrow_exception(away->thrown);
}

}  // namespace tamizdat::env
