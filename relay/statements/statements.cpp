#include "relay/statements/statements.h"

#include <algorithm>
#include <utility>

#include "relay/statements/rooms.h"

namespace tamizdat::statements {
namespace {

using format::StatementKind;

constexpr std::chrono::minutes kAheadMax{10};  // design section 3, "Freshness"
constexpr std::string_view kFrozenMark = "frozen/";
constexpr std::size_t kKeyBytes = 32 + 4 + 32;

Bytes frozen_key(const ProjectId& project, const Hash32& slot) { return Bytes(kFrozenMark) + Bytes(project.view()) + Bytes(slot.view()); }

}  // namespace

bool is_urgent(StatementKind kind) {
  return kind == StatementKind::kFreeze || kind == StatementKind::kForkProof || kind == StatementKind::kCharterFork ||
         kind == StatementKind::kRetraction || kind == StatementKind::kRetractionCosignature ||
         kind == StatementKind::kWithholding;
}

Statements::Statements(env::Environment& env, StatementTable& table, StatementTable::Contents contents, ChainOf chain_of,
                       std::vector<format::PolicyRelay> also)
    : env_(env), table_(table), chain_of_(std::move(chain_of)), also_(std::move(also)) {
  load(std::move(contents));
}

Bytes Statements::key_of(const Slot& slot) {
  Bytes key(slot.project.view());
  append_u32_be(key, static_cast<std::uint32_t>(slot.kind));
  return key + Bytes(slot.slot.view());
}

std::optional<Statements::Slot> Statements::slot_of(BytesView key) {
  if (key.size() != kKeyBytes) return std::nullopt;
  return Slot{ProjectId(*Hash32::from(key.substr(0, 32))), static_cast<StatementKind>(read_u32_be(key.substr(32, 4))),
              *Hash32::from(key.substr(36))};
}

void Statements::load(StatementTable::Contents contents) {
  epoch_ = std::move(contents.epoch);
  marks_ = std::move(contents.marks);
  for (auto& row : contents.rows) {
    const auto slot = slot_of(row.key);
    last_ = std::max(last_, row.sequence);
    if (!slot) continue;
    auto verified = verify(chain_of_, also_, row.octets);
    if (!verified) {
      held_[*slot] = {row.sequence, nullptr, std::move(row.octets)};
      continue;
    }
    auto statement = std::make_shared<const format::VerifiedStatement>(*std::move(verified));
    // Under other charters than when it was written the slot may be another one.
    const Slot now{statement->project(), statement->kind(), statement->slot()};
    const auto before = find(now.project, now.kind, now.slot);
    if (before == nullptr || format::replaces(*statement, *before)) hold(now, row.sequence, std::move(statement));
  }
}

void Statements::hold(const Slot& slot, std::uint64_t sequence, StatementPointer statement) {
  Held& held = held_[slot];
  by_sequence_.erase(held.sequence);
  urgent_.erase(held.sequence);
  held = {sequence, std::move(statement), {}};
  by_sequence_[sequence] = slot;
  if (is_urgent(slot.kind)) urgent_.insert(sequence);
  last_ = std::max(last_, sequence);
}

void Statements::drop(const Slot& slot) {
  const auto held = held_.find(slot);
  if (held == held_.end()) return;
  by_sequence_.erase(held->second.sequence);
  urgent_.erase(held->second.sequence);
  held_.erase(held);
}

// ---- taking ----

Result<format::VerifiedStatement> Statements::verify(const ChainOf& chain_of,
                                                     std::span<const format::PolicyRelay> also, const Bytes& statement) {
  const auto name = format::peek_statement(statement);
  if (!name) return tl::unexpected(name.error());
  const auto chain = chain_of(name->project);
  if (chain.empty())
    return fail(kStatementsUnknownProject,
                "project " + name->project.text() + " is not held here: send its charters first");
  return format::verify_statement({chain, also}, statement);
}

env::awaitable<Result<Taken>> Statements::take(Bytes statement) {
  std::vector<Bytes> one;
  one.push_back(std::move(statement));
  auto taken = co_await take_group(std::move(one));
  if (!taken) co_return pass(taken);
  co_return std::move(taken->front());
}

env::awaitable<Result<Taken>> Statements::take_needed(Bytes statement) {
  std::vector<Bytes> one;
  one.push_back(std::move(statement));
  std::map<Bytes, Bytes> no_marks;
  Asked asked{{}, For::kThisRelay, {}};
  auto taken = co_await take_all(std::move(one), std::move(no_marks), std::move(asked));
  if (!taken) co_return pass(taken);
  auto& result = taken->front();
  if (result) need(result->statement->project(), result->statement->kind(), result->statement->slot());
  co_return std::move(result);
}

env::awaitable<Result<std::vector<Result<Taken>>>> Statements::take_group(std::vector<Bytes> statements, IsWanted is_wanted) {
  std::map<Bytes, Bytes> no_marks;
  Asked asked{std::move(is_wanted), For::kAnybody, {}};
  auto taken = co_await take_all(std::move(statements), std::move(no_marks), std::move(asked));
  co_return taken;
}

env::awaitable<Result<std::vector<Result<Taken>>>> Statements::take_from(RelayId peer, std::vector<Bytes> statements,
                                                                         std::optional<PeerMark> mark) {
  std::map<Bytes, Bytes> marks;
  if (mark && mark != mark_of(peer)) {
    Bytes value = std::move(mark->epoch);
    append_u64_be(value, mark->sequence);
    marks.emplace(peer_key(peer), std::move(value));
  }
  Asked asked{{}, For::kAnybody, peer};
  auto taken = co_await take_all(std::move(statements), std::move(marks), std::move(asked));
  co_return taken;
}

env::awaitable<Result<std::vector<Result<Taken>>>> Statements::take_all(std::vector<Bytes> statements,
                                                                        std::map<Bytes, Bytes> marks, Asked asked) {
  const env::Turn turn = co_await turns_.take();
  std::vector<OwnWords::Mark> own;
  auto verify_all = [this, also = also_, &statements, &own, &is_wanted = asked.is_wanted] {
    std::vector<Result<format::VerifiedStatement>> out;
    for (const Bytes& statement : statements) {
      if (own_)
        if (auto word = own_->read(statement)) own.push_back(*std::move(word));
      out.push_back(verify(chain_of_, also, statement));
      if (!is_wanted || !out.back()) continue;
      if (auto wanted = is_wanted(*out.back()); !wanted) out.back() = tl::unexpected(wanted.error());
    }
    return out;
  };
  auto verified = co_await env::run_blocking(env_.workers, std::move(verify_all));

  std::vector<Result<Taken>> out;
  std::map<Slot, Taken> fresh;
  Rooms rooms(*this);
  std::uint64_t next = last_;
  for (auto& result : verified) {
    if (result && result->time() && *result->time() > env_.clock.now() + kAheadMax)
      result = fail(kStatementAhead, "the statement is dated more than ten minutes ahead of the clock of this relay");
    if (!result) {
      out.push_back(pass(result));
      continue;
    }
    StatementPointer statement = std::make_shared<const format::VerifiedStatement>(*std::move(result));
    const Slot slot{statement->project(), statement->kind(), statement->slot()};
    const auto held = rooms.leaving().contains(slot) ? held_.end() : held_.find(slot);
    // A charter may have let an earlier one count again, which is not verified anew yet.
    if (held != held_.end() && !held->second.statement)
      if (auto again = verify(chain_of_, also_, held->second.octets);
          again && again->slot() == slot.slot && !format::replaces(*statement, *again))
        statement = std::make_shared<const format::VerifiedStatement>(*std::move(again));
    const auto before = fresh.find(slot);
    const Taken current = before != fresh.end() ? before->second
                          : held != held_.end() ? Taken{held->second.statement, held->second.sequence, false}
                                                : Taken{};
    if (current.statement && !format::replaces(*statement, *current.statement)) {
      out.push_back(Taken{current.statement, current.sequence, false});
      continue;
    }
    if (!rooms.take(slot, *statement, asked.whom)) {
      out.push_back(fail(kStatementsFull, "this relay holds as many statements of the kind " + std::string(format::name_of(slot.kind)) +
                                              " about project " + slot.project.text() + " as one project may have, and of no signer "
                                              "more than of this one: if its key was stolen, close its desk; till then sign with another key"));
      continue;
    }
    fresh[slot] = Taken{std::move(statement), ++next, true};
    out.push_back(fresh[slot]);
  }

  StatementTable::Change change;
  change.marks = std::move(marks);
  for (const auto& word : own) raise(word, change.marks);
  for (const auto& [slot, taken] : fresh)
    if (Bytes key = frozen_key(slot.project, slot.slot); slot.kind == StatementKind::kFreeze && !mark(key)) {
      Bytes now;
      append_u64_be(now, static_cast<std::uint64_t>(unix_seconds(env_.clock.now())));
      change.marks.emplace(std::move(key), std::move(now));
    }
  for (const auto& [slot, taken] : fresh)
    change.rows.push_back({key_of(slot), taken.sequence, Bytes(taken.statement->octets())});
  for (const Slot& slot : rooms.leaving()) change.erased.push_back(key_of(slot));
  auto committed = co_await commit(std::move(change));
  if (!committed) co_return pass(committed);
  std::vector<Slot> displaced;  // though they count
  for (const Slot& slot : rooms.leaving()) {
    if (find(slot.project, slot.kind, slot.slot)) displaced.push_back(slot);
    drop(slot);
  }
  for (const auto& [slot, taken] : fresh) hold(slot, taken.sequence, taken.statement);
  for (const Slot& slot : displaced) changes_.emit(StatementChange{slot.kind, slot.project, slot.slot});
  for (const auto& [slot, taken] : fresh) changes_.emit(StatementChange{slot.kind, slot.project, slot.slot, asked.from});
  co_return out;
}

env::awaitable<Result<void>> Statements::commit(StatementTable::Change change) {
  if (change.rows.empty() && change.marks.empty()) co_return Result<void>();
  auto write = [this, &change] { return table_.commit(change); };
  auto committed = co_await env::run_blocking(env_.workers, std::move(write));
  if (!committed) {
    env_.log.error("cannot store statements", {{"error", committed.error()}});
    co_return committed;
  }
  for (auto& [key, value] : change.marks) marks_[key] = std::move(value);
  co_return committed;
}

// ---- charters ----

void Statements::on_charter(const ProjectId& project) {
  to_recheck_.insert(project);
  recheck_event_.notify_all();
}

env::awaitable<void> Statements::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (to_recheck_.empty()) {
      co_await recheck_event_.wait(stop);
      continue;
    }
    const ProjectId project = to_recheck_.extract(to_recheck_.begin()).value();
    co_await recheck(project);
  }
}

