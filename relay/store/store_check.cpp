#include "relay/store/store_check.h"

#include <filesystem>
#include <limits>
#include <map>

#include "proto/format/checkpoint.h"
#include "relay/store/body_coding.h"
#include "relay/store/compacted_file.h"
#include "relay/store/group_replay.h"
#include "relay/store/held_state.h"
#include "relay/store/overwrite.h"
#include "relay/store/segment_scan.h"

namespace tamizdat::store {
namespace {

constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

// Where the next readable record begins after the unreadable one at `at`. Its own length is believed first.
std::optional<std::size_t> next_record(BytesView octets, std::size_t at) {
  if (octets.size() - at < kFrameBytes) return std::nullopt;
  const std::size_t stated = framed_size(octets.substr(at));
  if (stated != 0 && stated < octets.size() - at && decode_record(octets.substr(at + stated))) return at + stated;
  for (std::size_t next = at + 1; next + kFrameBytes < octets.size(); ++next) {
    const std::size_t size = framed_size(octets.substr(next));
    if (size != 0 && size <= kRecordBytesMax && decode_record(octets.substr(next))) return next;
  }
  return std::nullopt;
}

// What is wrong with the body of a record, if anything.
std::optional<std::string> body_fault(const EntryRecord& record, const format::EntryHeader& header) {
  const auto body = body_of(record);
  if (!body) return "has a text that cannot be expanded";
  if (!*body) return std::nullopt;
  if ((*body)->size() != header.body_size || format::body_commitment(**body) != header.body_commitment)
    return "has a text that is not the one its header commits to";
  return std::nullopt;
}

// Everything that the segments say, from the first record to the last.
class SegmentCheck {
 public:
  struct Log {
    format::LogName name;
    std::vector<std::optional<Slot>> entries;  // nothing: damaged
    std::map<std::uint64_t, SegmentPlace> erased;  // where that is said last
    std::vector<Hash32> after;
    Bytes head;
  };

  // `acknowledged`: groups that are known to have been durable. A group beyond them that is not whole and has none
  // behind it may be the torn tail of a crash.
  SegmentCheck(StoreFindings& findings, std::uint64_t acknowledged) : findings_(findings), acknowledged_(acknowledged) {}

  void read(const FoundSegment& segment, BytesView octets, std::uint64_t sequence_end) {
    segment_ = segment.number;
    ++findings_.segments;
    if (*segment.first_sequence != sequence_ + 1)
      fault("groups " + std::to_string(sequence_ + 1) + " to " + std::to_string(*segment.first_sequence - 1) +
            " are missing before " + segment_name(segment_));
    sequence_ = *segment.first_sequence - 1;
    const std::size_t end = written_size(octets);
    std::size_t group_start = kSegmentHeaderBytes;
    pieces_.clear();
    for (std::size_t at = group_start; at < end && sequence_ + 1 < sequence_end;) {
      if (const auto framed = decode_record(octets.substr(at))) {
        const std::size_t next = at + framed->size;
        if (const auto* const mark = std::get_if<MarkRecord>(&framed->record)) {
          take_group(*mark, at - group_start);
          group_start = next;
        } else {
          pieces_.push_back({static_cast<std::uint32_t>(at), framed->record});
        }
        at = next;
        continue;
      }
      if (sequence_end == kNoEnd && is_unfinished(octets.substr(group_start))) break;
      pieces_.push_back({static_cast<std::uint32_t>(at), {}});
      at = next_record(octets, at).value_or(end);
    }
    if (sequence_ + 1 == sequence_end) return;
    if (sequence_end == kNoEnd && (group_start >= end || is_unfinished(octets.substr(group_start)))) {
      findings_.octets_unfinished = end - std::min(end, group_start);
      return;
    }
    fault("group " + std::to_string(sequence_ + 1) + " is damaged or gone in " + segment_name(segment_) + " at " +
          std::to_string(group_start));
  }

  void finish() {
    if (acknowledged_ != kNoEnd && sequence_ < acknowledged_)
      fault("groups " + std::to_string(sequence_ + 1) + " to " + std::to_string(acknowledged_) +
            " are gone from the end: the index knows them");
    for (const auto& [id, log] : logs_) {
      if (auto wrong = log_fault(log)) fault("log " + id.text() + " " + *wrong);
      findings_.entries += log.entries.size();
    }
    findings_.logs = logs_.size();
    findings_.projects = chains_.size();
    for (const auto& [project, chain] : chains_) findings_.charters += chain.size();
  }

