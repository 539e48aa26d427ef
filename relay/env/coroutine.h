// The coroutine type of the relay. Coroutines are written against relay/env only, so that the same code runs on the
// real event loop (relay/os) and in a deterministic simulator. One thread runs them all: nothing here takes a lock.
//
// How a coroutine ends early: its owner requests a stop (std::stop_token) or closes its stream. Whatever it waits for
// then returns at once with an error or with Wake::kStopped, and it leaves by its ordinary path. Asio's own
// cancellation is not used. A simulated crash works the same way: effects are cut off at these interfaces, and the
// coroutines of the dead node run to their ends without anybody noticing.
//
// Two errors of g++ 12.2 to write around, both silent: a capturing lambda or a brace-built aggregate as a temporary in
// an expression with co_await is destroyed twice (name it first); and `if (co_await x)`, `while`, `switch` alike, in a
// coroutine whose body declares no local variable resumes into a trap (name the result first, then test it).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace tamizdat::env {

using boost::asio::awaitable;
using Executor = boost::asio::any_io_executor;

}  // namespace tamizdat::env
