// Desk::retract(): what a newsroom takes back.
#include <algorithm>
#include <filesystem>

#include "client-lib/client/desk_parts.h"
#include "client-lib/keys/key_files.h"
#include "client-lib/publish/other_desks.h"

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

constexpr ErrorCode kCosignerUnknown{"cosigner-unknown"};
constexpr ErrorCode kRetractedAlready{"retracted-already"};

// Before anything is signed: the key opens, and the charter gives it a say.
Result<format::SigningKey> cosigning_key(const Cosigner& cosigner, const desk::Project& project) {
  const bool is_home = std::filesystem::is_directory(cosigner.place);
  const auto path = is_home ? desk::desk_key_file(cosigner.place) : std::filesystem::path(cosigner.place);
  const auto file = keys::read_key_file(path);
  if (!file) return tl::unexpected(file.error());
  auto key = keys::open_key(*file, is_home ? keys::KeyRole::kDesk : keys::KeyRole::kRoot, cosigner.passphrase->secret().view());
  if (!key) return fail(key.error().code, path.string() + ": " + key.error().text);
  const auto& charter = project.charter.content();
  const bool has_a_say = is_home ? charter.desk(DeskId(key->public_key())) != nullptr && DeskId(key->public_key()) != project.desk
                                 : std::ranges::find(charter.root_keys, RootKeyId(key->public_key())) != charter.root_keys.end();
  if (!has_a_say)
    return fail(kCosignerUnknown, path.string() + " is neither a root key of this project nor the key of another open desk of it");
  return key;
}

// What a retraction of `entry` names: see publish::retracted_with(), also for what another desk of the project published.
Result<std::vector<EntryId>> targets_of(Desk::Parts& parts, const desk::Project& project, const EntryId& entry, const SendOptions& send) {
  auto own = publish::retracted_with(parts.store.log(), entry);
  if (own || own.error().code != publish::kEntryUnknown || send.offline) return own;
  const auto other = publish::entry_of_other_desk(parts.for_publishing(), project, send.relays, entry);
  if (!other) return tl::unexpected(other.error());
  if (other->header.kind == format::EntryKind::kRetraction) return own;
  auto out = parts.store.log().corrections_of(entry);  // by this desk
  if (!out) return out;
  out->push_back(entry);
  out->insert(out->end(), other->corrections.begin(), other->corrections.end());
  return out;
}

}  // namespace

Outcome<PublishReport> Desk::retract(const RetractionDraft& draft, const Passphrase& passphrase, const SendOptions& send,
                                     const std::optional<Cosigner>& cosigner) {
  const auto project = parts_->store.project();
  if (!project) return problem(project);
  const auto entry = EntryId::parse(draft.entry);
  if (!entry) return problem(entry, ProblemKind::kUsage);
  const auto targets = targets_of(*parts_, *project, *entry, send);
  if (!targets) return problem(targets, ProblemKind::kUsage);
  auto open_targets = *targets;
  // With a second key it is retracted again: then relays erase at once.
  if (!cosigner)
    for (const auto& target : *targets) {
      const auto is_retracted = parts_->store.log().is_retracted(target);
      if (!is_retracted) return problem(is_retracted);
      if (*is_retracted) std::erase(open_targets, target);
    }
  if (open_targets.empty())
    return tl::unexpected(problem_of({kRetractedAlready, "this desk has retracted " + draft.entry + " already. What a relay has not heard of waits: tamizdat send. "
                                           "To have it erased at once, retract it again with --cosign"}));
  const auto key = parts_->desk_key(passphrase);
  if (!key) return problem(key);
  std::optional<format::SigningKey> second_key;
  if (cosigner) {
    auto opened = cosigning_key(*cosigner, *project);
    if (!opened) return problem(opened);
    second_key = *std::move(opened);
  }
  std::vector<publish::Draft> drafts;
  for (const auto& target : open_targets) {
    publish::Draft retraction{{}, std::nullopt};
    retraction.body.reason = reason_of(draft.reason);
    retraction.retracts = target;
    retraction.cosigner = second_key ? &*second_key : nullptr;
    drafts.push_back(std::move(retraction));
  }
  auto published = publish::publish_drafts(parts_->for_publishing(), *project, *key, drafts, send.relays,
                                                 parts_->without_relay(send));
  if (!published) return problem(published);
  auto report = publish_report(*parts_, *project, published->entries, published->relays);
  if (!report) return problem(report);
  return *std::move(report);
}

}  // namespace tamizdat::client
