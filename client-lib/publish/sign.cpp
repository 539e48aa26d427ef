#include "client-lib/publish/sign.h"

#include "proto/base/check.h"
#include "proto/format/limits.h"

namespace tamizdat::publish {
namespace {

using format::EntryKind;

Result<Bytes> body_bytes(format::Body body, Bytes salt) {
  body.salt = std::move(salt);
  Bytes bytes = format::serialise_body(body);
  if (bytes.size() > format::kBodyBytesMax)
    return fail(kArticleTooLarge, "\"" + body.title + "\" is " + std::to_string(bytes.size() / 1024) +
                                      " KiB of text and at most " + std::to_string(format::kBodyBytesMax / 1024) +
                                      " KiB fit one entry: publish it in parts");
  return bytes;
}

Result<void> check_desk(const desk::Project& project, const format::SigningKey& desk_key) {
  if (desk_key.public_key() != project.desk.value)
    return fail(kKeyOfAnotherDesk, "the key file desk.key belongs to another desk than this home: bring the right one back");
  if (project.charter.content().desk(project.desk) == nullptr)
    return fail(kDeskClosed, "charter " + std::to_string(project.charter.version()) +
                                 " no longer lists this desk: what it signs now is refused everywhere");
  return {};
}

// What the log has of the draft's item by now.
Result<std::optional<desk::ImportedItem>> signed_before(desk::DeskStore& store, const Draft& draft) {
  if (!draft.imported) return std::optional<desk::ImportedItem>();
  return store.imports().find(draft.imported->guid);
}

// Appends one entry to the run and remembers what it was made of.
Result<SignedEntry> append(desk::DeskStore& store, const desk::Project& project, desk::Run& run, const Draft& draft,
                           const std::optional<EntryId>& corrects, Timestamp now, Bytes salt) {
  const auto body = body_bytes(draft.body, std::move(salt));
  if (!body) return tl::unexpected(body.error());
  format::EntryHeader header;
  header.project = project.charter.project();
  header.desk = project.desk;
  header.index = run.next_index();
  header.kind = draft.retracts ? EntryKind::kRetraction : corrects ? EntryKind::kCorrection : EntryKind::kArticle;
  header.body_commitment = format::body_commitment(*body);
  header.body_size = static_cast<std::uint32_t>(body->size());
  header.target = draft.retracts ? draft.retracts : corrects;
  header.time = format::coarse_time(now);
  const auto id = run.append(format::serialise_header(header), *body);
  if (!id) return tl::unexpected(id.error());
  if (draft.imported) {
    const desk::ImportedItem item{corrects.value_or(*id), draft.imported->text_hash};
    if (auto done = store.imports().remember(draft.imported->guid, item); !done) return pass(done);
  }
  return SignedEntry{*id, header.index, header.kind, draft.body.title, draft.body.attachments.size()};
}

}  // namespace

Result<void> check_size(const format::Body& body) {
  if (auto bytes = body_bytes(body, Bytes(format::kSaltBytes, '\0')); !bytes) return pass(bytes);
  return {};
}

namespace {

tl::unexpected<Error> unknown_here(const EntryId& id) {
  return fail(kEntryUnknown, "this desk has published no entry " + id.text() + ": tamizdat status shows where it is");
}

}  // namespace

Result<std::vector<EntryId>> retracted_with(desk::Log& log, const EntryId& id) {
  const auto entry = log.find(id);
  if (!entry) return tl::unexpected(entry.error());
  const auto header = *entry ? format::parse_header((*entry)->header) : fail(kEntryUnknown, "");
  if (!header) return unknown_here(id);
  if (header->kind == EntryKind::kRetraction)
    return fail(kEntryUnknown, id.text() + " is a retraction: name the article or the correction");
  std::vector<EntryId> out{id};
  auto corrections = log.corrections_of(id);
  if (!corrections) return corrections;
  out.insert(out.end(), corrections->begin(), corrections->end());
  return out;
}

Result<EntryId> original_of(desk::Log& log, const EntryId& id) {
  const auto entry = log.find(id);
  if (!entry) return tl::unexpected(entry.error());
  const auto header = *entry ? format::parse_header((*entry)->header) : fail(kEntryUnknown, "");
  if (!header) return unknown_here(id);
  return header->kind == EntryKind::kCorrection ? *header->target : id;
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
  for (const auto& draft : drafts) {
    // The run holds the database: what another import signed since the draft was planned is seen here, and not again.
    const auto before = signed_before(store, draft);
    if (!before) return tl::unexpected(before.error());
    if (*before && (*before)->text_hash == draft.imported->text_hash) continue;
    const auto corrects = *before ? std::optional((*before)->original) : draft.corrects;
    auto entry = append(store, project, *run, draft, corrects, now, random.bytes(format::kSaltBytes));
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
