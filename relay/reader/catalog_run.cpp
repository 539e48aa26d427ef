#include "relay/reader/catalog.h"

namespace tamizdat::reader {
namespace {

// Between two slices other work of the loop goes on. Reading an entry takes some 20 microseconds, so a slice takes less
// than one millisecond: a link that brings thousands of entries takes 256 KiB between two slices and is not held up.
constexpr std::size_t kSliceEntries = 16;

}  // namespace

env::awaitable<void> Catalog::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (step(kSliceEntries))
      co_await clock_.sleep_for(env::milliseconds(0), stop);
    else
      co_await work_.wait(stop);
  }
}

}  // namespace tamizdat::reader
