#include "relay/federation/outbox.h"

namespace tamizdat::federation {

std::optional<sync::LinkMessage> Outbox::take_control() {
  if (control_.empty()) return std::nullopt;
  sync::LinkMessage message = std::move(control_.front());
  control_.pop_front();
  return message;
}

std::optional<sync::Charters> Outbox::take_charters(const store::Store& store) {
  while (chain_ || !requested_.empty()) {
    if (!chain_) chain_ = Chain{requested_.extract(requested_.begin()).value()};
    const auto charters = store.charter_chain(chain_->project);
    std::vector<BytesView> rest;
    for (std::size_t i = chain_->sent; i < charters.size(); ++i) rest.push_back(charters[i].signed_bytes());
    if (rest.empty()) {
      chain_.reset();
      continue;
    }
    sync::Charters part = sync::charters_part(rest);
    chain_->sent += part.signed_charters.size();
    if (!part.more) chain_.reset();
    return part;
  }
  return std::nullopt;
}

std::optional<sync::Frontier> Outbox::take_frontier(const store::Store& store,
                                                    const std::function<std::uint64_t(const LogId&)>& peer_size) {
  std::map<ProjectId, sync::ProjectState> projects;
  std::size_t states = 0;
  const auto state_of = [&](const ProjectId& project) -> sync::ProjectState* {
    const auto known = projects.find(project);
    if (known != projects.end()) return &known->second;
    const auto charter = store.charter(project);
    if (!charter) return nullptr;
    ++states;
    return &projects.emplace(project, project_state(*charter)).first->second;
  };
  while (!dirty_projects_.empty() && states < sync::kFrontierLogsMax)
    state_of(dirty_projects_.extract(dirty_projects_.begin()).value());
  while (!dirty_logs_.empty() && states < sync::kFrontierLogsMax) {
    const LogId id = dirty_logs_.extract(dirty_logs_.begin()).value();
    const auto log = store.log(id);
    if (!log || subscribed(id) || peer_size(id) >= log->size) continue;
    if (auto* const project = state_of(log->name.project)) project->logs.push_back(log_state(*log));
    ++states;
  }
  if (projects.empty()) return std::nullopt;
  sync::Frontier frontier;
  for (auto& [id, project] : projects) frontier.projects.push_back(std::move(project));
  return frontier;
}

std::optional<Outbox::Range> Outbox::next_range(const store::Store& store) {
  if (credit_ <= 0 || cursors_.empty()) return std::nullopt;
  auto cursor = cursors_.upper_bound(last_served_);
  for (std::size_t i = 0; i < cursors_.size(); ++i, ++cursor) {
    if (cursor == cursors_.end()) cursor = cursors_.begin();
    const auto log = store.log(cursor->first);
    if (!log || cursor->second >= log->size) continue;
    last_served_ = cursor->first;
    return Range{cursor->first, cursor->second};
  }
  return std::nullopt;
}

void Outbox::sent(const Range& range, std::uint64_t to, std::size_t octets) {
  credit_ -= static_cast<std::int64_t>(octets);
  const auto cursor = cursors_.find(range.log);
  if (cursor != cursors_.end() && cursor->second == range.from) cursor->second = to;
}

sync::ProjectState project_state(const format::VerifiedCharter& charter) {
  return {charter.project(), charter.version(), charter.hash(), {}};
}

sync::LogState log_state(const store::LogState& log) { return {log.name.desk, log.size, log.root}; }

std::vector<sync::ProjectState> frontier_of(const store::Store& store) {
  std::map<ProjectId, sync::ProjectState> projects;
  for (const auto& id : store.projects())
    if (const auto charter = store.charter(id)) projects.emplace(id, project_state(*charter));
  for (const auto& log : store.logs()) {
    const auto project = projects.find(log.name.project);
    if (project != projects.end()) project->second.logs.push_back(log_state(log));
  }
  std::vector<sync::ProjectState> out;
  for (auto& [id, project] : projects) out.push_back(std::move(project));
  return out;
}

}  // namespace tamizdat::federation