  const std::map<LogId, Log>& logs() const { return logs_; }
  std::uint64_t sequence() const { return sequence_; }

 private:
  struct Piece {
    std::uint32_t offset = 0;
    std::optional<Record> record;  // nothing: damaged
  };

  void fault(std::string what) { findings_.faults.push_back(std::move(what)); }

  std::string place_text(std::uint32_t offset) const {
    return segment_name(segment_) + " at " + std::to_string(offset);
  }

  // Whether what begins here, and is not whole, need not have been acknowledged.
  bool is_unfinished(BytesView octets) const {
    return sequence_ + 1 > acknowledged_ && !holds_later_mark(octets, sequence_ + 1);
  }

  void take_group(const MarkRecord& mark, std::size_t group_bytes) {
    const bool is_next = mark.sequence == sequence_ + 1 && mark.group_bytes == group_bytes;
    if (!is_next) fault("the groups before " + std::to_string(mark.sequence) + " are not whole in " + segment_name(segment_));
    sequence_ = mark.sequence;
    ++findings_.groups;
    for (const Piece& piece : pieces_) {
      if (piece.record)
        std::visit([&](const auto& record) { take(record, piece.offset); }, *piece.record);
      else
        pass_damage(piece.offset);
    }
    end_run();
    pieces_.clear();
  }

  // What it was shows in what follows: entries of the run that are missing then are named one by one.
  void pass_damage(std::uint32_t offset) {
    damaged_at_ = offset;
    if (left_ == 0) fault("the record in " + place_text(offset) + " is damaged: a charter, the beginning of a run, or a mark");
  }

  // ---- one record ----

  void take(const CharterRecord& record, std::uint32_t offset) {
    end_run();
    Chain& chain = chains_[record.project];
    if (!take_charter(chain, record))
      fault("the charter of project " + record.project.text() + " after version " + std::to_string(chain.size()) + ", in " +
            place_text(offset) + ", does not verify");
  }

  void take(const RunRecord& record, std::uint32_t offset) {
    end_run();
    Log& log = logs_[format::log_id(record.log.project, record.log.desk)];
    log.name = record.log;
    log_ = &log;
    if (record.kept > log.entries.size()) {
      fault("the run in " + place_text(offset) + " begins behind the end of its log " + log_text());
      log.entries.resize(static_cast<std::size_t>(record.kept));
    }
    log.entries.resize(static_cast<std::size_t>(record.kept));
    if (record.change != HeadChange::kSame) log.head = Bytes(record.head);
    log.after = record.after;
    left_ = record.count;
    damaged_at_ = offset;
  }

  void take(const EntryRecord& record, std::uint32_t offset) {
    const auto header = format::parse_header(record.header);
    const EntryId id = format::entry_id(record.header);
    if (!header) return fault("the entry in " + place_text(offset) + " has no header that can be read");
    if (left_ == 0) adopt(*header);
    while (left_ > 1 && log_->entries.size() < header->index) lose_entry();
    --left_;
    if (header->project != log_->name.project || header->desk != log_->name.desk ||
        header->index != log_->entries.size()) {
      fault(entry_text(log_->entries.size()) + " in " + place_text(offset) + " has the header of another entry, " + id.text());
      log_->entries.emplace_back();
      return;
    }
    log_->entries.emplace_back(Slot{id, {segment_, offset}, holds_body(record.coding)});
    check_body(record, *header, id, offset);
  }

  void take(const FillRecord& record, std::uint32_t offset) {
    end_run();
    const auto header = format::parse_header(record.entry.header);
    const EntryId id = format::entry_id(record.entry.header);
    const auto log = header ? logs_.find(format::log_id(header->project, header->desk)) : logs_.end();
    if (log == logs_.end() || header->index >= log->second.entries.size())
      return fault("the text in " + place_text(offset) + " belongs to no entry that can be read");
    log_ = &log->second;
    auto& held = log_->entries[static_cast<std::size_t>(header->index)];
    if (held && held->id != id) return fault("the text in " + place_text(offset) + " belongs to another entry than " + held->id.text());
    held = Slot{id, {segment_, offset}, holds_body(record.entry.coding)};
    check_body(record.entry, *header, id, offset);
  }