env::awaitable<void> Statements::recheck(ProjectId project) {
  const env::Turn turn = co_await turns_.take();
  struct Judged {
    Slot slot;
    Bytes octets;
    bool counted = false;
    StatementPointer statement;
  };
  std::vector<Judged> judged;
  for (auto held = held_.lower_bound(Slot{project, {}, {}}); held != held_.end() && held->first.project == project; ++held) {
    const bool counted = held->second.statement != nullptr;
    judged.push_back({held->first, counted ? Bytes(held->second.statement->octets()) : held->second.octets, counted, {}});
  }
  auto verify_all = [this, also = also_, &judged] {
    for (Judged& item : judged)
      if (auto verified = verify(chain_of_, also, item.octets))
        item.statement = std::make_shared<const format::VerifiedStatement>(*std::move(verified));
  };
  co_await env::run_blocking(env_.workers, std::move(verify_all));

  // Each goes where its slot is under these charters; where two meet, the newer one stays.
  std::map<Slot, const Judged*> places;
  const auto place_of = [](const Judged& item) {
    return Slot{item.statement->project(), item.statement->kind(), item.statement->slot()};
  };
  for (const Judged& item : judged) {
    if (!item.statement) continue;
    const Judged*& place = places[place_of(item)];
    if (place == nullptr || format::replaces(*item.statement, *place->statement)) place = &item;
  }
  const auto stays = [&](const Judged& item) {
    return item.counted && item.statement && place_of(item) == item.slot && places.at(item.slot) == &item;
  };

  // What counts again, or elsewhere, gets a new number, so that links pass it on.
  StatementTable::Change change;
  std::uint64_t next = last_;
  for (const auto& [slot, item] : places)
    if (!stays(*item)) change.rows.push_back({key_of(slot), ++next, item->octets});
  const auto committed = co_await commit(std::move(change));
  next = last_;
  std::vector<StatementChange> changed;
  for (const Judged& item : judged) {
    if (!item.counted || stays(item) || (item.statement && !committed)) continue;
    Held& held = held_[item.slot];
    by_sequence_.erase(held.sequence);
    urgent_.erase(held.sequence);
    held.statement = nullptr;
    held.octets = item.octets;
    changed.push_back({item.slot.kind, item.slot.project, item.slot.slot});
  }
  for (const auto& [slot, item] : places) {
    if (stays(*item)) {
      held_[slot].statement = item->statement;
    } else if (committed) {
      hold(slot, ++next, item->statement);
      changed.push_back({slot.kind, slot.project, slot.slot});
    }
  }
  for (const StatementChange& note : changed) changes_.emit(note);
}

