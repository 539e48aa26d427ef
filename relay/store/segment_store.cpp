#include "relay/store/segment_store.h"

#include <algorithm>
#include <mutex>

#include "proto/base/check.h"
#include "relay/store/compacted_file.h"
#include "relay/store/compaction.h"
#include "relay/store/group_builder.h"
#include "relay/store/group_replay.h"
#include "relay/store/overwrite.h"

namespace tamizdat::store {
namespace {

// While the index cannot be written, entries gather in memory: 250 MB of them, and then commits fail.
constexpr std::size_t kWaitingMax = 1'000'000;

LogState state_of(const LogId& id, const HeldLog& log) {
  return {id, log.name, log.tail.held.size(), log.tail.held.root(), *log.tail.head};
}

tl::unexpected<Error> unknown_log(const LogId& id) { return fail(kUnknownLog, "log " + id.text() + " is not held here"); }

tl::unexpected<Error> unknown_entry(std::uint64_t index) {
  return fail(kUnknownEntry, "entry " + std::to_string(index) + " is not held here");
}

}  // namespace

std::string RecoveryReport::text() const {
  std::string out = std::to_string(logs) + " logs, " + std::to_string(entries) + " entries";
  if (index == Index::kNone) out += "; a new store";
  if (index == Index::kRemade) out += "; the index was made again from the segments";
  if (groups_read > 0)
    out += "; read " + std::to_string(entries_read) + " entries in " + std::to_string(groups_read) +
           " groups that the index did not know";
  if (octets_cut > 0)
    out += "; cut " + std::to_string(octets_cut) + " octets off " + cut_from +
           ", the beginning of a group that was never acknowledged";
  if (segments_unbegun > 0) out += "; " + std::to_string(segments_unbegun) + " segments hold nothing";
  return out;
}

SegmentStore::~SegmentStore() = default;

Result<std::unique_ptr<SegmentStore>> SegmentStore::open(Disk& disk, SegmentStoreSettings settings) {
  std::unique_ptr<SegmentStore> store(new SegmentStore(disk, std::move(settings)));
  if (auto started = store->start(); !started) return pass(started);
  return store;
}

Result<RecoveryReport> SegmentStore::reindex(Disk& disk, SegmentStoreSettings settings) {
  if (const auto there = disk.list(settings.folder); !there) return tl::unexpected(there.error());
  SegmentStore store(disk, std::move(settings));
  const std::string index = store.index_folder();
  store.remakes_index_ = true;
  if (auto started = store.start(); !started) return pass(started);
  if (auto closed = store.close(); !closed) return pass(closed);
  store.index_.reset();
  if (auto replaced = Index::replace(index, store.index_folder()); !replaced) return pass(replaced);
  return store.report_;
}

Result<void> SegmentStore::start() {
  if (auto made = disk_.make_folder(settings_.folder); !made) return made;
  // Always: an earlier run may have made it and died before this.
  if (auto synced = disk_.sync_folder(parent_of(settings_.folder), SyncSite::kStoreFolder); !synced) return synced;
  auto lock = disk_.lock(settings_.folder);
  if (!lock) return pass(lock);
  lock_ = *std::move(lock);
  std::uint64_t sequence_known = 0;
  if (remakes_index_) {
    sequence_known = sequence_indexed();
    Index::remove(index_folder());  // what an interrupted one left
  }
  if (auto discarded = discard_compacted_copies(disk_, settings_.folder); !discarded) return discarded;
  if (auto finished = finish_overwriting(disk_, settings_.folder); !finished) return finished;
  const auto applied = load_index();
  if (!applied) return tl::unexpected(applied.error());
  SegmentRecovery recovery;
  // Behind the group that is read, never with it: see GroupVisitor for what is durable.
  GroupEnd durable = *applied;
  const auto visit = [&](BytesView records, const SegmentPlace& start, const GroupEnd& end) -> Result<void> {
    if (state_.waiting() >= settings_.index_after_entries && to_overwrite_.empty())
      if (auto written = write_index(durable); !written) return written;
    durable = end;
    return replay(records, start);
  };
  auto segments = SegmentFiles::open(disk_, {settings_.folder, settings_.segment_bytes, sequence_known}, *applied, visit,
                                     recovery);
  if (!segments) return pass(segments);
  segments_ = *std::move(segments);
  last_segment_ = segments_->end().place.segment;
  if (auto erased = erase_bodies(); !erased) return erased;
  if (auto verified = state_.verify_heads(); !verified) return verified;
  if (applied->place.segment != 0)
    report_.index = RecoveryReport::Index::kUsed;
  else if (recovery.groups > 0)
    report_.index = RecoveryReport::Index::kRemade;
  report_.groups_read = recovery.groups;
  report_.octets_cut = recovery.octets_cut;
  report_.cut_from = recovery.cut_from;
  report_.segments_unbegun = recovery.segments_unbegun;
  report_.logs = state_.logs().size();
  for (const auto& [id, log] : state_.logs()) report_.entries += log.tail.held.size();
  return {};
}

// Up to where the index knows. An unusable one is deleted: all of it can be read again.
Result<GroupEnd> SegmentStore::load_index() {
  for (int attempt = 0;; ++attempt) {
    auto index = Index::open(index_folder());
    auto contents = index ? (*index)->contents() : Result<Index::Contents>(pass(index));
    Result<void> loaded = contents ? Result<void>() : Result<void>(tl::unexpected(contents.error()));
    const GroupEnd applied = contents ? contents->applied : GroupEnd{};
    if (contents) loaded = state_.load(*std::move(contents));
    if (loaded) {
      index_ = *std::move(index);
      return applied;
    }
    if (loaded.error().code != kIndexUnusable || attempt > 0) return pass(loaded);
    state_ = HeldState();
    index = Result<std::unique_ptr<Index>>(nullptr);  // closes it
    Index::remove(index_folder());
  }
}

// What the index that is there knows: its last use before a new one takes its place.
std::uint64_t SegmentStore::sequence_indexed() const {
  const std::string folder = settings_.folder + "/index";
  if (!Index::exists(folder)) return 0;
  const auto index = Index::open(folder);
  const auto contents = index ? (*index)->contents() : Result<Index::Contents>(pass(index));
  return contents ? contents->applied.sequence : 0;
}

Result<void> SegmentStore::replay(BytesView records, const SegmentPlace& start) {
  const Index::View view(*index_);
  Draft draft(state_, view);
  GroupReplay replay(draft);
  if (auto taken = replay.take(records, start); !taken) return taken;
  report_.entries_read += replay.entries();
  state_.apply(std::move(draft));
  for (const auto& place : replay.erased()) {
    const auto body = find_body(disk_, settings_.folder, place);
    if (!body) return pass(body);
    state_.add_erased(place.segment, body->octets);
    if (body->is_there) to_overwrite_.push_back(place);
  }
  return {};
}

// What cannot be read is not counted: it only tells when compacting is worth it.
void SegmentStore::count_erased(const std::vector<SegmentPlace>& places) {
  for (const auto& place : places) {
    const auto body = find_body(disk_, settings_.folder, place);
    if (!body) continue;
    const std::unique_lock lock(mutex_);
    state_.add_erased(place.segment, body->octets);
  }
}

// What is left of them stays in `to_overwrite_`.
Result<void> SegmentStore::erase_bodies() {
  if (to_overwrite_.empty()) return {};
  const std::scoped_lock lock(rewriting_);
  ++overwritings_;
  if (auto erased = store::erase_bodies(disk_, settings_.folder, to_overwrite_); !erased) return erased;
  to_overwrite_.clear();
  return {};
}

Result<bool> SegmentStore::compact() {
  const auto segment = worth_compacting();
  if (!segment) return fail(kStoreFailed, segment.error().text);
  if (!*segment) return false;
  if (auto done = compact_segment(**segment); !done) {
    compacted_.erase(**segment);
    return fail(kStoreFailed, done.error().text);
  }
  return true;
}

// The first one; it is not looked at again before more of it was erased.
Result<std::optional<std::uint32_t>> SegmentStore::worth_compacting() {
  std::map<std::uint32_t, std::uint64_t> erased;
  {
    const std::shared_lock lock(mutex_);
    erased = state_.erased_octets();
  }
  for (const auto& [segment, octets] : erased) {
    if (segment >= last_segment_ || octets < std::max<std::uint64_t>(settings_.compaction.octets_min, 1)) continue;
    if (const auto before = compacted_.find(segment); before != compacted_.end() && before->second == octets) continue;
    const auto opened = open_segment(disk_, settings_.folder + "/" + segment_name(segment));
    if (!opened) return pass(opened);
    const std::uint64_t dead = octets - std::min(octets, opened->left_out);
    if (dead < settings_.compaction.octets_min || dead * 100 < opened->size_on_disk * settings_.compaction.percent_min) continue;
    compacted_[segment] = octets;
    return std::optional(segment);
  }
  return std::optional<std::uint32_t>();
}

Result<void> SegmentStore::compact_segment(std::uint32_t segment) {
  std::uint64_t overwritings = 0;
  {
    const std::scoped_lock lock(rewriting_);
    overwritings = overwritings_;
  }
  auto copy = CompactedCopy::write(disk_, settings_.folder + "/" + segment_name(segment));
  if (!copy) return pass(copy);
  if (!*copy) return {};
  {
    const std::scoped_lock lock(rewriting_);
    if (overwritings != overwritings_) {  // the copy may hold a body that is erased by now
      compacted_.erase(segment);
      return (*copy)->discard();
    }
    if (auto put = (*copy)->put_in_place(); !put) return put;
    segments_->forget(segment);
  }
  return (*copy)->wipe_old();
}

Result<void> SegmentStore::end_segment() {
  if (!state_.erased_octets().contains(last_segment_)) return {};
  segments_->finish();
  const auto start = append({});
  if (!start) return fail(kStoreFailed, start.error().text);
  return {};
}

Result<void> SegmentStore::close() {
  segments_->finish();
  if (auto erased = erase_bodies(); !erased) return erased;
  return write_index(segments_->end());
}

std::vector<Result<Committed>> SegmentStore::commit(std::span<const Batch> batches) {
  std::vector<Result<Committed>> out;
  const Index::View view(*index_);
  Draft draft(state_, view);
  GroupBuilder builder(draft, compressor_);
  for (const Batch& batch : batches) out.push_back(builder.take(batch));
  if (builder.records().empty()) {
    if (auto erased = erase_bodies(); !erased) settings_.on_overwrite_trouble(erased.error());
    return out;
  }
  const auto start = append(builder.records());
  if (!start) {
    for (auto& result : out)
      if (result) result = fail(kStoreFailed, start.error().text);
    return out;
  }
  draft.move_to(*start);
  {
    const std::unique_lock lock(mutex_);
    state_.apply(std::move(draft));
  }
  count_erased(builder.erased());
  to_overwrite_.insert(to_overwrite_.end(), builder.erased().begin(), builder.erased().end());
  if (auto erased = erase_bodies(); !erased) settings_.on_overwrite_trouble(erased.error());
  index_if_due();
  return out;
}

Result<SegmentPlace> SegmentStore::append(const Bytes& records) {
  if (state_.waiting() >= kWaitingMax)
    return fail(kStoreFailed, "the index in " + index_folder() + " cannot be written and too much waits for it: see the "
                              "log for the reason");
  auto start = segments_->append(records);
  if (start) last_segment_ = start->segment;
  return start;
}

void SegmentStore::index_if_due() {
  if (state_.waiting() < settings_.index_after_entries || !to_overwrite_.empty()) return;
  if (auto written = write_index(segments_->end()); !written) settings_.on_index_trouble(written.error());
}

// All that waits, up to the group `applied`: it is durable before anything of it is put here, or a power cut could leave
// an index that knows more than the segments hold.
Result<void> SegmentStore::write_index(const GroupEnd& applied) {
  Index::Update update(*index_);
  state_.write(update);
  if (auto written = update.commit(applied); !written) return written;
  const std::unique_lock lock(mutex_);
  state_.indexed();
  return {};
}

std::vector<ProjectId> SegmentStore::projects() const {
  const std::shared_lock lock(mutex_);
  std::vector<ProjectId> out;
  for (const auto& [project, chain] : state_.chains()) out.push_back(project);
  return out;
}

std::optional<format::VerifiedCharter> SegmentStore::charter(const ProjectId& project) const {
  const std::shared_lock lock(mutex_);
  const auto found = state_.chains().find(project);
  if (found == state_.chains().end()) return std::nullopt;
  return found->second.back();
}

std::vector<format::VerifiedCharter> SegmentStore::charter_chain(const ProjectId& project) const {
  const std::shared_lock lock(mutex_);
  const auto found = state_.chains().find(project);
  return found == state_.chains().end() ? Chain() : found->second;
}

std::vector<LogState> SegmentStore::logs() const {
  const std::shared_lock lock(mutex_);
  std::vector<LogState> out;
  for (const auto& [id, log] : state_.logs())
    if (log.tail.head) out.push_back(state_of(id, log));
  return out;
}

std::optional<LogState> SegmentStore::log(const LogId& id) const {
  const std::shared_lock lock(mutex_);
  const HeldLog* const log = state_.log(id);
  if (log == nullptr || !log->tail.head) return std::nullopt;
  return state_of(id, *log);
}

std::optional<Store::Position> SegmentStore::find(const EntryId& id) const {
  const std::shared_lock lock(mutex_);
  return state_.find(id, Index::View(*index_));
}

std::vector<Store::Position> SegmentStore::naming(const BlobId& blob) const {
  const std::shared_lock lock(mutex_);
  return state_.naming(blob, Index::View(*index_));
}

std::vector<Store::Position> SegmentStore::retracting(const EntryId& target) const {
  const std::shared_lock lock(mutex_);
  return state_.retracting(target, Index::View(*index_));
}

std::vector<EntryId> SegmentStore::retracted_after(const std::optional<EntryId>& after, std::size_t count) const {
  const std::shared_lock lock(mutex_);
  return state_.retracted_after(after, count, Index::View(*index_));
}

std::vector<BlobId> SegmentStore::blobs_after(const std::optional<BlobId>& after, std::size_t count) const {
  const std::shared_lock lock(mutex_);
  return state_.blobs_after(after, count, Index::View(*index_));
}

// Entries of one log in ascending order: places are looked up many at a time under the lock, files are read without it.
class SegmentStore::RangeReader {
 public:
  // How many entries will be asked for: it decides how much is read ahead.
  enum class Extent { kOne, kMany };
  RangeReader(const SegmentStore& store, const LogId& id, const format::LogName& name, Extent extent)
      : store_(store),
        id_(id),
        name_(name),
        slots_at_a_time_(extent == Extent::kOne ? 1 : kSlotsAtATime),
        reader_(*store.segments_, extent == Extent::kOne ? kEntryWindowBytes : kRunWindowBytes) {}

