// From which link each log comes. One source a log at a time: it pushes what is new at once, the others only announce.
// A source that falls silent while another link has more is replaced. Pure decisions; links carry them out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "relay/env/clock.h"
#include "relay/store/store.h"

namespace tamizdat::federation {

using LinkNumber = std::uint64_t;  // counts the links of this process; never used again

class Sources {
 public:
  // A source may bring nothing for this long while another link has more; above it the other one is asked. Longer
  // than a bundle takes on a slow line, shorter than a reader's patience.
  static constexpr env::milliseconds kSilenceMax{5000};

  struct Move {
    format::LogName log;
    std::optional<LinkNumber> from;  // to unsubscribe
    LinkNumber to;                   // to subscribe
  };

  // `link` announced that it holds `size` entries of `log`, of which `held` are here.
  std::optional<Move> offer(LinkNumber link, const format::LogName& log, std::uint64_t size, std::uint64_t held,
                            env::MonotonicTime now);
  // Entries of the log arrived.
  void progress(const LogId& log, std::uint64_t held, env::MonotonicTime now);
  // The link takes no part in this log any more: it refused it, or sent what could not be used.
  std::optional<Move> give_up(LinkNumber link, const LogId& log, env::MonotonicTime now);
  // The link is gone; its logs move to others.
  std::vector<Move> forget(LinkNumber link, env::MonotonicTime now);
  // The charter is in force now. Its closed desks' logs may have been cut or hidden, here and at peers: what is known of
  // them is void, and links tell it anew.
  void recheck(const format::VerifiedCharter& charter);
  // The log may not grow for now: nothing of it is expected of any link. Gives what was known of it.
  struct Suspended {
    std::map<LinkNumber, std::uint64_t> sizes;  // what each link announced
    std::optional<LinkNumber> source;
  };
  Suspended suspend(const LogId& log);
  // To be called every second or so: replaces silent sources.
  std::vector<Move> watch(env::MonotonicTime now);

  // What the link holds of the log, as far as it told.
  std::uint64_t size_at(LinkNumber link, const LogId& log) const;
  std::optional<LinkNumber> source(const LogId& log) const;

 private:
  struct Log {
    format::LogName name;
    std::map<LinkNumber, std::uint64_t> sizes;  // what each link announced
    std::optional<LinkNumber> source;
    std::uint64_t held = 0;
    env::MonotonicTime progress_at;
  };
  static std::optional<LinkNumber> best(const Log& log, std::optional<LinkNumber> except);
  static std::optional<Move> choose(Log& log, std::optional<LinkNumber> except, env::MonotonicTime now);

  std::map<LogId, Log> logs_;
};

}  // namespace tamizdat::federation
