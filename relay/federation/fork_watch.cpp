#include "relay/federation/fork_watch.h"

#include <algorithm>
#include <utility>

#include "relay/statements/standing.h"

namespace tamizdat::federation {
namespace {

constexpr env::MetricName kForksMetric{"tamizdat_forks_proven_total", "Logs that this relay proved to be forked."};
constexpr env::MetricName kPassedOverMetric{"tamizdat_forks_passed_over_total",
                                            "Contradictions that were not looked at: whoever brought them had too many waiting."};
constexpr env::milliseconds kStoreRetryDelay{10'000};

}  // namespace

ForkWatch::ForkWatch(env::Environment& env, const store::Store& store, store::Writer& writer,
                     statements::Statements& statements, std::function<void(const format::LogName&)> ask_again)
    : env_(env),
      store_(store),
      statements_(statements),
      ask_again_(std::move(ask_again)),
      contradictions_(
          writer.subscribe_contradictions([this](const auto& bundle, const Origin& from) { on_contradiction(bundle, from); })),
      changes_(writer.subscribe([this](const store::Change& change) { on_change(change); })),
      statement_changes_(
          statements.subscribe([this](const statements::StatementChange& change) { on_statement(change); })) {}

void ForkWatch::on_contradiction(const format::VerifiedBundle& bundle, const Origin& from) {
  suspect(from, {bundle.head(), bundle});
}

// A head that a relay cosigned is seen here although its entries are not.
void ForkWatch::on_statement(const statements::StatementChange& change) {
  if (change.kind != format::StatementKind::kCosignedHead) return;
  const auto statement = statements_.find(change.project, change.kind, change.slot);
  const auto charter = store_.charter(change.project);
  if (!statement || !charter) return;
  auto head = format::verify_head(*charter, statement->as<format::WitnessedHead>()->cosigned.checkpoint_bytes);
  if (!head) return;
  if (auto other = contradicting(*head, *charter)) return suspect(change.from, {*std::move(head), {}, std::move(other)});
  const auto log = store_.log(head->log());
  if (!log || head->size() > log->head.size()) return;  // an observed larger head is something else
  if (head->size() == log->head.size() && head->root() == log->head.root()) return;
  suspect(change.from, {*std::move(head), {}});
}

// A head of the same size with another root that is held, or that another relay cosigned: the desk signed both.
std::optional<format::VerifiedHead> ForkWatch::contradicting(const format::VerifiedHead& head, const format::VerifiedCharter& charter) const {
  const auto log = store_.log(head.log());
  if (log && log->head.size() == head.size() && log->head.root() != head.root() && charter.content().closed_desk(head.desk()) == nullptr)
    return log->head;
  for (const auto& statement : statements_.of(head.project(), format::StatementKind::kCosignedHead)) {
    const auto& witnessed = *statement->as<format::WitnessedHead>();
    const auto& checkpoint = witnessed.cosigned.checkpoint;
    if (witnessed.log != head.log() || checkpoint.size != head.size() || checkpoint.root == head.root()) continue;
    if (auto other = format::verify_head(charter, witnessed.cosigned.checkpoint_bytes)) return *std::move(other);
  }
  return std::nullopt;
}

// More of the log is held now: what could not be proven may be.
void ForkWatch::on_change(const store::Change& change) {
  const auto* const grown = std::get_if<store::LogGrown>(&change);
  const auto log = grown != nullptr ? store_.log(grown->log) : std::nullopt;
  if (!log) return;
  for (auto& [from, share] : shares_) {
    const auto waiting = share.unproven.find(grown->log);
    if (waiting != share.unproven.end() && look_again(from, *log, waiting->second)) share.unproven.erase(waiting);
  }
}

bool ForkWatch::look_again(const Origin& from, const store::LogState& log, const format::VerifiedHead& head) {
  if (head.size() <= log.size) {
    suspect(from, {head, {}});
    return true;
  }
  if (log.size != log.head.size()) return false;
  ask_again_(log.name);  // whoever has the larger head sends it with entries that begin here
  return true;
}

bool ForkWatch::is_proven(const format::VerifiedHead& head) const {
  return statements_.find(head.project(), format::StatementKind::kForkProof, head.log().value) != nullptr;
}

void ForkWatch::suspect(const Origin& from, Suspect found) {
  if (is_proven(found.head)) return;
  auto& suspects = shares_[from].suspects;
  if (std::ranges::any_of(suspects, [&](const Suspect& other) { return other.head.log() == found.head.log(); })) return;
  if (suspects.size() >= kSuspectsMax) return pass_over();
  suspects.push_back(std::move(found));
  found_.notify_all();
}

void ForkWatch::pass_over() { env_.metrics.counter(kPassedOverMetric).add(); }

// Origins take turns.
env::awaitable<void> ForkWatch::run(std::stop_token stop) {
  const auto has_some = [](const auto& share) { return !share.second.suspects.empty(); };
  while (!stop.stop_requested()) {
    auto next = std::find_if(shares_.upper_bound(last_examined_), shares_.end(), has_some);
    if (next == shares_.end()) next = std::ranges::find_if(shares_, has_some);
    if (next == shares_.end()) {
      co_await found_.wait(stop);
      continue;
    }
    last_examined_ = next->first;
    Suspect found = std::move(next->second.suspects.front());
    next->second.suspects.pop_front();
    co_await examine(last_examined_, std::move(found), stop);
  }
}

// Where this relay is catching up, its own tree is not whole yet. Else the entries ended before what is held does: whoever
// has them sends them again from there on.
void ForkWatch::keep_unproven(const Origin& from, const Suspect& found) {
  const auto log = store_.log(found.head.log());
  if (!log) return;
  if (log->size == log->head.size()) {
    if (found.bundle && found.bundle->to() < log->size) ask_again_(log->name);
    return;
  }
  auto& unproven = shares_[from].unproven;
  if (unproven.size() >= kUnprovenMax && !unproven.contains(found.head.log())) return pass_over();
  unproven.insert_or_assign(found.head.log(), found.head);
}

env::awaitable<void> ForkWatch::examine(Origin from, Suspect found, std::stop_token stop) {
  auto work = [this, &found] { return prove(store_, found); };
  const auto proof = co_await env::run_blocking(env_.workers, std::move(work));
  if (!proof) {
    keep_unproven(from, found);
    co_return;
  }
  while (!stop.stop_requested() && !is_proven(found.head)) {
    const auto taken = co_await statements_.take(*proof);
    if (taken) {
      env_.metrics.counter(kForksMetric).add();
      env_.log.error("a desk signed two histories of its log: nothing more of it is taken until its project closes it",
                     {{"project", found.head.project().text()}, {"desk", found.head.desk().text()}});
    } else if (taken.error().code == statements::kStatementsFailed) {
      co_await env_.clock.sleep_for(kStoreRetryDelay, stop);
    } else {
      env_.log.error("a fork cannot be proven", {{"error", taken.error()}});
      co_return;
    }
  }
}

std::optional<Bytes> ForkWatch::prove(const store::Store& store, const Suspect& found) {
  const auto log = store.log(found.head.log());
  const auto charter = store.charter(found.head.project());
  if (found.other) return format::make_fork_proof(found.head.project(), found.head.bytes(), found.other->bytes(), {});
  if (!log || !charter) return std::nullopt;
  if (found.head.size() >= log->head.size() && found.bundle) return format::prove_fork(log->head, *found.bundle);
  if (found.head.size() > log->size) return std::nullopt;
  if (found.head.size() == 0) return std::nullopt;
  const auto octets = store.bundle(log->id, found.head.size() - 1, 1);
  if (!octets) return std::nullopt;
  const auto ours = format::verify_bundle(*charter, octets->bytes, &log->head);
  if (!ours) return std::nullopt;
  return format::prove_fork(found.head, *ours);
}

}  // namespace tamizdat::federation
