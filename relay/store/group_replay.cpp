#include "relay/store/group_replay.h"

#include "proto/format/checkpoint.h"
#include "relay/store/body_coding.h"

namespace tamizdat::store {
namespace {

tl::unexpected<Error> damaged(const std::string& what) { return store_damaged("a segment holds " + what); }

}  // namespace

Result<void> take_charter(Chain& chain, const CharterRecord& record) {
  const auto parts = format::parse_signed_charter(record.signed_charter);
  if (!parts) return tl::unexpected(parts.error());
  const auto content = format::parse_charter(parts->charter);
  if (!content) return tl::unexpected(content.error());
  if (content->version > 1 && content->version <= chain.size())
    chain.erase(chain.begin() + static_cast<std::ptrdiff_t>(content->version - 1), chain.end());
  auto charter = chain.empty() ? format::verify_first_charter(Bytes(record.signed_charter))
                               : format::verify_charter_update(chain.back(), Bytes(record.signed_charter));
  if (!charter) return pass(charter);
  if (charter->project() != record.project) return damaged("a charter of another project");
  chain.push_back(*std::move(charter));
  return {};
}

Result<void> GroupReplay::take(BytesView records, const SegmentPlace& start) {
  SegmentPlace place = start;
  while (!records.empty()) {
    const auto framed = decode_record(records);
    if (!framed) return damaged("an unreadable record");
    auto taken = std::visit([&](const auto& record) { return take_record(record, place); }, framed->record);
    if (!taken) return taken;
    records.remove_prefix(framed->size);
    place.offset += static_cast<std::uint32_t>(framed->size);
  }
  if (entries_left_ != 0) return damaged("a run without its entries");
  return {};
}

Result<void> GroupReplay::take_record(const CharterRecord& record, const SegmentPlace&) {
  Chain chain = draft_.chain(record.project);
  if (!take_charter(chain, record)) return damaged("a charter that does not verify");
  draft_.put_chain(record.project, std::move(chain));
  return {};
}

Result<void> GroupReplay::take_record(const RunRecord& record, const SegmentPlace&) {
  Draft::Log& log = draft_.log(format::log_id(record.log.project, record.log.desk), record.log);
  if (entries_left_ != 0 || record.kept > log.tail.held.size()) return damaged("a run in a wrong place");
  if (record.kept < log.tail.held.size()) {
    log.tail.held = frontier(record.kept, draft_.perfect(log));
    draft_.cut(log, record.kept);
  }
  if (record.change != HeadChange::kSame) log.head = Bytes(record.head);
  log.changed = true;
  log_ = &log;
  entries_left_ = record.count;
  begin_ = record.kept;
  after_ = record.after;
  if (entries_left_ == 0) end_run();
  return {};
}

Result<void> GroupReplay::take_record(const EntryRecord& record, const SegmentPlace& place) {
  if (entries_left_ == 0) return damaged("an entry without its run");
  const EntryId id = format::entry_id(record.header);
  draft_.add(*log_, {id, place, holds_body(record.coding)});
  if (auto named = add_naming(log_->name, log_->tail.held.size(), record); !named) return named;
  if (const auto header = format::parse_header(record.header); header && header->kind == format::EntryKind::kRetraction)
    draft_.add_retracting(*header->target, {format::log_id(log_->name.project, log_->name.desk), log_->tail.held.size()});
  log_->tail.held.append(id.value);
  ++entries_;
  if (--entries_left_ == 0) end_run();
  return {};
}

void GroupReplay::end_run() {
  log_->tail.after = std::move(after_);
  draft_.complete_nodes(*log_, begin_);
}

Result<void> GroupReplay::take_record(const FillRecord& record, const SegmentPlace& place) {
  const auto header = format::parse_header(record.entry.header);
  if (!header) return damaged("a body without a readable header");
  Draft::Log& log = draft_.log(format::log_id(header->project, header->desk), {header->project, header->desk});
  const auto held = draft_.slot(log, header->index);
  const EntryId id = format::entry_id(record.entry.header);
  if (!held || held->id != id) return damaged("a body of an entry that is not there");
  draft_.fill(log, header->index, {id, place, holds_body(record.entry.coding)});
  log.changed = true;
  return add_naming(log.name, header->index, record.entry);
}

Result<void> GroupReplay::take_record(const EraseRecord& record, const SegmentPlace&) {
  Draft::Log& log = draft_.log(format::log_id(record.log.project, record.log.desk), record.log);
  const auto held = draft_.slot(log, record.index);
  if (!held || held->id != record.entry || record.index >= log.kept || log.filled.contains(record.index))
    return damaged("an erasure of an entry that is not there");
  draft_.erase(log, record.index, *held);
  erased_.push_back(held->place);
  return {};
}

Result<void> GroupReplay::add_naming(const format::LogName& log, std::uint64_t index, const EntryRecord& record) {
  const auto body = body_of(record);
  if (!body) return damaged("a body that cannot be unpacked");
  if (*body) draft_.add_naming({format::log_id(log.project, log.desk), index}, format::blobs_named_by(**body));
  return {};
}

Result<void> GroupReplay::take_record(const MarkRecord&, const SegmentPlace&) {
  return damaged("a mark inside a group");
}

}  // namespace tamizdat::store
