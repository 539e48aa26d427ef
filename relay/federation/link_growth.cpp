// What a link does about logs that may not grow: their project is frozen, or they or its charters are proven to be forked. They go on being
// served; what peers have more of them waits for the next charter.
#include <algorithm>

#include "relay/federation/link.h"
#include "relay/statements/standing.h"

namespace tamizdat::federation {

void Link::hold_back(const format::LogName& name, const sync::LogState& announced) {
  const auto charter = context_.store.charter(name.project);
  if (!charter || held_back_.size() >= kProjectsMax) return;
  const sync::ProjectState state{name.project, charter->version(), charter->hash(), {announced}};
  const auto [waiting, first] = held_back_.try_emplace(name.project, state);
  if (!first) merge(state, waiting->second);
}

void Link::look_again(const ProjectId& project) {
  if (const auto waiting = held_back_.extract(project)) consider(waiting.mapped());
}

bool Link::is_stopped(const format::VerifiedCharter& charter, const DeskId& desk) const {
  return !statements::may_grow(context_.statements, charter, desk);
}

// Entries that are held already may come again, with a text that was missing.
Result<void> Link::may_grow(const format::VerifiedBundle& bundle) const {
  const format::VerifiedHead& head = bundle.head();
  const auto log = context_.store.log(head.log());
  const auto charter = context_.store.charter(head.project());
  if (!charter || (log && bundle.to() <= log->size)) return {};
  return statements::may_grow(context_.statements, *charter, head.desk());
}

// As many entries as here and another root: nobody needs entries of the other, so the peer's last one is asked for. It
// comes under the peer's head, which proves the two histories.
void Link::look_into(const format::LogName& name, const sync::LogState& announced, const store::LogState& held) {
  if (announced.size == held.size && announced.size > 0 && announced.root != held.root)
    post(sync::Subscribe{name, announced.size - 1});
}

void stop_growth(LinkContext& context, const ProjectId& project, const std::function<Link*(LinkNumber)>& link_of) {
  const auto charter = context.store.charter(project);
  if (!charter) return;
  for (const auto& desk : charter->content().desks) {
    if (statements::may_grow(context.statements, *charter, desk.id)) continue;
    const format::LogName name{project, desk.id};
    const LogId id = format::log_id(project, desk.id);
    const auto log = context.store.log(id);
    const auto suspended = context.sources.suspend(id);
    for (const auto& [number, size] : suspended.sizes)
      if (Link* const link = link_of(number); link != nullptr && size > (log ? log->size : 0))
        link->hold_back(name, {desk.id, size, {}});
    if (suspended.source)
      if (Link* const link = link_of(*suspended.source)) link->unsubscribe(name);
  }
}

}  // namespace tamizdat::federation
