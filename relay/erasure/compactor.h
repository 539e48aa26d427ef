// Has the store give the space of erased bodies back, behind everything else: some time after an erasure, one segment at a
// time, and after each it rests for four times as long as that took. Nothing waits for it, and nothing secret hangs on it:
// the bodies are overwritten already. Loop thread only. Everything it is given outlives it, and it outlives run().
#pragma once

#include <stop_token>

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/store/writer.h"

namespace tamizdat::erasure {

class Compactor {
 public:
  Compactor(env::Environment& env, store::Store& store, store::Writer& writer);

  // Until stopped. Begins with what earlier runs left.
  env::awaitable<void> run(std::stop_token stop);

 private:
  env::awaitable<void> compact_all(std::stop_token stop);

  env::Environment& env_;
  store::Store& store_;
  bool erased_ = true;
  env::Event work_;
  store::Writer::Subscription changes_;
};

}  // namespace tamizdat::erasure
