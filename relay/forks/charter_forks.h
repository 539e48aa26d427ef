// The door for charters where two of one version may come: links and submissions give their chains here. A chain that
// continues what is held goes to the store as ever. One that parts from it proves a fork (format/charter_fork.h): the
// first relay that sees it makes the statement, which tells all others, and the project stands still
// (statements/standing.h) until the relays that have a say have decided. A relay on the losing branch then goes over to
// the winning one.
//
// Nothing is remembered of a decision but the statements that it is made of: after a crash the same ones decide the same
// again. Loop thread only; everything it is given outlives it.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "proto/format/charter_decision.h"
#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/env/turns.h"
#include "relay/statements/statements.h"
#include "relay/store/intake.h"

namespace tamizdat::forks {

class CharterForks {
 public:
  using Chain = std::vector<format::VerifiedCharter>;  // version 1 first

  CharterForks(env::Environment& env, const store::Store& store, store::Intake& intake, statements::Statements& statements);

  // Takes a project's whole chain; what it proves is durable too when this returns. The charter in force afterwards.
  // Errors: those of store::Intake::commit(), kStatementsFailed; format::kCharterForked while another branch than this
  // one's counts here, or none is decided.
  env::awaitable<Result<format::VerifiedCharter>> take(Chain chain);

  // Goes over to branches that win, until stopped.
  env::awaitable<void> run(std::stop_token stop);

 private:
  // Other branches as whole chains, which tell what a word about a later charter of theirs means. A peer gives them again.
  static constexpr std::size_t kOtherBranchesMax = 4;

  void on_statement(const statements::StatementChange& change);
  env::awaitable<Result<void>> prove(const format::VerifiedCharter& one, const format::VerifiedCharter& other);
  void remember(Chain chain);
  std::optional<Error> cut_contested(const Chain& held, Chain& chain) const;
  std::vector<format::CharterChain> chains_of(const Chain& held, const Chain* offered = nullptr) const;
  Chain winning_charters(const ProjectId& project) const;
  env::awaitable<Result<void>> follow(ProjectId project);
  env::awaitable<Result<void>> follow_in_turn(ProjectId project);

  env::Environment& env_;
  const store::Store& store_;
  store::Intake& intake_;
  statements::Statements& statements_;
  std::deque<Chain> other_branches_;
  std::set<ProjectId> to_decide_;
  env::Event decide_event_;
  env::Turns turns_;  // one chain or decision at a time: what it decides on is what it changes
  statements::Statements::Changes::Subscription statement_changes_;
};

}  // namespace tamizdat::forks
