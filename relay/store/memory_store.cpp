#include "relay/store/memory_store.h"

#include <mutex>

#include "proto/format/checkpoint.h"

namespace tamizdat::store {
namespace {

LogState state_of(const format::LogName& name, const LogTail& tail) {
  return {tail.head->log(), name, tail.held.size(), tail.held.root(), *tail.head};
}

tl::unexpected<Error> unknown_log(const LogId& id) {
  return fail(kUnknownLog, "log " + id.text() + " is not held here");
}

}  // namespace

format::PerfectHash MemoryStore::Log::perfect() const {
  return [this](unsigned level, std::uint64_t index) { return levels[level][index]; };
}

void MemoryStore::Log::append(const format::VerifiedEntry& entry, Timestamp received_at) {
  entries.push_back({name, entry.id(), entries.size(), Bytes(entry.header_bytes()), entry.body(), entry.absence(),
                     received_at});
  Hash32 hash = entry.id().value;
  for (std::size_t level = 0;; ++level) {
    if (levels.size() == level) levels.emplace_back();
    levels[level].push_back(hash);
    if (levels[level].size() % 2 != 0) return;
    hash = format::node_hash(levels[level][levels[level].size() - 2], levels[level].back());
  }
}

std::vector<Result<Committed>> MemoryStore::commit(std::span<const Batch> batches) {
  const std::unique_lock lock(mutex_);
  std::vector<Result<Committed>> out;
  for (const Batch& batch : batches) {
    if (const auto* const bundle = std::get_if<format::VerifiedBundle>(&batch.content))
      out.push_back(take(*bundle, batch.received_at));
    else if (const auto* const update = std::get_if<Charters>(&batch.content))
      out.push_back(take(*update));
    else
      out.push_back(take(std::get<Erasure>(batch.content)));
  }
  return out;
}

Result<Committed> MemoryStore::take(const format::VerifiedBundle& bundle, Timestamp received_at) {
  const format::VerifiedHead& head = bundle.head();
  const auto chain = charters_.find(head.project());
  if (auto in_force = check_charter(chain == charters_.end() ? std::span<const format::VerifiedCharter>() : chain->second,
                                    bundle);
      !in_force)
    return pass(in_force);
  const auto found = logs_.find(head.log());
  auto next = found == logs_.end() ? advance({}, bundle, {}) : advance(found->second.tail, bundle, found->second.perfect());
  if (!next) return pass(next);
  Log& log = logs_[head.log()];
  log.name = {head.project(), head.desk()};
  Committed out = committed_by(log.tail, *next);
  cut(log, next->kept);
  log.tail = std::move(next->tail);
  for (const auto& entry : bundle.entries()) {
    const std::uint64_t index = entry.header().index;
    if (index < next->kept) {
      StoredEntry& held = log.entries[static_cast<std::size_t>(index)];
      if (held.body || !entry.body()) continue;
      held.body = entry.body();
      held.absence.reset();
      held.received_at = received_at;
      add_filled(out, index);
      add_blobs(head.log(), entry, out);
      note_retracted(head.log(), entry, out);
    } else {
      positions_[entry.id()] = {head.log(), index};
      log.append(entry, received_at);
      add_blobs(head.log(), entry, out);
      note_retracted(head.log(), entry, out);
    }
  }
  return out;
}

Result<Committed> MemoryStore::take(const Charters& update) {
  const ProjectId& project = update.charters.front().project();
  const auto found = charters_.find(project);
  const auto next =
      advance_charters(found == charters_.end() ? std::span<const format::VerifiedCharter>() : found->second, update);
  if (!next) return tl::unexpected(next.error());
  auto& chain = charters_[project];
  chain.erase(chain.begin() + static_cast<std::ptrdiff_t>(next->kept), chain.end());
  for (std::size_t i = next->known; i < update.charters.size(); ++i) {
    chain.push_back(update.charters[i]);
    for (auto& [id, log] : logs_) {
      if (log.name.project != project) continue;
      log.tail = recheck(log.tail, log.name, chain.back(), log.perfect());
      cut(log, log.tail.held.size());
    }
  }
  return Committed{next->kept, chain.size()};
}

Result<Committed> MemoryStore::take(const Erasure& erasure) {
  const auto log = logs_.find(format::log_id(erasure.log.project, erasure.log.desk));
  if (log == logs_.end() || erasure.index >= log->second.entries.size() ||
      log->second.entries[static_cast<std::size_t>(erasure.index)].id != erasure.entry)
    return fail(kUnknownEntry, "entry " + erasure.entry.text() + " is not held here");
  StoredEntry& entry = log->second.entries[static_cast<std::size_t>(erasure.index)];
  Committed out;
  if (!entry.body) return out;
  entry.body.reset();
  entry.absence = format::Absence::kErased;
  out.changed = {erasure.index, erasure.index + 1};
  out.blobs = erasure.blobs;
  return out;
}

void MemoryStore::note_retracted(const LogId& log, const format::VerifiedEntry& entry, Committed& committed) {
  const auto& header = entry.header();
  if (header.kind == format::EntryKind::kRetraction) {
    retracting_.insert({*header.target, {log, header.index}});
    committed.retracted.push_back(*header.target);
  }
  const auto found = retracting_.lower_bound({entry.id(), {}});
  if (entry.body() && found != retracting_.end() && found->first == entry.id()) committed.retracted.push_back(entry.id());
}

void MemoryStore::add_blobs(const LogId& log, const format::VerifiedEntry& entry, Committed& committed) {
  if (!entry.body()) return;
  for (const auto& blob : format::blobs_named_by(*entry.body())) {
    naming_.insert({blob, {log, entry.header().index}});
    committed.blobs.push_back(blob);
  }
}

void MemoryStore::cut(Log& log, std::uint64_t size) {
  for (std::size_t i = static_cast<std::size_t>(size); i < log.entries.size(); ++i) positions_.erase(log.entries[i].id);
  log.entries.resize(std::min(log.entries.size(), static_cast<std::size_t>(size)));
  for (std::size_t level = 0; level < log.levels.size(); ++level)
    log.levels[level].resize(std::min(log.levels[level].size(), static_cast<std::size_t>(size >> level)));
}

std::vector<ProjectId> MemoryStore::projects() const {
  const std::shared_lock lock(mutex_);
  std::vector<ProjectId> out;
  for (const auto& [project, chain] : charters_) out.push_back(project);
  return out;
}

std::optional<format::VerifiedCharter> MemoryStore::charter(const ProjectId& project) const {
  const std::shared_lock lock(mutex_);
  const auto found = charters_.find(project);
  if (found == charters_.end()) return std::nullopt;
  return found->second.back();
}

std::vector<format::VerifiedCharter> MemoryStore::charter_chain(const ProjectId& project) const {
  const std::shared_lock lock(mutex_);
  const auto found = charters_.find(project);
  if (found == charters_.end()) return {};
  return found->second;
}

std::vector<LogState> MemoryStore::logs() const {
  const std::shared_lock lock(mutex_);
  std::vector<LogState> out;
  for (const auto& [id, log] : logs_)
    if (log.tail.head) out.push_back(state_of(log.name, log.tail));
  return out;
}

std::optional<LogState> MemoryStore::log(const LogId& id) const {
  const std::shared_lock lock(mutex_);
  const auto found = logs_.find(id);
  if (found == logs_.end() || !found->second.tail.head) return std::nullopt;
  return state_of(found->second.name, found->second.tail);
}

Result<ServedBundle> MemoryStore::bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const {
  const std::shared_lock lock(mutex_);
  const auto found = logs_.find(id);
  if (found == logs_.end() || !found->second.tail.head) return unknown_log(id);
  const Log& log = found->second;
  const auto read = [&log](std::uint64_t index) -> Result<StoredEntry> {
    return log.entries[static_cast<std::size_t>(index)];
  };
  return serve(log.tail, from, entries_max, log.perfect(), read);
}

Result<StoredEntry> MemoryStore::entry(const LogId& id, std::uint64_t index) const {
  const std::shared_lock lock(mutex_);
  const auto found = logs_.find(id);
  if (found == logs_.end()) return unknown_log(id);
  const Log& log = found->second;
  if (index >= log.entries.size()) return fail(kUnknownEntry, "entry " + std::to_string(index) + " is not held here");
  return log.entries[static_cast<std::size_t>(index)];
}

std::optional<Store::Position> MemoryStore::find(const EntryId& id) const {
  const std::shared_lock lock(mutex_);
  const auto found = positions_.find(id);
  if (found == positions_.end()) return std::nullopt;
  return found->second;
}

std::vector<Store::Position> MemoryStore::naming(const BlobId& blob) const {
  const std::shared_lock lock(mutex_);
  std::vector<Position> out;
  for (auto at = naming_.lower_bound({blob, {}}); at != naming_.end() && at->first == blob; ++at) out.push_back(at->second);
  return out;
}

std::vector<EntryId> MemoryStore::retracted_after(const std::optional<EntryId>& after, std::size_t count) const {
  const std::shared_lock lock(mutex_);
  std::vector<EntryId> out;
  for (const auto& [target, position] : retracting_) {
    if (out.size() == count) break;
    if ((!after || *after < target) && (out.empty() || out.back() != target)) out.push_back(target);
  }
  return out;
}

std::vector<Store::Position> MemoryStore::retracting(const EntryId& target) const {
  const std::shared_lock lock(mutex_);
  std::vector<Position> out;
  for (auto at = retracting_.lower_bound({target, {}}); at != retracting_.end() && at->first == target; ++at)
    out.push_back(at->second);
  return out;
}

std::vector<BlobId> MemoryStore::blobs_after(const std::optional<BlobId>& after, std::size_t count) const {
  const std::shared_lock lock(mutex_);
  std::vector<BlobId> out;
  for (const auto& [blob, position] : naming_) {
    if (out.size() == count) break;
    if ((!after || *after < blob) && (out.empty() || out.back() != blob)) out.push_back(blob);
  }
  return out;
}

}  // namespace tamizdat::store
