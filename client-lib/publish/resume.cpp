#include "client-lib/publish/resume.h"

#include <set>

#include "proto/format/entry.h"
#include "proto/format/hash.h"

namespace tamizdat::publish {
namespace {

// All of [from, size of the head) under one head.
Result<std::vector<format::VerifiedBundle>> fetch(const desk::Project& project, RelayView& relay, std::uint64_t from,
                                                  const Progress& progress) {
  std::vector<format::VerifiedBundle> out;
  for (std::uint64_t next = from; out.empty() || next < out.front().head().size();) {
    const auto bytes = relay.client.bundle(project.log, next);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return fail(kHistoryBehind, "the relay " + relay.name() + " does not hold entry " + std::to_string(next));
    auto bundle = format::verify_bundle(project.charter, **bytes, out.empty() ? nullptr : &out.front().head());
    if (!bundle) return pass(bundle);
    const bool is_next = bundle->head().log() == project.log && bundle->from() == next &&
                         (out.empty() || bundle->head().bytes() == out.front().head().bytes());
    if (!is_next)
      return fail(kHistoryBehind, "the relay " + relay.name() + " was given more of this log meanwhile: run it again");
    next = bundle->to();
    out.push_back(*std::move(bundle));
    progress("taking back from " + relay.name(), next, out.front().head().size());
  }
  return out;
}

// As the importer would have remembered it (importer/plan.cpp): the same text is not published again. Where it had other
// octets in the feed, the next import corrects it once.
Result<void> remember_import(desk::DeskStore& store, const format::VerifiedEntry& entry) {
  const auto body = format::parse_body(*entry.body());
  if (!body || body->guid.empty()) return {};
  const BytesView end("\0", 1);
  const Hash32 text = format::domain_hash("imported-text", {body->title, end, body->lede, end, body->html});
  const bool corrects = entry.header().kind == format::EntryKind::kCorrection;
  return store.imports().remember(body->guid, {corrects ? *entry.header().target : entry.id(), text});
}

// As sign.cpp would have remembered it; a key that this home still had of before is not released once more.
Result<void> remember_embargo(desk::DeskStore& store, const format::VerifiedEntry& entry) {
  const auto& header = entry.header();
  if (header.kind == format::EntryKind::kRetraction) return store.embargoes().forget(*header.target);
  if (header.kind == format::EntryKind::kEmbargoKey && header.target) return store.embargoes().opened(*header.target, entry.id());
  return {};
}

Result<void> append(desk::DeskStore& store, desk::Run& run, const format::VerifiedEntry& entry) {
  const auto& header = entry.header();
  if (entry.absence() == format::Absence::kEmbargoed && header.not_before)
    return fail(kHistoryBehind, "this home is an older copy of its desk, and lacks entry " + std::to_string(header.index) + ", which is under a plain "
                                "embargo: relays give its text to nobody before " + to_rfc3339(*header.not_before) +
                                ". Go on with the newer copy of this home, or run it again then");
  if (!entry.body() && entry.absence() != format::Absence::kErased)
    return fail(kHistoryBehind, "entry " + std::to_string(header.index) + " came without its text");
  if (auto id = run.append(entry.header_bytes(), entry.body().value_or(Bytes())); !id) return pass(id);
  if (auto done = remember_embargo(store, entry); !done) return done;
  return entry.body() ? remember_import(store, entry) : Result<void>();
}

Result<std::vector<EntryId>> sealed_for_ever(desk::DeskStore& store, const std::vector<format::VerifiedBundle>& bundles) {
  std::set<EntryId> sealed;
  for (const auto& bundle : bundles)
    for (const auto& entry : bundle.entries()) {
      const auto& header = entry.header();
      if (header.key_commitment) sealed.insert(entry.id());
      if (header.target && header.kind != format::EntryKind::kCorrection) sealed.erase(*header.target);
    }
  std::vector<EntryId> out;
  for (const auto& id : sealed) {
    const auto known = store.embargoes().find(id);
    if (!known) return tl::unexpected(known.error());
    if (!*known) out.push_back(id);
  }
  return out;
}

}  // namespace

Result<std::vector<EntryId>> resume_from(desk::DeskStore& store, const desk::Project& project, RelayView& relay,
                                         const Progress& progress) {
  const auto own = store.log().head();
  if (!own) return tl::unexpected(own.error());
  const auto bundles = fetch(project, relay, own->size, progress);
  if (!bundles) return tl::unexpected(bundles.error());
  const format::VerifiedHead& head = bundles->front().head();
  auto run = store.log().begin_run();
  if (!run) return pass(run);
  if (run->next_index() != own->size)
    return fail(kHistoryBehind, "another command of this desk signed meanwhile: run it again");
  const auto before = format::CompactRange::restore(own->size, {bundles->front().before().begin(),
                                                                bundles->front().before().end()});
  if (!before || before->root() != run->root())
    return fail(kHistoryForked, "the relay " + relay.name() + " knows another history of this desk than this home does");
  for (const auto& bundle : *bundles)
    for (const auto& entry : bundle.entries())
      if (auto done = append(store, *run, entry); !done) return pass(done);
  auto lost = sealed_for_ever(store, *bundles);
  if (!lost) return lost;
  if (auto done = run->commit(head.bytes()); !done) return pass(done);
  return lost;
}

}  // namespace tamizdat::publish
