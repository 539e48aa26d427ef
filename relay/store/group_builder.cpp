#include "relay/store/group_builder.h"

#include "proto/base/check.h"

namespace tamizdat::store {

Result<Committed> GroupBuilder::take(const Batch& batch) {
  if (const auto* const bundle = std::get_if<format::VerifiedBundle>(&batch.content))
    return take_bundle(*bundle, batch.received_at);
  if (const auto* const erasure = std::get_if<Erasure>(&batch.content)) return take_erasure(*erasure);
  return take_charters(std::get<Charters>(batch.content));
}

Result<Committed> GroupBuilder::take_bundle(const format::VerifiedBundle& bundle, Timestamp received_at) {
  const format::VerifiedHead& head = bundle.head();
  if (auto in_force = check_charter(draft_.chain(head.project()), bundle); !in_force) return pass(in_force);
  Draft::Log& log = draft_.log(head.log(), {head.project(), head.desk()});
  auto next = advance(log.tail, bundle, draft_.perfect(log));
  if (!next) return pass(next);
  Committed out = committed_by(log.tail, *next);
  const std::uint64_t kept = next->kept;
  const std::uint64_t size = next->tail.held.size();
  const Bytes head_after(next->tail.head ? next->tail.head->bytes() : BytesView());
  const bool same_head = head_after == log.head;
  if (kept != log.tail.held.size() || size != kept || !same_head) {
    draft_.cut(log, kept);
    log.tail = std::move(next->tail);
    log.head = head_after;
    log.changed = true;
    append_run(log, kept, size - kept, same_head ? HeadChange::kSame : HeadChange::kGiven);
    add_new_entries(log, bundle, received_at, out);
  }
  fill_bodies(log, bundle, received_at, out);
  return out;
}

void GroupBuilder::add_new_entries(Draft::Log& log, const format::VerifiedBundle& bundle, Timestamp received_at,
                                   Committed& committed) {
  const std::uint64_t kept = log.kept + log.slots.size();
  for (const auto& entry : bundle.entries()) {
    if (entry.header().index < kept) continue;
    draft_.add(log, append_entry(entry, received_at, false));
    add_naming(bundle, entry, committed);
    note_retracted(bundle, entry, committed);
  }
  draft_.complete_nodes(log, kept);
}

// A header may have come without its body; a bundle that overlaps what is held may bring it.
void GroupBuilder::fill_bodies(Draft::Log& log, const format::VerifiedBundle& bundle, Timestamp received_at,
                               Committed& committed) {
  for (const auto& entry : bundle.entries()) {
    const std::uint64_t index = entry.header().index;
    if (index >= committed.size_before) return;
    if (!entry.body() || draft_.slot(log, index)->has_body) continue;
    draft_.fill(log, index, append_entry(entry, received_at, true));
    add_filled(committed, index);
    add_naming(bundle, entry, committed);
    note_retracted(bundle, entry, committed);
    log.changed = true;
  }
}

void GroupBuilder::add_naming(const format::VerifiedBundle& bundle, const format::VerifiedEntry& entry,
                              Committed& committed) {
  if (!entry.body()) return;
  const auto blobs = format::blobs_named_by(*entry.body());
  draft_.add_naming({bundle.head().log(), entry.header().index}, blobs);
  committed.blobs.insert(committed.blobs.end(), blobs.begin(), blobs.end());
}

void GroupBuilder::note_retracted(const format::VerifiedBundle& bundle, const format::VerifiedEntry& entry,
                                  Committed& committed) {
  const auto& header = entry.header();
  if (header.kind == format::EntryKind::kRetraction) {
    draft_.add_retracting(*header.target, {bundle.head().log(), header.index});
    committed.retracted.push_back(*header.target);
  }
  if (entry.body() && draft_.is_retracted(entry.id())) committed.retracted.push_back(entry.id());
}

Result<Committed> GroupBuilder::take_erasure(const Erasure& erasure) {
  Draft::Log& log = draft_.log(format::log_id(erasure.log.project, erasure.log.desk), erasure.log);
  const auto slot = draft_.slot(log, erasure.index);
  // What this very group brought is not in a segment yet.
  if (!slot || slot->id != erasure.entry || erasure.index >= log.kept || log.filled.contains(erasure.index))
    return fail(kUnknownEntry, "entry " + erasure.entry.text() + " is not held here");
  Committed out;
  if (!slot->has_body) return out;
  store::append_record(records_, EraseRecord{log.name, erasure.index, erasure.entry});
  draft_.erase(log, erasure.index, *slot);
  erased_.push_back(slot->place);
  out.changed = {erasure.index, erasure.index + 1};
  out.blobs = erasure.blobs;
  return out;
}

Result<Committed> GroupBuilder::take_charters(const Charters& update) {
  const ProjectId& project = update.charters.front().project();
  Chain chain = draft_.chain(project);
  const auto next = advance_charters(chain, update);
  if (!next) return tl::unexpected(next.error());
  chain.erase(chain.begin() + static_cast<std::ptrdiff_t>(next->kept), chain.end());
  for (std::size_t i = next->known; i < update.charters.size(); ++i) {
    chain.push_back(update.charters[i]);
    store::append_record(records_, CharterRecord{project, chain.back().signed_bytes()});
    recheck_logs(chain.back());
  }
  const Committed out{next->kept, chain.size()};
  if (out.size_after != out.size_before) draft_.put_chain(project, std::move(chain));
  return out;
}

void GroupBuilder::recheck_logs(const format::VerifiedCharter& charter) {
  for (const LogId& id : draft_.logs_of(charter.project())) {
    Draft::Log& log = draft_.log(id, {});  // known, so the name is not looked at
    const std::uint64_t size = log.tail.held.size();
    LogTail tail = recheck(log.tail, log.name, charter, draft_.perfect(log));
    const Bytes head = tail.head ? Bytes(tail.head->bytes()) : Bytes();
    const bool has_same_head = head == log.head;
    log.tail = std::move(tail);
    log.changed = true;
    if (has_same_head && log.tail.held.size() == size) continue;
    draft_.cut(log, log.tail.held.size());
    log.head = head;
    append_run(log, log.tail.held.size(), 0, head.empty() ? HeadChange::kNone : HeadChange::kGiven);
  }
}

void GroupBuilder::append_run(const Draft::Log& log, std::uint64_t kept, std::uint64_t count, HeadChange change) {
  RunRecord run;
  run.log = log.name;
  run.kept = kept;
  run.count = static_cast<std::uint32_t>(count);
  run.change = change;
  if (change == HeadChange::kGiven) run.head = log.head;
  run.after = log.tail.after;
  store::append_record(records_, run);
}

Slot GroupBuilder::append_entry(const format::VerifiedEntry& entry, Timestamp received_at, bool is_fill) {
  Slot slot;
  slot.id = entry.id();
  slot.place.offset = static_cast<std::uint32_t>(records_.size());
  slot.has_body = entry.body().has_value();
  EntryRecord record;
  record.received_at = received_at;
  record.header = entry.header_bytes();
  if (entry.body()) {
    const BytesView compressed = compressor_.compress(*entry.body());
    record.coding = compressed.empty() ? BodyCoding::kPlain : BodyCoding::kZstd;
    record.size = static_cast<std::uint32_t>(entry.body()->size());
    record.stored_body = compressed.empty() ? BytesView(*entry.body()) : compressed;
  } else {
    record.size = static_cast<std::uint32_t>(entry.absence().value_or(format::Absence::kNotHeld));
  }
  if (is_fill)
    store::append_record(records_, FillRecord{record});
  else
    store::append_record(records_, record);
  return slot;
}

}  // namespace tamizdat::store
