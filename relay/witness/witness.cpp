#include "relay/witness/witness.h"

#include <algorithm>

#include "proto/format/freshness.h"

namespace tamizdat::witness {
namespace {

using env::milliseconds;

// Each word is a commit here and on every relay that it is passed on to: a project that asks for more would have its relays
// do nothing else.
constexpr seconds kRepeatMin{60};
constexpr seconds kRepeatMax{6 * 3600};
// Looked at in one turn of a log; then others have theirs.
constexpr std::uint64_t kEntriesATurn = 4096;
// A turn that took so long is followed by a pause four times as long: looking through a big log may take a fifth of one
// core, and not more.
constexpr milliseconds kLongTurn{5};
constexpr std::size_t kFoundAtOnce = 1024;
// Logs that are due together have their turns together, and their words one commit: a relay with many idle logs syncs its
// disk now and then, and not for each of them.
constexpr std::size_t kTurnsAtOnce = 256;

}  // namespace

seconds repeat_after(const format::WitnessPolicy& policy) {
  return std::clamp(format::fresh_limit(policy) / 4, kRepeatMin, kRepeatMax);
}

Witness::Witness(env::Environment& env, WitnessParts parts)
    : env_(env),
      parts_(parts),
      cosigner_(env, parts.store, parts.statements, parts.relay, parts.witness_key),
      changes_(parts.writer.subscribe([this](const store::Change& change) { on_change(change); })),
      blob_changes_(parts.blobs.subscribe([this](const BlobId& blob, store::BlobState) {
        changed_blobs_.insert(blob);
        woken_.notify_all();
      })),
      statement_changes_(parts.statements.subscribe([this](const auto& change) { on_statement(change); })),
      may_sign_(parts.statements.subscribe_may_sign([this] {
        for (const auto& log : parts_.store.logs()) touch(log.id);
      })) {}

// ---- what changed ----

void Witness::plan(const LogId& id, Timestamp due) {
  Log& log = logs_[id];
  queue_.erase({log.due, id});
  log.due = std::max(due, log.not_before);
  queue_.insert({log.due, id});
  woken_.notify_all();
}

void Witness::touch(const LogId& id) {
  const auto log = logs_.find(id);
  const Timestamp now = env_.clock.now();
  if (log == logs_.end() || log->second.due > now) plan(id, now);
}

void Witness::touch_project(const ProjectId& project) {
  for (const auto& log : parts_.store.logs())
    if (log.name.project == project) touch(log.id);
}

void Witness::on_change(const store::Change& change) {
  if (const auto* const charter = std::get_if<store::CharterChanged>(&change)) {
    retracted_doubted_ = true;
    return touch_project(charter->project);
  }
  if (const auto* const grown = std::get_if<store::LogGrown>(&change)) {
    // What a retraction names may have lain here without its text: it came, or its log is served again.
    retracted_.insert(grown->retracted.begin(), grown->retracted.end());
    retracted_doubted_ = retracted_doubted_ || grown->from == grown->to;
    changed_[grown->log].add({grown->from, grown->to});
    touch(grown->log);
  } else if (const auto* const erased = std::get_if<store::EntryErased>(&change)) {
    changed_[erased->log].add({erased->index, erased->index + 1});
    touch(erased->log);
  }
}

void Witness::look_again(const store::Store::Position& entry) {
  changed_[entry.log].add({entry.index, entry.index + 1});
  touch(entry.log);
}

// What others see of a log has changed by a proof; what this relay says of it by itself comes back here too, and is known.
void Witness::on_statement(const statements::StatementChange& change) {
  if (change.kind == format::StatementKind::kForkProof) touch_project(change.project);
}

env::awaitable<void> Witness::take_changed_blobs() {
  const std::set<BlobId> blobs = std::exchange(changed_blobs_, {});
  std::map<LogId, Ranges> named;
  auto find = [this, &blobs, &named] {
    for (const BlobId& blob : blobs)
      for (const auto& position : parts_.store.naming(blob)) named[position.log].add({position.index, position.index + 1});
  };
  co_await env::run_blocking(env_.workers, std::move(find));
  doubt(named);
}

void Witness::doubt(const std::map<LogId, Ranges>& entries) {
  for (const auto& [log, ranges] : entries) {
    changed_[log].add(ranges);
    touch(log);
  }
}

env::awaitable<void> Witness::take_retracted() {
  const std::set<EntryId> entries = std::exchange(retracted_, {});
  std::map<LogId, Ranges> held;
  auto find = [this, &entries, &held] {
    for (const EntryId& entry : entries)
      if (const auto at = parts_.store.find(entry)) held[at->log].add({at->index, at->index + 1});
  };
  co_await env::run_blocking(env_.workers, std::move(find));
  doubt(held);
}

// What was erased before a crash, and no receipt told of it any more; and what is in force no more, or again.
env::awaitable<void> Witness::look_for_retracted(std::stop_token stop) {
  retracted_doubted_ = false;
  std::optional<EntryId> after;
  while (!stop.stop_requested()) {
    std::map<LogId, Ranges> held;
    auto read = [this, &after, &held] {
      const auto entries = parts_.store.retracted_after(after, kFoundAtOnce);
      for (const EntryId& entry : entries)
        if (const auto at = parts_.store.find(entry)) held[at->log].add({at->index, at->index + 1});
      if (!entries.empty()) after = entries.back();
      return entries.empty();
    };
    const bool is_end = co_await env::run_blocking(env_.workers, std::move(read));
    if (is_end) co_return;
    doubt(held);
  }
}

// Attachments that went missing while nobody looked.
env::awaitable<void> Witness::look_for_missing_blobs(std::stop_token stop) {
  std::optional<BlobId> after;
  while (!stop.stop_requested()) {
    auto read = [this, &after] { return parts_.store.blobs_after(after, kFoundAtOnce); };
    const auto blobs = co_await env::run_blocking(env_.workers, std::move(read));
    if (blobs.empty()) co_return;
    after = blobs.back();
    for (const BlobId& blob : blobs)
      if (parts_.blob_files.state(blob) != store::BlobState::kWhole) changed_blobs_.insert(blob);
    co_await take_changed_blobs();
  }
}

// ---- turns ----

std::optional<milliseconds> Witness::until_next() const {
  if (!changed_blobs_.empty() || !retracted_.empty() || retracted_doubted_) return milliseconds(0);
  if (queue_.empty()) return std::nullopt;
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(queue_.begin()->first - env_.clock.now()));
}

