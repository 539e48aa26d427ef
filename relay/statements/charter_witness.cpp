#include "relay/statements/charter_witness.h"

#include <algorithm>
#include <utility>

#include "relay/statements/standing.h"

namespace tamizdat::statements {
namespace {

constexpr env::milliseconds kLookInterval{60'000};

std::optional<Hash32> frozen_by(const Statements& statements, const format::VerifiedCharter& charter) {
  const auto freeze = freeze_in_force(statements, charter);
  if (!freeze) return std::nullopt;
  return freeze->as<format::Freeze>()->hash;
}

// A third of the limit: a word that is late twice is still fresh.
seconds interval_of(const format::VerifiedCharter& charter) {
  const seconds limit = charter.content().witness.fresh_for / 3;
  if (limit == seconds(0)) return CharterWitness::kIntervalMax;
  return std::clamp<seconds>(limit, CharterWitness::kIntervalMin, CharterWitness::kIntervalMax);
}

}  // namespace

CharterWitness::CharterWitness(env::Environment& env, Statements& statements, Projects projects, CharterOf charter_of,
                               const format::SigningKey& witness_key)
    : env_(env),
      statements_(statements),
      projects_(std::move(projects)),
      charter_of_(std::move(charter_of)),
      key_(witness_key),
      statement_changes_(statements.subscribe([this](const StatementChange& change) {
        if (change.kind == format::StatementKind::kFreeze) on_change(change.project);
      })),
      may_sign_(statements.subscribe_may_sign([this] { event_.notify_all(); })) {}

void CharterWitness::on_change(const ProjectId& project) {
  changed_.insert(project);
  event_.notify_all();
}

env::awaitable<void> CharterWitness::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    for (const ProjectId& project : projects_()) changed_.insert(project);
    while (!changed_.empty() && !stop.stop_requested()) {
      const ProjectId project = changed_.extract(changed_.begin()).value();
      co_await say(project);
    }
    if (stop.stop_requested()) co_return;
    co_await event_.wait_for(env_.clock, kLookInterval, stop);
  }
}

StatementPointer CharterWitness::said_of(const ProjectId& project) const {
  return statements_.find(project, format::StatementKind::kCharterSeen, key_.public_key());
}

bool CharterWitness::is_due(const format::VerifiedCharter& charter) const {
  const auto said = said_of(charter.project());
  if (!said) return true;
  const auto* const seen = said->as<format::CharterSeen>();
  return seen->version != charter.version() || seen->hash != charter.hash() ||
         seen->freeze != frozen_by(statements_, charter) || env_.clock.now() - seen->time >= interval_of(charter);
}

bool CharterWitness::has_named_later(const format::VerifiedCharter& charter) const {
  const auto next = statements_.mark_after(promise_key(charter.project(), charter.version()));
  return next && is_promise_of(*next, charter.project());
}

env::awaitable<void> CharterWitness::say(ProjectId project) {
  const auto charter = charter_of_(project);
  if (!charter || !statements_.may_sign() || !is_due(*charter)) co_return;
  const Bytes hash(charter->hash().view());
  auto promised = co_await statements_.put_mark_once(promise_key(project, charter->version()), hash);
  if (!promised) co_return;  // told by Statements; again at the next look
  if (has_named_later(*charter)) co_return;  // before this relay was restored: its peers have the charter
  if (*promised != hash) {
    if (contradicted_.insert(project).second)
      env_.log.error("another charter of this version was witnessed here before: this one is not",
                     {{"project", project.text()}, {"version", charter->version()}});
    co_return;
  }
  // Two words within a second: only the later one of a slot counts.
  Timestamp time = env_.clock.now();
  if (const auto said = said_of(project)) time = std::max(time, *said->time() + seconds(1));
  const format::CharterSeenContent content{charter->version(), charter->hash(), frozen_by(statements_, *charter), time};
  const auto taken = co_await statements_.take(format::make_charter_seen(project, content, key_));
  if (!taken && taken.error().code != kStatementsFailed)
    env_.log.error("cannot witness a charter", {{"project", project.text()}, {"error", taken.error()}});
}

}  // namespace tamizdat::statements
