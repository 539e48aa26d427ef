// Desk::retract(): what a newsroom takes back.
#include <algorithm>

#include "client-lib/client/desk_parts.h"

namespace tamizdat::client {
namespace {

format::RetractionReason reason_of(RetractionReason reason) {
  switch (reason) {
    case RetractionReason::kSourceAtRisk: return format::RetractionReason::kSourceAtRisk;
    case RetractionReason::kError: return format::RetractionReason::kError;
    case RetractionReason::kLegal: return format::RetractionReason::kLegal;
    case RetractionReason::kPrivacy: return format::RetractionReason::kPrivacy;
    case RetractionReason::kOther: break;
  }
  return format::RetractionReason::kOther;
}

}  // namespace

Outcome<PublishReport> Desk::retract(const RetractionDraft& draft, const Passphrase& passphrase, const SendOptions& send) {
  const auto project = parts_->store.project();
  if (!project) return problem(project);
  const auto entry = EntryId::parse(draft.entry);
  if (!entry) return problem(entry, ProblemKind::kUsage);
  const auto targets = publish::retracted_with(parts_->store.log(), *entry);
  if (!targets) return problem(targets, ProblemKind::kUsage);
  const auto key = parts_->desk_key(passphrase);
  if (!key) return problem(key);
  std::vector<publish::Draft> drafts;
  for (const auto& target : *targets) {
    publish::Draft retraction{{}, std::nullopt};
    retraction.body.reason = reason_of(draft.reason);
    retraction.retracts = target;
    drafts.push_back(std::move(retraction));
  }
  const auto published = publish::publish_drafts(parts_->for_publishing(), *project, *key, drafts, send.relays,
                                                 parts_->without_relay(send));
  if (!published) return problem(published);
  auto report = publish_report(parts_->store, *project, published->entries, published->relays);
  if (!report) return problem(report);
  return *std::move(report);
}

}  // namespace tamizdat::client
