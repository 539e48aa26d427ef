// The operator's door to a running relay: the Unix socket `control` in its data folder, which only the relay's own user
// and root can open. One line in, one answer out, and the connection ends:
//
//   reload\n   ->   done\n1 peer is new\n        or   refused\n/etc/tamizdat/relay.toml:12: ...\n
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "proto/base/result.h"
#include "relay/env/clock.h"
#include "relay/env/coroutine.h"

namespace tamizdat::os {

inline constexpr ErrorCode kControlFailed{"control-failed"};
inline constexpr ErrorCode kNoRelayRuns{"no-relay-runs"};
inline constexpr ErrorCode kCommandRefused{"command-refused"};

// What a command did, in words, or why not.
using Command = std::function<env::awaitable<Result<std::string>>(std::string line)>;

// Loop thread only.
class ControlSocket {
 public:
  // Takes the place of a socket that an earlier relay left in `folder`. Errors: kControlFailed.
  static Result<ControlSocket> open(env::Executor loop, const std::filesystem::path& folder);
  ControlSocket(ControlSocket&& other) noexcept;
  ~ControlSocket();

  // Answers one after the other until stopped.
  env::awaitable<void> run(env::Clock& clock, Command command, std::stop_token stop);

 private:
  struct State;
  explicit ControlSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The other end; blocking, for commands. Returns what was done. Errors: kNoRelayRuns, kControlFailed (no answer within
// `limit`, or nobody may open it), kCommandRefused with the relay's reason.
Result<std::string> ask_running_relay(const std::filesystem::path& folder, std::string_view command,
                                      env::milliseconds limit);

}  // namespace tamizdat::os