env::awaitable<void> Witness::run(std::stop_token stop) {
  for (const auto& log : parts_.store.logs()) touch(log.id);
  co_await look_for_retracted(stop);
  co_await look_for_missing_blobs(stop);
  // The wall clock may jump: never sleep long on its account.
  constexpr milliseconds kSleepMax{60'000};
  while (!stop.stop_requested()) {
    const auto wait = until_next();
    if (!wait || wait->count() > 0) {
      co_await woken_.wait_for(env_.clock, std::min(wait.value_or(kSleepMax), kSleepMax), stop);
      continue;
    }
    if (retracted_doubted_) co_await look_for_retracted(stop);
    if (!retracted_.empty()) co_await take_retracted();
    if (!changed_blobs_.empty()) co_await take_changed_blobs();
    if (!queue_.empty() && queue_.begin()->first <= env_.clock.now()) co_await take_turns(stop);
  }
}

env::awaitable<void> Witness::take_turns(std::stop_token stop) {
  std::vector<Cosigner::Due> due = begin_turns();
  std::vector<LogId> logs;
  for (const auto& item : due) logs.push_back(item.log.id);
  const auto errors = co_await cosigner_.cosign(std::move(due));
  for (const Error& error : errors) env_.log.error("a head is not cosigned", {{"error", error}});
  for (const LogId& log : logs) {
    if (stop.stop_requested()) break;
    const env::MonotonicTime began = env_.clock.monotonic();
    co_await turn(log, stop);
    const milliseconds took = env_.clock.monotonic() - began;
    if (took <= kLongTurn) continue;
    co_await give_receipts();
    co_await env_.clock.sleep_for(4 * took, stop);
  }
  co_await give_receipts();
}

// What comes from now on plans the log anew.
std::vector<Cosigner::Due> Witness::begin_turns() {
  std::vector<Cosigner::Due> out;
  const Timestamp now = env_.clock.now();
  while (!queue_.empty() && queue_.begin()->first <= now && out.size() < kTurnsAtOnce) {
    const LogId id = queue_.begin()->second;
    const auto state = parts_.store.log(id);
    const auto charter = state ? parts_.store.charter(state->name.project) : std::nullopt;
    if (!charter) {
      queue_.erase(queue_.begin());
      logs_.erase(id);
      changed_.erase(id);
      continue;
    }
    const seconds repeat = repeat_after(charter->content().witness);
    logs_[id].not_before = now + seconds(1);
    plan(id, now + repeat);
    out.push_back({*state, *charter, repeat});
  }
  return out;
}

// As the last receipt says, where it is of this log as it is now; else all of it is looked at anew.
env::awaitable<Holdings> Witness::holdings_before(store::LogState log) {
  const auto* const before = own_receipt(log);
  if (before == nullptr || before->receipt.size > log.size) co_return Holdings();
  const format::Receipt receipt = before->receipt;
  auto read = [this, &log, &receipt] { return parts_.store.root_at(log.id, receipt.size); };
  const auto root = co_await env::run_blocking(env_.workers, std::move(read));
  if (!root || *root != receipt.root) co_return Holdings();
  co_return Holdings(receipt);
}

env::awaitable<void> Witness::turn(LogId id, std::stop_token stop) {
  const auto state = parts_.store.log(id);
  const auto charter = state ? parts_.store.charter(state->name.project) : std::nullopt;
  if (!charter) co_return touch(id);
  Log& log = logs_[id];
  if (!log.holdings) log.holdings = co_await holdings_before(*state);
  log.holdings->resize(state->size);
  const Ranges changed = std::exchange(changed_[id], {});
  for (const auto& [from, to] : changed.all()) log.holdings->doubt({from, to});
  const auto all_known = co_await look(id, *log.holdings, stop);
  if (!all_known) env_.log.error("no receipt can be given", {{"error", all_known.error()}});
  if (all_known && *all_known) prepare_receipt(*state, *log.holdings, repeat_after(charter->content().witness));
  if (all_known && !*all_known) touch(id);
}

// Looks at what is not known, up to the bound of a turn; true if all is known then.
env::awaitable<Result<bool>> Witness::look(const LogId& id, Holdings& holdings, std::stop_token stop) {
  for (std::uint64_t looked = 0; looked < kEntriesATurn && !stop.stop_requested();) {
    const auto range = holdings.next(kEntriesATurn - looked);
    if (!range) co_return true;
    auto find = [this, &id, range] { return find_exceptions(parts_.store, parts_.blob_files, id, *range); };
    const auto exceptions = co_await env::run_blocking(env_.workers, std::move(find));
    if (!exceptions) co_return tl::unexpected(exceptions.error());
    holdings.found(*range, *exceptions);
    looked += range->to - range->from;
  }
  co_return !holdings.next(1);
}

const format::RelayReceipt* Witness::own_receipt(const store::LogState& log) const {
  const Hash32 slot = format::receipt_slot(log.id, parts_.mirror_key.public_key());
  const auto held = parts_.statements.find(log.name.project, format::StatementKind::kReceipt, slot);
  return held ? held->as<format::RelayReceipt>() : nullptr;
}

void Witness::prepare_receipt(const store::LogState& log, const Holdings& holdings, seconds age_max) {
  const format::Receipt fresh = receipt_of(log.id, log.size, log.root, env_.clock.now(), holdings);
  if (const auto* const last = own_receipt(log)) {
    const format::Receipt& old = last->receipt;
    const bool is_same = old.size == fresh.size && old.root == fresh.root && old.to == fresh.to && old.exceptions == fresh.exceptions;
    if (fresh.time <= old.time || (is_same && fresh.time - old.time < age_max)) {
      if (!is_same) plan(log.id, env_.clock.now() + seconds(1));
      return;
    }
  }
  receipts_.push_back(format::make_receipt(log.name.project, fresh, parts_.mirror_key));
}

env::awaitable<void> Witness::give_receipts() {
  if (receipts_.empty()) co_return;
  const auto taken = co_await parts_.statements.take_group(std::exchange(receipts_, {}));
  if (!taken) {
    env_.log.error("no receipt can be given", {{"error", taken.error()}});
    co_return;
  }
  for (const auto& receipt : *taken)
    if (!receipt) env_.log.error("no receipt can be given", {{"error", receipt.error()}});
}

}  // namespace tamizdat::witness
