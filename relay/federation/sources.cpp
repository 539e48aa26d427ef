#include "relay/federation/sources.h"

#include <algorithm>

namespace tamizdat::federation {

std::optional<Sources::Move> Sources::offer(LinkNumber link, const format::LogName& name, std::uint64_t size,
                                            std::uint64_t held, env::MonotonicTime now) {
  Log& log = logs_[format::log_id(name.project, name.desk)];
  log.name = name;
  log.sizes[link] = size;
  log.held = std::max(log.held, held);
  if (log.source || size <= log.held) return std::nullopt;
  return choose(log, std::nullopt, now);
}

void Sources::progress(const LogId& id, std::uint64_t held, env::MonotonicTime now) {
  const auto found = logs_.find(id);
  if (found == logs_.end()) return;
  found->second.held = std::max(found->second.held, held);
  found->second.progress_at = now;
}

std::optional<Sources::Move> Sources::give_up(LinkNumber link, const LogId& id, env::MonotonicTime now) {
  const auto found = logs_.find(id);
  if (found == logs_.end()) return std::nullopt;
  found->second.sizes.erase(link);
  if (found->second.source != link) return std::nullopt;
  found->second.source.reset();
  return choose(found->second, link, now);
}

std::vector<Sources::Move> Sources::forget(LinkNumber link, env::MonotonicTime now) {
  std::vector<Move> moves;
  for (auto& [id, log] : logs_) {
    log.sizes.erase(link);
    if (log.source != link) continue;
    log.source.reset();
    if (const auto move = choose(log, link, now)) moves.push_back(*move);
  }
  return moves;
}

void Sources::recheck(const format::VerifiedCharter& charter) {
  for (const auto& desk : charter.content().closed_desks) logs_.erase(format::log_id(charter.project(), desk.id));
}

Sources::Suspended Sources::suspend(const LogId& id) {
  auto log = logs_.extract(id);
  if (!log) return {};
  return {std::move(log.mapped().sizes), log.mapped().source};
}

std::vector<Sources::Move> Sources::watch(env::MonotonicTime now) {
  std::vector<Move> moves;
  for (auto& [id, log] : logs_) {
    if (!log.source || now - log.progress_at < kSilenceMax) continue;
    const auto other = best(log, log.source);
    if (!other) continue;
    moves.push_back({log.name, log.source, *other});
    log.source = other;
    log.progress_at = now;
  }
  return moves;
}

std::uint64_t Sources::size_at(LinkNumber link, const LogId& id) const {
  const auto found = logs_.find(id);
  if (found == logs_.end()) return 0;
  const auto size = found->second.sizes.find(link);
  return size == found->second.sizes.end() ? 0 : size->second;
}

std::optional<LinkNumber> Sources::source(const LogId& id) const {
  const auto found = logs_.find(id);
  return found == logs_.end() ? std::nullopt : found->second.source;
}

// The link that has most beyond what is held.
std::optional<LinkNumber> Sources::best(const Log& log, std::optional<LinkNumber> except) {
  std::optional<LinkNumber> out;
  std::uint64_t most = log.held;
  for (const auto& [link, size] : log.sizes) {
    if (link == except || size <= most) continue;
    most = size;
    out = link;
  }
  return out;
}

std::optional<Sources::Move> Sources::choose(Log& log, std::optional<LinkNumber> except, env::MonotonicTime now) {
  log.source = best(log, except);
  if (!log.source) return std::nullopt;
  log.progress_at = now;
  return Move{log.name, std::nullopt, *log.source};
}

}  // namespace tamizdat::federation
