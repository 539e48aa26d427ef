#include "relay/store/segment_store.h"

#include <algorithm>
#include <mutex>

#include "proto/base/check.h"
#include "relay/store/compaction.h"
#include "relay/store/group_builder.h"
#include "relay/store/group_replay.h"
#include "relay/store/overwrite.h"

namespace tamizdat::store {
namespace {

// While the index cannot be written, entries gather in memory: 250 MB of them, and then commits fail.
constexpr std::size_t kWaitingMax = 1'000'000;

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

}  // namespace tamizdat::store
