// What a segment store tells its readers: state under the lock, entries from the files without it.
#include <mutex>

#include "relay/store/segment_store.h"

namespace tamizdat::store {
namespace {

LogState state_of(const LogId& id, const HeldLog& log) {
  return {id, log.name, log.tail.held.size(), log.tail.held.root(), *log.tail.head};
}

tl::unexpected<Error> unknown_log(const LogId& id) { return fail(kUnknownLog, "log " + id.text() + " is not held here"); }

tl::unexpected<Error> unknown_entry(std::uint64_t index) {
  return fail(kUnknownEntry, "entry " + std::to_string(index) + " is not held here");
}

}  // namespace

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
