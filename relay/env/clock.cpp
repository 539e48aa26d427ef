#include "relay/env/clock.h"

#include <utility>

#include "relay/env/event.h"

namespace tamizdat::env {

awaitable<Wake> Clock::sleep_for(milliseconds delay, std::stop_token stop) {
  Event never;
  co_return co_await never.wait_for(*this, delay, std::move(stop));
}

}  // namespace tamizdat::env
