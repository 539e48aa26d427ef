// Never built: tests/check_co_await must find the three temporaries and the two conditions below, or it has gone blind.
#include <coroutine>
#include <functional>
#include <string>

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  int await_resume() { return 0; }
};

struct Options {
  std::string name;
  std::string place;
};

Task takes_options(Options);
Task takes_function(std::function<int()>);
Options named(Options);

Task capturing_lambda(std::string text) { co_await takes_function([text] { return static_cast<int>(text.size()); }); }
Task brace_built_aggregate(std::string text) { co_await takes_options({text, "here"}); }
Task named_first(std::string text) {
  Options options{text, "here"};
  co_await takes_options(std::move(options));
}
Task typed_aggregate(std::string text) { co_await takes_options(Options{text, "here"}); }
Task waits_in_a_condition(Task& task) {
  if (co_await task) co_return;
  while ((co_await task) > 0) co_return;
  if (task.await_ready()) co_await task;
}
