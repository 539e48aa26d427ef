#include "relay/erasure/compactor.h"

#include <algorithm>
#include <variant>

#include "relay/env/workers.h"

namespace tamizdat::erasure {
namespace {

// Erasures come in crowds, and one that comes while a segment is copied has the copy thrown away.
constexpr env::milliseconds kGatherTime{60'000};
constexpr int kRestFactor = 4;
constexpr env::milliseconds kRestMin{1'000};
// A full or failing disk is not better sooner.
constexpr env::milliseconds kTryAgain{600'000};

}  // namespace

Compactor::Compactor(env::Environment& env, store::Store& store, store::Writer& writer)
    : env_(env), store_(store), changes_(writer.subscribe([this](const store::Change& change) {
        if (!std::holds_alternative<store::EntryErased>(change)) return;
        erased_ = true;
        work_.notify_all();
      })) {}

env::awaitable<void> Compactor::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (!erased_) {
      co_await work_.wait(stop);
      continue;
    }
    co_await env_.clock.sleep_for(kGatherTime, stop);
    erased_ = false;
    co_await compact_all(stop);
  }
}

env::awaitable<void> Compactor::compact_all(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto began = env_.clock.monotonic();
    auto work = [this] { return store_.compact(); };
    const auto done = co_await env::run_blocking(env_.workers, std::move(work));
    if (!done) {
      env_.log.error("cannot give the space of erased texts back to the disk; it is tried again", {{"error", done.error()}});
      erased_ = true;
      co_await env_.clock.sleep_for(kTryAgain, stop);
      co_return;
    }
    if (!*done) co_return;
    env_.log.info("gave the space of erased texts back to the disk");
    const auto took = std::chrono::duration_cast<env::milliseconds>(env_.clock.monotonic() - began);
    co_await env_.clock.sleep_for(std::max(kRestMin, took * kRestFactor), stop);
  }
}

}  // namespace tamizdat::erasure