  // Errors: kUnknownEntry, kStoreFailed.
  Result<StoredEntry> read(std::uint64_t index) {
    if (index < first_ || index - first_ >= slots_.size()) look_up(index);
    if (slots_.empty()) return unknown_entry(index);
    const Slot& slot = slots_[static_cast<std::size_t>(index - first_)];
    auto framed = reader_.read(slot.place);
    if (!framed) {  // its body may just have been written over
      reader_.forget();
      framed = reader_.read(slot.place);
    }
    if (!framed) return fail(kStoreFailed, framed.error().text);
    const EntryRecord* const record = entry_in(framed->record);
    if (record == nullptr || format::entry_id(record->header) != slot.id)
      return fail(kStoreFailed, "entry " + std::to_string(index) + " of log " + id_.text() +
                                    " does not lie where the index says: stop the relay, delete the folder " +
                                    store_.index_folder() + " and start it again");
    return entry_of(*record, slot, index);
  }

 private:
  static constexpr std::size_t kSlotsAtATime = 64;
  // Nearly every article is below the first, compressed; a larger one takes a second read.
  static constexpr std::size_t kEntryWindowBytes = 8 * 1024;
  // Neighbours that a bundle goes on to read come with one read.
  static constexpr std::size_t kRunWindowBytes = 64 * 1024;