  void take(const EraseRecord& record, std::uint32_t offset) {
    end_run();
    const auto log = logs_.find(format::log_id(record.log.project, record.log.desk));
    if (log == logs_.end() || record.index >= log->second.entries.size())
      return fault("the erasure in " + place_text(offset) + " is of no entry that can be read");
    log_ = &log->second;
    auto& held = log_->entries[static_cast<std::size_t>(record.index)];
    if (held && held->id != record.entry) return fault("the erasure in " + place_text(offset) + " is of another entry than " + held->id.text());
    log_->erased[record.index] = {segment_, offset};
    if (!held || !held->has_body) return;
    held->has_body = false;
    fault(entry_text(record.index) + " was erased, and its text still lies on the disk: the next start overwrites it");
  }

  void take(const MarkRecord&, std::uint32_t) {}  // take_group()'s

  void check_body(const EntryRecord& record, const format::EntryHeader& header, const EntryId& id, std::uint32_t offset) {
    if (holds_body(record.coding)) ++findings_.bodies;
    if (const auto wrong = body_fault(record, header))
      fault(entry_text(header.index) + ", " + id.text() + ", in " + place_text(offset) + " " + *wrong);
  }

  // An entry whose run is damaged: its header says where it belongs.
  void adopt(const format::EntryHeader& header) {
    log_ = &logs_[format::log_id(header.project, header.desk)];
    log_->name = {header.project, header.desk};
    if (header.index < log_->entries.size()) log_->entries.resize(static_cast<std::size_t>(header.index));
    left_ = static_cast<std::uint32_t>(header.index - log_->entries.size()) + 1;
  }

  // ---- the run that is being read ----

  void end_run() {
    while (left_ > 0) lose_entry();
  }

  void lose_entry() {
    --left_;
    fault(entry_text(log_->entries.size()) + " is damaged, in " + place_text(damaged_at_));
    log_->entries.emplace_back();
  }

  std::string log_text() const { return format::log_id(log_->name.project, log_->name.desk).text(); }
  std::string entry_text(std::uint64_t index) const { return "entry " + std::to_string(index) + " of log " + log_text(); }

  // ---- at the end ----

  std::optional<std::string> log_fault(const Log& log) const {
    LogTail tail;
    for (const auto& entry : log.entries) {
      if (!entry) return "cannot be checked against its signed head, since an entry is damaged";
      tail.held.append(entry->id.value);
    }
    if (log.head.empty()) return std::nullopt;  // a closing ended it: see store.h
    const auto chain = chains_.find(log.name.project);
    if (chain == chains_.end() || chain->second.empty()) return "has no charter that can be read";
    auto head = format::verify_head(chain->second.back(), log.head);
    if (!head) return "has a head that does not verify: " + head.error().text;
    tail.head = *std::move(head);
    tail.after = log.after;
    if (!is_tied_to_head(tail)) return "has entries that do not lead to the root that its desk signed";
    return std::nullopt;
  }

  StoreFindings& findings_;
  std::uint64_t acknowledged_;
  std::map<ProjectId, Chain> chains_;
  std::map<LogId, Log> logs_;
  std::uint32_t segment_ = 0;
  std::uint64_t sequence_ = 0;  // of the last group taken
  std::vector<Piece> pieces_;   // of the group that is being read

