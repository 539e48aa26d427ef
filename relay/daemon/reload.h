// How a running relay takes up a changed relay.toml, certificate or list of peers: everything is read and checked again,
// as at a start, and then all of it is put in force, or nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "proto/base/result.h"
#include "relay/daemon/installation.h"
#include "relay/env/environment.h"
#include "relay/env/event.h"

namespace tamizdat::daemon {

inline constexpr ErrorCode kNeedsRestart{"needs-restart"};

// What would be different with `next`, for people: "peer.address, limits.connections, the certificate"; "nothing is
// different" if so. Errors: kNeedsRestart, one line for each key that a running relay cannot change. Pure.
Result<std::string> compare_for_reload(const Installation& now, const Installation& next);

// One reload after the other, however many ask for one. Loop thread only.
class Reloads {
 public:
  struct Steps {
    std::function<Result<Installation>()> load;  // on a worker
    // Puts it in force and says what is different; on the loop. After an error nothing may be.
    std::function<Result<std::string>(Installation)> take_up;
    std::function<void()> begin;
    std::function<void(const Result<std::string>& outcome)> end;
  };

  explicit Reloads(Steps steps) : steps_(std::move(steps)) {}

  // Asks for one that begins after this call, and does not wait for it.
  void request();
  // The same, and returns its outcome. Errors: those of `load` and `take_up`; env::kStopRequested.
  env::awaitable<Result<std::string>> reload(std::stop_token stop);

  env::awaitable<void> run(env::Workers& workers, std::stop_token stop);

 private:
  Steps steps_;
  std::uint64_t requested_ = 0;
  std::uint64_t finished_ = 0;  // as many of the requests, counted from the first, are answered
  Result<std::string> outcome_;  // of the last
  env::Event changed_;
};

}  // namespace tamizdat::daemon