  void look_up(std::uint64_t first) {
    slots_.clear();
    first_ = first;
    const std::shared_lock lock(store_.mutex_);
    const HeldLog* const log = store_.state_.log(id_);
    if (log == nullptr) return;
    const Index::View view(*store_.index_);
    for (std::uint64_t index = first; slots_.size() < slots_at_a_time_; ++index) {
      const auto slot = log->slot(index, view);
      if (!slot) return;
      slots_.push_back(*slot);
    }
  }

  Result<StoredEntry> entry_of(const EntryRecord& record, const Slot& slot, std::uint64_t index) {
    StoredEntry out{name_, slot.id, index, Bytes(record.header), {}, {}, record.received_at};
    auto body = body_of(record);
    if (!body) return fail(kStoreFailed, body.error().text);
    if (slot.has_body) out.body = *std::move(body);
    const bool is_erased = holds_body(record.coding) && !slot.has_body;  // and will be overwritten soon
    if (!out.body) out.absence = is_erased ? format::Absence::kErased : static_cast<format::Absence>(record.size);
    return out;
  }

  const SegmentStore& store_;
  LogId id_;
  format::LogName name_;
  std::size_t slots_at_a_time_;
  SegmentReader reader_;
  std::uint64_t first_ = 0;
  std::vector<Slot> slots_;  // of the entries from `first_` on
};

Result<StoredEntry> SegmentStore::entry(const LogId& id, std::uint64_t index) const {
  format::LogName name;
  {
    const std::shared_lock lock(mutex_);
    const HeldLog* const log = state_.log(id);
    if (log == nullptr) return unknown_log(id);
    if (index >= log->tail.held.size()) return unknown_entry(index);
    name = log->name;
  }
  return RangeReader(*this, id, name, RangeReader::Extent::kOne).read(index);
}

Result<ServedBundle> SegmentStore::bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const {
  for (;;) {
    LogTail tail;
    format::LogName name;
    std::uint64_t cuts = 0;
    {
      const std::shared_lock lock(mutex_);
      const HeldLog* const log = state_.log(id);
      if (log == nullptr || !log->tail.head) return unknown_log(id);
      tail = log->tail;
      name = log->name;
      cuts = log->cuts;
    }
    RangeReader entries(*this, id, name, RangeReader::Extent::kMany);
    // serve() reads the entries first and then asks for hashes, all of them under one lock.
    std::shared_lock lock(mutex_, std::defer_lock);
    std::optional<Index::View> view;
    format::PerfectHash perfect;
    const auto held = [&](unsigned level, std::uint64_t index) {
      if (!lock) {
        lock.lock();
        view.emplace(*index_);
        perfect = state_.logs().at(id).perfect(*view);
      }
      return perfect(level, index);
    };
    auto served = serve(tail, from, entries_max, held, [&](std::uint64_t index) { return entries.read(index); });
    if (!lock) lock.lock();
    // What is held only grows, unless a charter closed the desk meanwhile: then the parts may not fit together.
    if (state_.logs().at(id).cuts == cuts) return served;
  }
}

}  // namespace tamizdat::store