  Log* log_ = nullptr;
  std::uint32_t left_ = 0;
  std::uint32_t damaged_at_ = 0;
};

// What the index says of one log, where it may be compared: entries whose record came after `applied` are not in it yet.
// Counts the entries and Merkle nodes that it has wrong.
std::uint64_t wrong_in_index(const IndexedLog& indexed, const SegmentCheck::Log& log, const Index::View& view,
                             const GroupEnd& applied, bool is_current) {
  std::uint64_t wrong = 0;
  bool all_known = indexed.held.size() == log.entries.size();
  for (std::uint64_t i = 0; i < log.entries.size(); ++i) {
    const auto& entry = log.entries[static_cast<std::size_t>(i)];
    all_known = all_known && entry;
    if (!entry || entry->place >= applied.place) continue;
    const auto slot = view.slot(indexed.number, i);
    const auto found = view.find(entry->id);
    // The record lost its body already where the index is behind.
    const auto erased = log.erased.find(i);
    const bool is_behind = erased != log.erased.end() && erased->second >= applied.place;
    const bool same_body = slot && (slot->has_body == entry->has_body || is_behind);
    const bool right = slot && slot->id == entry->id && slot->place == entry->place && same_body &&
                       found && found->log == indexed.number && found->index == i;
    if (!right) ++wrong;
  }
  if (!is_current || !all_known) return wrong;
  const auto leaf = [&](std::uint64_t at) { return log.entries[static_cast<std::size_t>(at)]->id.value; };
  for (unsigned level = kNodeLevels; (log.entries.size() >> level) > 0; level += kNodeLevels)
    for (std::uint64_t i = 0; i < log.entries.size() >> level; ++i)
      if (view.node(indexed.number, {level, i}) != perfect_hash({level, i}, leaf, [](const NodeKey&) { return std::nullopt; }))
        ++wrong;
  return wrong;
}

void check_index(const Index& index, const Index::Contents& contents, const SegmentCheck& segments, StoreFindings& findings) {
  const Index::View view(index);
  const bool is_current = contents.applied.sequence == segments.sequence();
  std::uint64_t wrong = 0;
  std::size_t known = 0;
  for (const IndexedLog& indexed : contents.logs) {
    const auto log = segments.logs().find(format::log_id(indexed.name.project, indexed.name.desk));
    if (log == segments.logs().end()) {
      ++wrong;
      continue;
    }
    ++known;
    wrong += wrong_in_index(indexed, log->second, view, contents.applied, is_current);
  }
  if (is_current && known != segments.logs().size()) ++wrong;
  if (wrong > 0)
    findings.faults.push_back("the index differs from the segments in " + std::to_string(wrong) +
                              " places: run `tamizdat-relay reindex`");
}

}  // namespace

std::string StoreFindings::text() const {
  const auto count = [](std::uint64_t number, const char* what) { return std::to_string(number) + " " + what; };
  std::string out = count(segments, "segments, ") + count(groups, "groups, ") + count(projects, "projects with ") +
                    count(charters, "charters, ") + count(logs, "logs, ") + count(entries, "entries, ") +
                    count(bodies, "texts");
  if (octets_unfinished > 0)
    out += "; " + count(octets_unfinished, "octets at the end belong to a group that was never acknowledged");
  if (!has_index) out += "; no index, the next start makes it";
  return out + (faults.empty() ? ": all in order" : ": " + count(faults.size(), "faults"));
}

Result<StoreFindings> check_store(Disk& disk, const std::string& folder) {
  if (const auto there = disk.list(folder); !there) return tl::unexpected(there.error());
  const auto lock = disk.lock(folder);
  if (!lock) return tl::unexpected(lock.error());
  const auto found = find_segments(disk, folder);
  if (!found) return tl::unexpected(found.error());

  StoreFindings findings;
  std::unique_ptr<Index> index;
  Index::Contents contents;
  // Without an index this is a backup, where only whole groups are: then an unfinished one is a fault.
  std::uint64_t acknowledged = kNoEnd;
  if (Index::exists(folder + "/index")) {
    findings.has_index = true;
    acknowledged = 0;
    auto opened = Index::open(folder + "/index");
    auto read = opened ? (*opened)->contents() : Result<Index::Contents>(pass(opened));
    if (read) {
      index = *std::move(opened);
      contents = *std::move(read);
      acknowledged = contents.applied.sequence;
    } else {
      findings.faults.push_back(read.error().text + ": run `tamizdat-relay reindex`");
    }
  }

  const auto overwrites = overwrites_begun(disk, folder);
  if (!overwrites) return tl::unexpected(overwrites.error());
  SegmentCheck segments(findings, acknowledged);
  std::vector<FoundSegment> begun;
  for (const FoundSegment& segment : *found) {
    if (segment.first_sequence) {
      begun.push_back(segment);
      continue;
    }
    const auto file = disk.open(folder + "/" + segment_name(segment.number));
    const auto octets = file ? read_whole(**file) : Result<Bytes>(pass(file));
    if (!octets) return tl::unexpected(octets.error());
    if (holds_later_mark(*octets, 0)) findings.faults.push_back("the header of " + segment_name(segment.number) + " is damaged");
  }
  for (std::size_t i = 0; i < begun.size(); ++i) {
    const auto opened = open_segment(disk, folder + "/" + segment_name(begun[i].number));
    auto octets = opened ? read_whole(*opened->file) : Result<Bytes>(pass(opened));
    if (!octets) return tl::unexpected(octets.error());
    apply(*overwrites, begun[i].number, *octets);
    segments.read(begun[i], *octets, i + 1 < begun.size() ? *begun[i + 1].first_sequence : kNoEnd);
  }
  segments.finish();
  if (index) check_index(*index, contents, segments, findings);
  return findings;
}

}  // namespace tamizdat::store
