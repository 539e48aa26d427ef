#include "client-lib/publish/hand_over.h"

#include "client-lib/keys/desk_box.h"
#include "client-lib/publish/openings.h"

namespace tamizdat::publish {
namespace {

Result<void> hand_over(const OpenHome& from, const OpenHome& to, const desk::Embargo& embargo, edges::Random& random) {
  const auto known = to.store.embargoes().find(embargo.entry);
  if (!known) return tl::unexpected(known.error());
  if (*known) return {};
  const auto draft = opening_of(from.store, from.desk_key, embargo.entry);
  if (!draft) return tl::unexpected(draft.error());
  const auto sealed = sealed_entry(from.store, embargo.entry);
  if (!sealed) return tl::unexpected(sealed.error());
  // First what the key needs, then the key.
  const auto& there = from.store.attachments();
  for (const auto& attachment : draft->body.attachments) {
    if (auto kept = to.store.attachments().keep_from(there, attachment.blob); !kept) return kept;
    for (const auto& rendition : attachment.renditions)
      if (auto kept = to.store.attachments().keep_from(there, rendition.blob); !kept) return kept;
  }
  desk::Embargo inherited = embargo;
  inherited.sealed_key = keys::seal_for_desk(to.desk_key, draft->body.key, embargo.entry.view(), random);
  return to.store.embargoes().inherit(inherited, sealed->header, sealed->body);
}

}  // namespace

Result<void> hand_over_embargoes(const OpenHome& from, const OpenHome& to, edges::Random& random) {
  const auto embargoes = from.store.embargoes().all();
  if (!embargoes) return tl::unexpected(embargoes.error());
  for (const auto& embargo : *embargoes)
    if (!embargo.opened_by)
      if (auto done = hand_over(from, to, embargo, random); !done) return done;
  return {};
}

}  // namespace tamizdat::publish
