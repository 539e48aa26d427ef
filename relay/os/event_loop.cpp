#include "relay/os/event_loop.h"

#include <csignal>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace tamizdat::os {

namespace asio = boost::asio;

struct EventLoop::State {
  void await_reload_signal() {
    reload_signals.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      await_reload_signal();
      reload();
    });
  }

  asio::io_context context{1};  // one thread runs it
  asio::signal_set stop_signals{context};
  asio::signal_set reload_signals{context};
  std::function<void()> stop;
  std::function<void()> reload;
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) { std::signal(SIGPIPE, SIG_IGN); }
EventLoop::~EventLoop() = default;

env::Executor EventLoop::executor() { return state_->context.get_executor(); }

Result<void> EventLoop::run(env::awaitable<Result<void>> main) {
  auto& context = state_->context;
  std::exception_ptr thrown;
  std::optional<Result<void>> result;
  context.restart();
  const auto busy = asio::make_work_guard(context);
  asio::co_spawn(context, std::move(main), [&](std::exception_ptr error, Result<void> returned) {
    thrown = error;
    if (!error) result.emplace(std::move(returned));
    context.stop();
  });
  context.run();
  context.restart();
  while (context.poll() > 0) {
  }
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

void EventLoop::on_stop_signal(std::function<void()> stop) {
  state_->stop = std::move(stop);
  state_->stop_signals.add(SIGTERM);
  state_->stop_signals.add(SIGINT);
  state_->stop_signals.async_wait([state = state_.get()](const boost::system::error_code& error, int) {
    if (error) return;
    state->stop_signals.clear();  // the default action is back: a second signal ends the process
    state->stop();
  });
}

void EventLoop::on_reload_signal(std::function<void()> reload) {
  state_->reload = std::move(reload);
  state_->reload_signals.add(SIGHUP);
  state_->await_reload_signal();
}

}  // namespace tamizdat::os
