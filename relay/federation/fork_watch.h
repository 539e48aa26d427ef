// Makes the proof when entries arrive that contradict what is held: the relay that sees two histories of a log first
// tells all others, which then stop the log's growth as this one does. Loop thread only.
//
// The writer tells of entries that the store refused as forked. The two heads and the O(log n) hashes between them are
// nearly always at hand; where this relay is still catching up they may not be, and then the head is kept until they are.
//
// Whoever brings contradictions has a share of his own, in what waits and in turns: the noise of one peer, or of all that is
// submitted, costs the others nothing.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/statements/statements.h"
#include "relay/store/writer.h"

namespace tamizdat::federation {

class ForkWatch {
 public:
  // `ask_again`: have every link send the log once more from what is held here on.
  ForkWatch(env::Environment& env, const store::Store& store, store::Writer& writer, statements::Statements& statements,
            std::function<void(const format::LogName&)> ask_again);

  // Proves what is found until stopped.
  env::awaitable<void> run(std::stop_token stop);

  // What contradicts the log that is held: a head, and where it is larger than ours, entries under it. Or two heads of one
  // size, which need nothing more.
  struct Suspect {
    format::VerifiedHead head;
    std::optional<format::VerifiedBundle> bundle = {};
    std::optional<format::VerifiedHead> other = {};
  };
  // The statement; nothing if the two do not contradict each other, or if that cannot be shown yet. Blocks.
  static std::optional<Bytes> prove(const store::Store& store, const Suspect& found);

 private:
  // Of different logs, and of one origin: each is at most one bundle in memory.
  static constexpr std::size_t kSuspectsMax = 8;
  static constexpr std::size_t kUnprovenMax = 256;
  using Origin = std::optional<RelayId>;  // the peer; none: submitted
  struct Share {
    std::deque<Suspect> suspects;
    std::map<LogId, format::VerifiedHead> unproven;  // until more of the log is held
  };

  void on_contradiction(const format::VerifiedBundle& bundle, const Origin& from);
  void on_change(const store::Change& change);
  void on_statement(const statements::StatementChange& change);
  std::optional<format::VerifiedHead> contradicting(const format::VerifiedHead& head, const format::VerifiedCharter& charter) const;
  void suspect(const Origin& from, Suspect found);
  void keep_unproven(const Origin& from, const Suspect& found);
  void pass_over();
  bool look_again(const Origin& from, const store::LogState& log, const format::VerifiedHead& head);
  bool is_proven(const format::VerifiedHead& head) const;
  env::awaitable<void> examine(Origin from, Suspect found, std::stop_token stop);

  env::Environment& env_;
  const store::Store& store_;
  statements::Statements& statements_;
  std::function<void(const format::LogName&)> ask_again_;
  std::map<Origin, Share> shares_;
  Origin last_examined_;
  env::Event found_;
  store::Writer::Contradictions::Subscription contradictions_;
  store::Writer::Subscription changes_;
  statements::Statements::Changes::Subscription statement_changes_;
};

}  // namespace tamizdat::federation