// ---- reading ----

StatementPointer Statements::find(const ProjectId& project, StatementKind kind, const Hash32& slot) const {
  const auto held = held_.find({project, kind, slot});
  return held == held_.end() ? nullptr : held->second.statement;
}

std::optional<Timestamp> Statements::frozen_here_at(const ProjectId& project, const Hash32& slot) const {
  const auto value = mark(frozen_key(project, slot));
  if (!value || value->size() != 8) return std::nullopt;
  return timestamp_from_unix(static_cast<std::int64_t>(read_u64_be(*value)));
}

std::vector<StatementPointer> Statements::of(const ProjectId& project) const {
  std::vector<StatementPointer> out;
  for (auto held = held_.lower_bound(Slot{project, {}, {}}); held != held_.end() && held->first.project == project; ++held)
    if (held->second.statement) out.push_back(held->second.statement);
  return out;
}

std::vector<StatementPointer> Statements::of(const ProjectId& project, StatementKind kind) const {
  std::vector<StatementPointer> out;
  for (auto held = held_.lower_bound(Slot{project, kind, {}});
       held != held_.end() && held->first.project == project && held->first.kind == kind; ++held)
    if (held->second.statement) out.push_back(held->second.statement);
  return out;
}

std::vector<Hash32> Statements::slots_of(const ProjectId& project, StatementKind kind) const {
  std::vector<Hash32> out;
  for (auto held = held_.lower_bound(Slot{project, kind, {}});
       held != held_.end() && held->first.project == project && held->first.kind == kind; ++held)
    out.push_back(held->first.slot);
  return out;
}

std::vector<Bytes> Statements::idle_of(const ProjectId& project, StatementKind kind) const {
  std::vector<Bytes> out;
  for (auto held = held_.lower_bound(Slot{project, kind, {}});
       held != held_.end() && held->first.project == project && held->first.kind == kind; ++held)
    if (!held->second.statement) out.push_back(held->second.octets);
  return out;
}

std::vector<Statements::Numbered> Statements::numbered(const ProjectId& project) const {
  std::vector<Numbered> out;
  for (auto held = held_.lower_bound(Slot{project, {}, {}}); held != held_.end() && held->first.project == project; ++held)
    if (held->second.statement) out.push_back({held->second.sequence, held->second.statement});
  return out;
}

std::optional<Statements::Numbered> Statements::next_after(std::uint64_t sequence, Which which) const {
  auto next = by_sequence_.upper_bound(sequence);
  if (which == Which::kUrgent) {
    const auto urgent = urgent_.upper_bound(sequence);
    next = urgent == urgent_.end() ? by_sequence_.end() : by_sequence_.find(*urgent);
  }
  if (next == by_sequence_.end()) return std::nullopt;
  return Numbered{next->first, held_.at(next->second).statement};
}

}  // namespace tamizdat::statements
