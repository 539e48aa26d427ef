#include "relay/erasure/eraser.h"

#include <algorithm>
#include <utility>

#include "proto/format/bundle.h"
#include "proto/format/retraction.h"
#include "relay/env/workers.h"
#include "relay/statements/standing.h"

namespace tamizdat::erasure {
namespace {

constexpr env::MetricName kErasedMetric{"tamizdat_erased_entries_total", "Entries whose text was erased after a retraction."};

// What a clock that is put right changes, and what a failed attempt waits for.
constexpr env::milliseconds kLookAgain{30'000};
constexpr seconds kTryAgain{60};
// Ahead of the monotonic clock: more than an ordinary correction of a clock that runs.
constexpr seconds kJumpMin{60};
constexpr std::size_t kFoundAtATime = 256;
constexpr std::size_t kSweptAtATime = 64;  // an entry is read for each

// Without the retraction's own text: its desk may write any length of it, and the proof does not need it.
Bytes make_proof(const ProjectId& project, const Bytes& bundle) {
  const auto not_held = [](BytesView) { return std::optional(format::Absence::kNotHeld); };
  return format::make_retraction_proof(project, format::without_bodies(bundle, not_held).value_or(bundle));
}

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
      quota_(statements, pauses_),
      now_(env.clock.now()),
      wall_since_(now_),
      monotonic_since_(env.clock.monotonic()),
      changes_(writer.subscribe([this](const store::Change& change) { on_change(change); })),
      statement_changes_(
          statements.subscribe([this](const statements::StatementChange& change) { on_statement(change); })) {}

void Eraser::on_change(const store::Change& change) {
  if (const auto* const grown = std::get_if<store::LogGrown>(&change)) {
    fresh_.insert(grown->retracted.begin(), grown->retracted.end());
    if (auto found = hidden_.extract(grown->log)) fresh_.merge(found.mapped());
  } else if (std::holds_alternative<store::CharterChanged>(change)) {
    pauses_changed_ = true;
  }
  if (!fresh_.empty() || pauses_changed_) work_.notify_all();
}

void Eraser::on_statement(const statements::StatementChange& change) {
  using enum format::StatementKind;
  pauses_changed_ = true;
  if (change.kind == kRetraction) fresh_.insert(EntryId(change.slot));  // a charter may have ended the proof
  if (change.kind == kRetractionCosignature)
    if (const auto statement = statements_.find(change.project, change.kind, change.slot))
      cosigned_.insert(statement->as<format::RetractionCosignature>()->retraction);
  work_.notify_all();
}

// Blocks. Nothing if there is nothing to erase and nothing to prove.
std::optional<Eraser::Wanted> Eraser::look(const EntryId& entry) const {
  const auto at = store_.find(entry);
  if (!at) return std::nullopt;
  const auto held = store_.entry(at->log, at->index);
  if (!held) return std::nullopt;
  const auto header = format::parse_header(held->header);
  if (!header || header->kind == format::EntryKind::kRetraction) return std::nullopt;  // its reason stays
  Wanted out{*at, held->log, !held->body, {}, {}, {}, header->key_commitment.has_value()};
  if (held->body) out.blobs = format::blobs_named_by(*held->body);
  for (auto& retraction : store::retractions_of(store_, held->log.project, entry)) {
    if (store::is_in_force(store_, retraction))
      out.retractions.push_back(std::move(retraction));
    else
      out.hidden.push_back(retraction.at.log);
  }
  return out;
}

// Blocks.
std::vector<EntryId> Eraser::retracted_by(const std::set<EntryId>& retractions) const {
  std::vector<EntryId> out;
  for (const EntryId& retraction : retractions) {
    const auto at = store_.find(retraction);
    const auto held = at ? store_.entry(at->log, at->index) : fail(store::kUnknownEntry, "");
    const auto header = held ? format::parse_header(held->header) : fail(format::kHeaderMalformed, "");
    if (header && header->target) out.push_back(*header->target);
  }
  return out;
}

env::awaitable<void> Eraser::find_cosigned() {
  auto read = [this, retractions = std::exchange(cosigned_, {})] { return retracted_by(retractions); };
  const auto found = co_await env::run_blocking(env_.workers, std::move(read));
  fresh_.insert(found.begin(), found.end());
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
    const bool times_are_known = co_await look_at_clocks();
    if (!times_are_known) {
      co_await env_.clock.sleep_for(kLookAgain, stop);
      continue;
    }
    if (pauses_changed_) co_await note_pauses();
    if (!cosigned_.empty()) co_await find_cosigned();
    if (!fresh_.empty()) {
      const EntryId entry = *fresh_.begin();
      fresh_.erase(fresh_.begin());
      co_await consider(entry);
      continue;
    }
    if (!waiting_.empty() && waiting_.begin()->first <= now_) {
      const EntryId entry = waiting_.begin()->second;
      waiting_.erase(waiting_.begin());
      times_.erase(entry);
      co_await consider(entry);
      continue;
    }
    if (sweeping_) {
      co_await sweep_some();
      continue;
    }
    auto limit = kLookAgain;
    if (!waiting_.empty()) {
      const auto left = std::chrono::duration_cast<env::milliseconds>(waiting_.begin()->first - now_);
      limit = std::clamp(left, env::milliseconds(1), kLookAgain);
    }
    co_await work_.wait_for(env_.clock, limit, stop);
  }
}

// Delays are measured by the wall clock, since they outlive this process. Whoever can set it must not end them, nor must a
// clock that is put right after a start in the wrong year: what it jumps ahead counts as a pause, durably, before anything
// is judged by it. False if that cannot be noted.
env::awaitable<bool> Eraser::look_at_clocks() {
  const Timestamp wall = env_.clock.now();
  const env::MonotonicTime monotonic = env_.clock.monotonic();
  const seconds jump = (wall - wall_since_) - std::chrono::floor<seconds>(monotonic - monotonic_since_);
  if (jump >= kJumpMin) {
    const auto noted = co_await pauses_.note_jump(wall - jump, wall);
    if (!noted) {
      env_.log.error("nothing is erased: the clock jumped, and that cannot be noted", {{"error", noted.error()}});
      co_return false;
    }
    env_.log.warning("the clock jumped ahead: erase delays stand still for as much", {{"seconds", jump.count()}});
  }
  if (jump >= kJumpMin || jump <= -kJumpMin) {
    wall_since_ = wall;
    monotonic_since_ = monotonic;
  }
  now_ = wall;
  co_return true;
}

// Erases the entry, or sees when it will be time; and proves the retraction of one that is erased.
env::awaitable<void> Eraser::consider(EntryId entry) {
  auto read = [this, entry] { return look(entry); };
  auto wanted = co_await env::run_blocking(env_.workers, std::move(read));
  if (!wanted) co_return;
  for (const LogId& log : wanted->hidden) hidden_[log].insert(entry);
  if (wanted->retractions.empty()) co_return;
  if (wanted->is_erased) {
    const auto proven = co_await prove(entry, *wanted);
    if (!proven) try_again(entry, "cannot prove the retraction of what is erased: peers do not take its log", proven.error());
    co_return;
  }
  const auto charter = store_.charter(wanted->log.project);
  if (!charter) co_return;
  const bool is_new_project = projects_.insert(wanted->log.project).second;
  if (is_new_project) co_await note_pauses();
  const bool cosigned = is_cosigned(*wanted);
  const seconds delay = delay_.value_or(charter->content().erase_delay);
  const Timestamp since = wanted->retractions.front().received_at;
  const Timestamp due = since + delay + pauses_.within(wanted->log.project, since, now_);
  const Timestamp soon = now_ + kTryAgain;
  if (is_paused(wanted->log.project)) co_return wait_for(entry, cosigned ? soon : std::max(due, soon));
  if (now_ < due) {
    if (!cosigned) co_return wait_for(entry, due);
    const auto room_at = co_await quota_.take(wanted->log.project, entry, now_);
    if (!room_at) co_return try_again(entry, "cannot erase at once what was cosigned", room_at.error());
    if (*room_at) co_return wait_for(entry, std::min(due, **room_at));
  }
  co_await erase(entry, *std::move(wanted));
}

void Eraser::try_again(const EntryId& entry, std::string_view what, const Error& error) {
  env_.log.error(std::string(what) + ". It is tried again", {{"entry", entry.text()}, {"error", error}});
  wait_for(entry, now_ + kTryAgain);
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
    const auto noted = co_await pauses_.note(project, is_paused(project), now_);
    if (!noted) {
      env_.log.error("cannot note that the erase delay of a project stands still", {{"error", noted.error()}});
      pauses_changed_ = true;
    }
  }
}

// A second key stands behind one of them.
bool Eraser::is_cosigned(const Wanted& wanted) const {
  for (const auto& statement : statements_.of(wanted.log.project, format::StatementKind::kRetractionCosignature)) {
    const auto& cosignature = *statement->as<format::RetractionCosignature>();
    const auto is_second_key = [&](const store::Retraction& retraction) {
      return retraction.id == cosignature.retraction && retraction.desk.value != cosignature.signer;
    };
    if (std::ranges::any_of(wanted.retractions, is_second_key)) return true;
  }
  return false;
}

env::awaitable<Result<void>> Eraser::prove(EntryId entry, const Wanted& wanted) {
  Result<void> proven;
  for (const auto& retraction : wanted.retractions) {
    statements_.need(wanted.log.project, format::StatementKind::kRetraction, entry.value);
    if (statements_.find(wanted.log.project, format::StatementKind::kRetraction, entry.value)) co_return Result<void>();
    auto read = [this, at = retraction.at] { return store_.bundle(at.log, at.index, 1); };
    const auto bundle = co_await env::run_blocking(env_.workers, std::move(read));
    if (!bundle) {
      proven = tl::unexpected(bundle.error());
      continue;
    }
    Bytes proof = make_proof(wanted.log.project, bundle->bytes);
    const auto taken = co_await statements_.take_needed(std::move(proof));
    if (taken) co_return Result<void>();
    proven = tl::unexpected(taken.error());
  }
  co_return proven;
}

// Never without the proof: peers would not take the log from here any more.
env::awaitable<void> Eraser::erase(EntryId entry, Wanted wanted) {
  const auto proven = co_await prove(entry, wanted);
  if (!proven) co_return try_again(entry, "cannot prove a retraction, so what it retracts is not erased", proven.error());
  store::Batch batch{store::Erasure{wanted.log, wanted.at.index, entry, wanted.blobs}, now_};
  const auto erased = co_await writer_.commit(std::move(batch));
  if (!erased) {
    if (erased.error().code == store::kWriterStopped) co_return;
    co_return try_again(entry, "cannot erase what was retracted", erased.error());
  }
  env_.metrics.counter(kErasedMetric).add();
  env_.log.info("erased what its newsroom retracted", {{"entry", entry.text()}});
  if (wanted.is_sealed) {
    sweeping_ = true;
    swept_.reset();
  }
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

env::awaitable<void> Eraser::sweep_some() {
  auto find = [this] {
    auto found = blobs_.known_after(swept_, kSweptAtATime);
    const std::optional<BlobId> last = found.empty() ? std::nullopt : std::optional(found.back());
    // What was never named here came with another store, and its entries may come yet.
    std::erase_if(found, [this](const BlobId& blob) { return store_.naming(blob).empty() || store_.entry_naming(blob); });
    return std::pair(last, std::move(found));
  };
  auto found = co_await env::run_blocking(env_.workers, std::move(find));
  sweeping_ = found.first.has_value();
  swept_ = found.first;
  co_await erase_blobs(std::move(found.second));
}

}  // namespace tamizdat::erasure
