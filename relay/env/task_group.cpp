#include "relay/env/task_group.h"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proto/base/check.h"

namespace tamizdat::env {

namespace asio = boost::asio;

TaskGroup::TaskGroup(Executor executor, std::stop_token parent)
    : executor_(std::move(executor)), stop_with_parent_(std::move(parent), [this] { stop(); }) {}

TaskGroup::~TaskGroup() { TMZ_CHECK(size_ == 0); }

void TaskGroup::child_ended() {
  --size_;
  if (size_ == 0) ended_.notify_all();
}

awaitable<void> TaskGroup::run(awaitable<void> child) {
  co_await asio::post(asio::use_awaitable);  // co_spawn alone would start it within spawn()
  co_await std::move(child);
  child_ended();
}

void TaskGroup::spawn(awaitable<void> child) {
  ++size_;
  asio::co_spawn(executor_, run(std::move(child)), [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
}

awaitable<void> TaskGroup::join() {
  while (size_ > 0) co_await ended_.wait();
}

}  // namespace tamizdat::env
