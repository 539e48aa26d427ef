#include "client-lib/publish/openings.h"

#include <algorithm>

#include "client-lib/keys/desk_box.h"
#include "proto/format/sealed_body.h"

namespace tamizdat::publish {
namespace {

Result<Draft> draft_of(desk::DeskStore& store, const format::SigningKey& desk_key, const desk::Embargo& embargo) {
  const auto logged = sealed_entry(store, embargo.entry);
  if (!logged) return tl::unexpected(logged.error());
  const auto header = format::parse_header(logged->header);
  if (!header) return tl::unexpected(header.error());
  const auto key = keys::open_for_desk(desk_key, embargo.sealed_key, embargo.entry.view());
  if (!key) return tl::unexpected(key.error());
  const auto octets = format::open_body(*header, logged->body, key->view());
  if (!octets) return tl::unexpected(octets.error());
  auto article = format::parse_body(*octets);
  if (!article) return pass(article);
  Draft draft;
  draft.body.key = Bytes(key->view());
  draft.body.attachments = std::move(article->attachments);
  draft.opens = embargo.entry;
  draft.opened_title = std::move(article->title);
  return draft;
}

}  // namespace

Result<desk::LogEntry> sealed_entry(desk::DeskStore& store, const EntryId& entry) {
  auto found = store.log().find(entry);
  if (found && !*found) found = store.embargoes().inherited(entry);
  if (!found) return tl::unexpected(found.error());
  if (!*found)
    return fail(desk::kDeskFileFailed, "the desk's file is damaged, the sealed entry " + entry.text() + " is missing: bring it back from a copy");
  return **std::move(found);
}

Result<Draft> opening_of(desk::DeskStore& store, const format::SigningKey& desk_key, const EntryId& entry) {
  const auto embargo = store.embargoes().find(entry);
  if (!embargo) return tl::unexpected(embargo.error());
  if (!*embargo)
    return fail(kEmbargoUnknown, "this desk has sealed no entry " + entry.text() + ": tamizdat embargo list shows those it has");
  if ((*embargo)->opened_by) return fail(kEmbargoOpen, "the embargo of " + entry.text() + " was released before");
  return draft_of(store, desk_key, **embargo);
}

Result<std::vector<Draft>> openings_due(desk::DeskStore& store, const format::SigningKey& desk_key, Timestamp now) {
  const auto embargoes = store.embargoes().all();
  if (!embargoes) return tl::unexpected(embargoes.error());
  std::vector<Draft> out;
  for (const auto& embargo : *embargoes) {
    if (embargo.opened_by || embargo.until > now) continue;
    auto draft = draft_of(store, desk_key, embargo);
    if (draft) out.push_back(*std::move(draft));
  }
  return out;
}

Result<std::optional<Timestamp>> next_opening(desk::DeskStore& store) {
  const auto embargoes = store.embargoes().all();
  if (!embargoes) return tl::unexpected(embargoes.error());
  for (const auto& embargo : *embargoes)
    if (!embargo.opened_by) return std::optional(embargo.until);
  return std::optional<Timestamp>();
}

Result<std::size_t> count_due(desk::DeskStore& store, Timestamp now) {
  const auto embargoes = store.embargoes().all();
  if (!embargoes) return tl::unexpected(embargoes.error());
  return static_cast<std::size_t>(std::ranges::count_if(
      *embargoes, [now](const desk::Embargo& embargo) { return !embargo.opened_by && embargo.until <= now; }));
}

}  // namespace tamizdat::publish
