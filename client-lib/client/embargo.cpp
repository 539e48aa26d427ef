#include <tamizdat/desk.h>

#include "client-lib/client/desk_parts.h"
#include "client-lib/publish/openings.h"

namespace tamizdat::client {

Outcome<PublishReport> release_due(Desk::Parts& parts, const desk::Project& project, const format::SigningKey& key,
                                   const std::vector<publish::Draft>& named, const SendOptions& send) {
  auto published = publish::publish_drafts(parts.for_publishing(), project, key, named, send.relays,
                                           parts.without_relay(send));
  if (!published) return problem(published);
  auto report = publish_report(parts, project, published->entries, published->relays);
  if (!report) return problem(report);
  return *std::move(report);
}

Outcome<PublishReport> Desk::release_embargoes(const std::vector<std::string>& entries, const Passphrase& passphrase,
                                               const SendOptions& send) {
  const auto project = parts_->store.project();
  if (!project) return problem(project);
  const auto key = parts_->desk_key(passphrase);
  if (!key) return problem(key);
  auto names = entries;
  if (names.empty()) {
    const auto known = embargoes();
    if (!known) return tl::unexpected(known.error());
    for (const auto& embargo : *known)
      if (embargo.is_due) names.push_back(embargo.entry);
  }
  std::vector<publish::Draft> named;
  for (const auto& text : names) {
    const auto entry = EntryId::parse(text);
    if (!entry) return problem(entry, ProblemKind::kUsage);
    auto draft = publish::opening_of(parts_->store, *key, *entry);
    if (!draft) return problem(draft);
    named.push_back(*std::move(draft));
  }
  return release_due(*parts_, *project, *key, named, send);
}

Outcome<std::vector<EmbargoInfo>> Desk::embargoes() {
  if (const auto project = parts_->store.project(); !project) return problem(project);
  const auto known = parts_->store.embargoes().all();
  if (!known) return problem(known);
  const auto now = parts_->edges.clock.now();
  std::vector<EmbargoInfo> out;
  for (const auto& embargo : *known)
    out.push_back({embargo.entry.text(), embargo.until, !embargo.opened_by && embargo.until <= now,
                   embargo.opened_by ? embargo.opened_by->text() : std::string()});
  return out;
}

}  // namespace tamizdat::client
