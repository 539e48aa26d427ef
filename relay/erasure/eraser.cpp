#include "relay/erasure/eraser.h"

#include <algorithm>

#include "proto/format/retraction.h"
#include "relay/env/workers.h"
#include "relay/statements/standing.h"

namespace tamizdat::erasure {
namespace {

constexpr env::MetricName kErasedMetric{"tamizdat_erased_entries_total", "Entries whose text was erased after a retraction."};

// What a clock that is put right changes, and what a failed attempt waits for.
constexpr env::milliseconds kLookAgain{30'000};
constexpr seconds kTryAgain{60};
constexpr std::size_t kFoundAtATime = 256;

Bytes day_key(const ProjectId& project) { return Bytes("erasures at once ") + Bytes(project.view()); }

}  // namespace

Eraser::Eraser(env::Environment& env, store::Store& store, store::Writer& writer, store::BlobFiles& blobs,
               statements::Statements& statements, std::optional<seconds> delay)
    : env_(env),
      store_(store),
      writer_(writer),
      blobs_(blobs),
      statements_(statements),
      delay_(delay),
      pauses_(statements),
      changes_(writer.subscribe([this](const store::Change& change) { on_change(change); })),
      statement_changes_(
          statements.subscribe([this](const statements::StatementChange& change) { on_statement(change); })) {}

void Eraser::on_change(const store::Change& change) {
  if (const auto* const grown = std::get_if<store::LogGrown>(&change))
    fresh_.insert(grown->retracted.begin(), grown->retracted.end());
  else if (std::holds_alternative<store::CharterChanged>(change))
    pauses_changed_ = true;
  if (!fresh_.empty() || pauses_changed_) work_.notify_all();
}

void Eraser::on_statement(const statements::StatementChange& change) {
  pauses_changed_ = true;
  const auto statement = statements_.find(change.project, change.kind, change.slot);
  const auto* const cosignature = statement ? statement->as<format::RetractionCosignature>() : nullptr;
  if (cosignature != nullptr)
    if (const auto at = store_.find(cosignature->retraction))
      if (const auto held = store_.entry(at->log, at->index))
        if (const auto header = format::parse_header(held->header); header && header->target) fresh_.insert(*header->target);
  work_.notify_all();
}

// Blocks. Nothing if there is nothing to erase.
std::optional<Eraser::Wanted> Eraser::look(const EntryId& entry) const {
  const auto at = store_.find(entry);
  if (!at) return std::nullopt;
  const auto held = store_.entry(at->log, at->index);
  if (!held || !held->body) return std::nullopt;
  const auto header = format::parse_header(held->header);
  if (!header || header->kind == format::EntryKind::kRetraction) return std::nullopt;  // its reason stays
  auto retraction = store::retraction_of(store_, held->log.project, entry);
  if (!retraction) return std::nullopt;
  const auto retracting = store_.entry(retraction->at.log, retraction->at.index);
  if (!retracting) return std::nullopt;
  return Wanted{*at, held->log, format::blobs_named_by(*held->body), *std::move(retraction), retracting->log.desk};
}

env::awaitable<void> Eraser::find_retracted() {
  std::optional<EntryId> after;
  for (;;) {
    auto read = [this, &after] { return store_.retracted_after(after, kFoundAtATime); };
    const auto found = co_await env::run_blocking(env_.workers, std::move(read));
    if (found.empty()) co_return;
    fresh_.insert(found.begin(), found.end());
    after = found.back();
  }
}

env::awaitable<void> Eraser::run(std::stop_token stop) {
  co_await find_retracted();
  while (!stop.stop_requested()) {
    if (pauses_changed_) co_await note_pauses();
    if (!fresh_.empty()) {
      const EntryId entry = *fresh_.begin();
      fresh_.erase(fresh_.begin());
      co_await consider(entry);
      continue;
    }
    if (!waiting_.empty() && waiting_.begin()->first <= env_.clock.now()) {
      const EntryId entry = waiting_.begin()->second;
      waiting_.erase(waiting_.begin());
      times_.erase(entry);
      co_await consider(entry);
      continue;
    }
    auto limit = kLookAgain;
    if (!waiting_.empty()) {
      const auto left = std::chrono::duration_cast<env::milliseconds>(waiting_.begin()->first - env_.clock.now());
      limit = std::clamp(left, env::milliseconds(1), kLookAgain);
    }
    co_await work_.wait_for(env_.clock, limit, stop);
  }
}

// Erases the entry, or sees when it will be time.
env::awaitable<void> Eraser::consider(EntryId entry) {
  auto read = [this, entry] { return look(entry); };
  auto wanted = co_await env::run_blocking(env_.workers, std::move(read));
  if (!wanted) co_return;
  const auto charter = store_.charter(wanted->log.project);
  if (!charter) co_return;
  const bool is_new_project = projects_.insert(wanted->log.project).second;
  if (is_new_project) co_await note_pauses();
  const Timestamp now = env_.clock.now();
  const bool at_once = co_await may_erase_now(*wanted, now);
  if (!at_once) {
    const seconds delay = delay_.value_or(charter->content().erase_delay);
    const Timestamp since = wanted->retraction.received_at;
    const Timestamp due = since + delay + pauses_.within(wanted->log.project, since, now);
    if (is_paused(wanted->log.project)) co_return wait_for(entry, std::max(due, now + kTryAgain));
    const auto tomorrow = std::chrono::ceil<std::chrono::days>(now + seconds(1));  // with room for what was cosigned
    if (now < due) co_return wait_for(entry, is_cosigned(*wanted) ? std::min<Timestamp>(due, tomorrow) : due);
  }
  co_await erase(entry, *std::move(wanted));
}

void Eraser::wait_for(const EntryId& entry, Timestamp time) {
  if (const auto before = times_.find(entry); before != times_.end()) waiting_.erase({before->second, entry});
  times_[entry] = time;
  waiting_.insert({time, entry});
}

bool Eraser::is_paused(const ProjectId& project) const {
  const auto charter = store_.charter(project);
  if (!charter) return false;
  if (statements::freeze_in_force(statements_, *charter) || statements::dispute_of(statements_, *charter)) return true;
  const auto is_forked = [&](const format::Desk& desk) { return statements::fork_in_force(statements_, *charter, desk.id) != nullptr; };
  return std::ranges::any_of(charter->content().desks, is_forked);
}

env::awaitable<void> Eraser::note_pauses() {
  pauses_changed_ = false;
  for (const auto& project : std::set(projects_)) {
    const auto noted = co_await pauses_.note(project, is_paused(project), env_.clock.now());
    if (!noted) {
      env_.log.error("cannot note that the erase delay of a project stands still", {{"error", noted.error()}});
      pauses_changed_ = true;
    }
  }
}

bool Eraser::is_cosigned(const Wanted& wanted) const {
  for (const auto& statement : statements_.of(wanted.log.project, format::StatementKind::kRetractionCosignature)) {
    const auto* const cosignature = statement->as<format::RetractionCosignature>();
    if (cosignature->retraction == wanted.retraction.id && cosignature->signer != wanted.retracted_by.value) return true;
  }
  return false;
}

// A second key stands behind it, and the day has room. Then one of the day's is used up.
env::awaitable<bool> Eraser::may_erase_now(const Wanted& wanted, Timestamp now) {
  if (!is_cosigned(wanted)) co_return false;
  const auto today = static_cast<std::uint32_t>(unix_seconds(now) / 86400);
  std::uint32_t used = 0;
  if (const auto mark = statements_.mark(day_key(wanted.log.project)); mark && mark->size() == 8 && read_u32_be(*mark) == today)
    used = read_u32_be(BytesView(*mark).substr(4));
  if (used >= kImmediateErasuresADay) co_return false;
  Bytes value;
  append_u32_be(value, today);
  append_u32_be(value, used + 1);
  const auto noted = co_await statements_.put_mark(day_key(wanted.log.project), std::move(value));
  if (!noted) env_.log.error("cannot erase at once what was cosigned", {{"error", noted.error()}});
  co_return noted.has_value();
}

env::awaitable<void> Eraser::erase(EntryId entry, Wanted wanted) {
  auto read = [this, &wanted] { return store_.bundle(wanted.retraction.at.log, wanted.retraction.at.index, 1); };
  const auto bundle = co_await env::run_blocking(env_.workers, std::move(read));
  if (bundle) {
    Bytes proof = format::make_retraction_proof(wanted.log.project, bundle->bytes);
    const auto proven = co_await statements_.take(std::move(proof));
    if (!proven) env_.log.warning("the proof of a retraction is not passed on", {{"error", proven.error()}});
  }
  store::Batch batch{store::Erasure{wanted.log, wanted.at.index, entry, wanted.blobs}, env_.clock.now()};
  const auto erased = co_await writer_.commit(std::move(batch));
  if (!erased) {
    if (erased.error().code == store::kWriterStopped) co_return;
    env_.log.error("cannot erase what was retracted: it is tried again", {{"entry", entry.text()}, {"error", erased.error()}});
    co_return wait_for(entry, env_.clock.now() + kTryAgain);
  }
  env_.metrics.counter(kErasedMetric).add();
  env_.log.info("erased what its newsroom retracted", {{"entry", entry.text()}});
  co_await erase_blobs(std::move(wanted.blobs));
}

// Those that no entry held here names any more.
env::awaitable<void> Eraser::erase_blobs(std::vector<BlobId> blobs) {
  for (const auto& blob : blobs) {
    auto work = [this, blob]() -> Result<void> {
      if (store_.entry_naming(blob)) return {};
      return blobs_.erase(blob);
    };
    const auto erased = co_await env::run_blocking(env_.workers, std::move(work));
    if (!erased) env_.log.error("cannot erase an attachment", {{"attachment", blob.text()}, {"error", erased.error()}});
  }
}

}  // namespace tamizdat::erasure
