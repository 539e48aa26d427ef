// Says, with the relay's witness key, which charter of each project is in force here and whether it is frozen: a reader
// who hears it from a quorum knows that nobody hides a newer one from him. Said when either changes, and again before
// the policy's limit of freshness.
//
// One hash a version, for ever: it is durable before the first such word leaves, so that neither a crash nor another
// branch of the charters makes this key contradict itself, and no version below one that was named. A relay that was
// restored from a backup says nothing until its peers have told it what it said before. Loop thread only.
#pragma once

#include <functional>
#include <set>
#include <stop_token>
#include <vector>

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/statements/statements.h"

namespace tamizdat::statements {

class CharterWitness {
 public:
  // At least this often, also where a policy gives no limit.
  static constexpr std::chrono::hours kIntervalMax{1};
  static constexpr std::chrono::minutes kIntervalMin{1};

  using Projects = std::function<std::vector<ProjectId>()>;
  using CharterOf = std::function<std::optional<format::VerifiedCharter>(const ProjectId&)>;
  // Everything outlives it.
  CharterWitness(env::Environment& env, Statements& statements, Projects projects, CharterOf charter_of,
                 const format::SigningKey& witness_key);

  // The charter of the project, or a freeze of it, is another one now.
  void on_change(const ProjectId& project);
  env::awaitable<void> run(std::stop_token stop);

 private:
  StatementPointer said_of(const ProjectId& project) const;
  bool is_due(const format::VerifiedCharter& charter) const;
  bool has_named_later(const format::VerifiedCharter& charter) const;
  env::awaitable<void> say(ProjectId project);

  env::Environment& env_;
  Statements& statements_;
  Projects projects_;
  CharterOf charter_of_;
  const format::SigningKey& key_;
  std::set<ProjectId> changed_;
  std::set<ProjectId> contradicted_;  // told to the operator once
  env::Event event_;
  Statements::Changes::Subscription statement_changes_;
  Statements::MaySign::Subscription may_sign_;
};

}  // namespace tamizdat::statements
