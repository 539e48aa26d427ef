#include "client-lib/publish/sign.h"

#include <algorithm>

#include "client-lib/keys/desk_box.h"
#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/format/retraction.h"
#include "proto/format/sealed_body.h"

namespace tamizdat::publish {
namespace {

using format::EntryKind;

bool is_sealed(const std::optional<EmbargoTerms>& embargo) { return embargo && embargo->form == EmbargoForm::kSealed; }

Result<Bytes> body_bytes(format::Body body, const std::optional<EmbargoTerms>& embargo, Bytes salt) {
  body.salt = std::move(salt);
  Bytes bytes = format::serialise_body(body);
  if (bytes.size() + (is_sealed(embargo) ? format::kSealedBodyOverheadBytes : 0) > format::kBodyBytesMax)
    return fail(kArticleTooLarge, "\"" + body.title + "\" is " + std::to_string(bytes.size() / 1024) +
                                      " KiB of text and at most " + std::to_string(format::kBodyBytesMax / 1024) +
                                      " KiB fit one entry: publish it in parts");
  return bytes;
}

// What no relay would take stands in the way of all that is signed after it, so it is never signed: as relays judge a
// submission (proto/README.md, "Charter").
Result<void> check_terms(const format::Desk& desk, const Draft& draft, Timestamp now) {
  if (desk.not_before && now < *desk.not_before)
    return fail(kOutOfTerms, "the charter lets this desk publish from " + to_rfc3339(*desk.not_before) + " on");
  if (desk.not_after && now > *desk.not_after)
    return fail(kOutOfTerms, "the charter let this desk publish until " + to_rfc3339(*desk.not_after) +
                                 ": those who hold root keys can change that with tamizdat desk update");
  return draft.retracts || draft.opens ? Result<void>() : check_scope(desk, draft.body);
}

// What the log has of the draft's item by now.
Result<std::optional<desk::ImportedItem>> signed_before(desk::DeskStore& store, const Draft& draft) {
  if (!draft.imported) return std::optional<desk::ImportedItem>();
  return store.imports().find(draft.imported->guid);
}

// What a run is made with.
struct Signing {
  desk::DeskStore& store;
  const desk::Project& project;
  const format::SigningKey& desk_key;
  Timestamp now;
  edges::Random& random;
};

format::EntryKind kind_of(const Draft& draft, const std::optional<EntryId>& corrects) {
  if (draft.retracts) return EntryKind::kRetraction;
  if (draft.opens) return EntryKind::kEmbargoKey;
  return corrects ? EntryKind::kCorrection : EntryKind::kArticle;
}

// Remembers, inside the run, what the entry was made of.
Result<void> remember(const Signing& signing, const Draft& draft, const EntryId& id, const std::optional<EntryId>& corrects,
                      const keys::Secret& body_key) {
  if (draft.imported) {
    const desk::ImportedItem item{corrects.value_or(id), draft.imported->text_hash};
    if (auto done = signing.store.imports().remember(draft.imported->guid, item); !done) return done;
  }
  if (draft.cosigner != nullptr) {
    const Bytes cosignature = format::make_retraction_cosignature(signing.project.charter.project(), id, *draft.cosigner);
    if (auto done = signing.store.statements().keep(cosignature); !done) return done;
  }
  // What is taken back under its embargo is never opened: without its key it is noise.
  if (draft.retracts) return signing.store.embargoes().forget(*draft.retracts);
  if (draft.opens) return signing.store.embargoes().opened(*draft.opens, id);
  if (!is_sealed(draft.embargo)) return {};
  Bytes sealed_key = keys::seal_for_desk(signing.desk_key, body_key.view(), id.view(), signing.random);
  return signing.store.embargoes().remember({id, draft.embargo->until, std::move(sealed_key), std::nullopt});
}

// Appends one entry to the run.
Result<SignedEntry> append(const Signing& signing, desk::Run& run, const Draft& draft, const std::optional<EntryId>& corrects) {
  auto body = body_bytes(draft.body, draft.embargo, signing.random.bytes(format::kSaltBytes));
  if (!body) return tl::unexpected(body.error());
  format::EntryHeader header;
  header.project = signing.project.charter.project();
  header.desk = signing.project.desk;
  header.index = run.next_index();
  header.kind = kind_of(draft, corrects);
  header.target = draft.retracts ? draft.retracts : draft.opens ? draft.opens : corrects;
  header.time = format::coarse_time(signing.now);
  if (draft.embargo) header.not_before = draft.embargo->until;
  keys::Secret body_key;
  if (is_sealed(draft.embargo)) {
    body_key = keys::Secret(format::kBodyKeyBytes);
    signing.random.fill(body_key.writable());
    header.key_commitment = format::key_commitment(body_key.view());
    body = format::seal_body(header, *body, body_key.view(), signing.random.bytes(format::kBodyNonceBytes));
  }
  header.body_commitment = format::body_commitment(*body);
  header.body_size = static_cast<std::uint32_t>(body->size());
  const auto id = run.append(format::serialise_header(header), *body);
  if (!id) return tl::unexpected(id.error());
  if (auto done = remember(signing, draft, *id, corrects, body_key); !done) return pass(done);
  return SignedEntry{*id, header.index, header.kind, draft.opens ? draft.opened_title : draft.body.title,
                     draft.body.attachments.size()};
}

// Another run has released the key since the draft was made, or taken the article back.
Result<bool> is_opened(desk::DeskStore& store, const Draft& draft) {
  if (!draft.opens) return false;
  const auto embargo = store.embargoes().find(*draft.opens);
  if (!embargo) return tl::unexpected(embargo.error());
  return !*embargo || (*embargo)->opened_by;
}

}  // namespace

Result<void> check_size(const format::Body& body, const std::optional<EmbargoTerms>& embargo) {
  if (auto bytes = body_bytes(body, embargo, Bytes(format::kSaltBytes, '\0')); !bytes) return pass(bytes);
  return {};
}

Result<void> check_desk(const desk::Project& project, const format::SigningKey& desk_key) {
  if (desk_key.public_key() != project.desk.value)
    return fail(kKeyOfAnotherDesk, "the key file desk.key belongs to another desk than this home: bring the right one back");
  if (project.charter.content().desk(project.desk) == nullptr)
    return fail(kDeskClosed, "charter " + std::to_string(project.charter.version()) +
                                 " no longer lists this desk: what it signs now is refused everywhere");
  return {};
}

Result<void> check_scope(const format::Desk& desk, const format::Body& body) {
  const auto is_in = [](const std::vector<std::string>& allowed, const std::string& value) {
    return allowed.empty() || std::ranges::find(allowed, value) != allowed.end();
  };
  if (!body.language.empty() && !is_in(desk.languages, body.language))
    return fail(kOutOfTerms, "the charter does not let this desk publish in the language " + body.language);
  if (!body.regions.empty() && std::ranges::none_of(body.regions, [&](const auto& region) { return is_in(desk.regions, region); }))
    return fail(kOutOfTerms, "the charter does not let this desk publish for the region " + body.regions.front());
  return {};
}

Result<std::vector<EntryId>> retracted_with(desk::Log& log, const EntryId& id) {
  const auto entry = log.find(id);
  if (!entry) return tl::unexpected(entry.error());
  const auto header = *entry ? format::parse_header((*entry)->header) : fail(kEntryUnknown, "");
  if (!header) return fail(kEntryUnknown, "this desk has published no entry " + id.text());
  if (header->kind == EntryKind::kRetraction)
    return fail(kEntryUnknown, id.text() + " is a retraction: name the article or the correction");
  std::vector<EntryId> out{id};
  auto corrections = log.corrections_of(id);
  if (!corrections) return corrections;
  out.insert(out.end(), corrections->begin(), corrections->end());
  return out;
}

Result<std::vector<SignedEntry>> sign_run(desk::DeskStore& store, const desk::Project& project,
                                          const format::SigningKey& desk_key, std::span<const Draft> drafts,
                                          const edges::Clock& clock, edges::Random& random) {
  TMZ_CHECK(!drafts.empty());
  if (auto done = check_desk(project, desk_key); !done) return pass(done);
  auto run = store.log().begin_run();
  if (!run) return pass(run);
  const Timestamp now = clock.now();
  std::vector<SignedEntry> out;
  for (const auto& draft : drafts)
    if (auto done = check_terms(*project.charter.content().desk(project.desk), draft, now); !done) return pass(done);
  for (const auto& draft : drafts) {
    // The run holds the database: what another import signed since the draft was planned is seen here, and not again.
    const auto before = signed_before(store, draft);
    if (!before) return tl::unexpected(before.error());
    if (*before && (*before)->text_hash == draft.imported->text_hash) continue;
    const auto opened = is_opened(store, draft);
    if (!opened) return tl::unexpected(opened.error());
    if (*opened) continue;
    const auto corrects = *before ? std::optional((*before)->original) : draft.corrects;
    auto entry = append({store, project, desk_key, now, random}, *run, draft, corrects);
    if (!entry) return pass(entry);
    out.push_back(*std::move(entry));
  }
  if (out.empty()) return out;
  const Bytes head =
      format::sign_checkpoint(project.charter.project(), run->next_index(), run->root(), desk_key);
  if (auto done = run->commit(head); !done) return pass(done);
  return out;
}

}  // namespace tamizdat::publish
