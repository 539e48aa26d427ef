#include "relay/store/blob_files.h"

#include <algorithm>
#include <utility>

#include "proto/format/limits.h"
#include "relay/store/wipe.h"

namespace tamizdat::store {
namespace {

constexpr std::string_view kPartSuffix = ".part";
constexpr std::string_view kLeavesSuffix = ".leaves";
// Kept open after their last use: a descriptor each, and 32 octets of leaf hash a block: eight of full size, twice what
// links bring at a time.
constexpr std::size_t kOpenMax = 64;
constexpr std::uint64_t kOpenBlocksMax = 1U << 21U;

tl::unexpected<Error> unknown(const BlobId& blob) {
  return fail(kBlobUnknown, "attachment " + blob.text() + " is not held here");
}

tl::unexpected<Error> leaves_missing(const BlobId& blob) {
  return fail(kBlobLeavesMissing, "the leaf hashes of attachment " + blob.text() + " are not here");
}

tl::unexpected<Error> damaged(const BlobId& blob) {
  return fail(kBlobDamaged, "attachment " + blob.text() + " was damaged on the disk: it is fetched anew");
}

Result<Bytes> read(const File& file, std::uint64_t offset, std::size_t size) {
  Bytes out(size, '\0');
  const auto count = file.read_at(offset, out);
  if (!count) return pass(count);
  out.resize(*count);
  return out;
}

}  // namespace

std::optional<BlobFileName> parse_blob_file_name(std::string_view name) {
  const bool part = name.ends_with(kPartSuffix);
  const auto blob = BlobId::parse(part ? name.substr(0, name.size() - kPartSuffix.size()) : name);
  if (!blob) return std::nullopt;
  return BlobFileName{*blob, part ? BlobState::kPart : BlobState::kWhole};
}

std::string blob_part_name(const BlobId& blob) { return blob.text() + std::string(kPartSuffix); }

// One attachment, loaded. Its mutex is held while its files are used.
struct BlobFiles::Open {
  explicit Open(const BlobId& id) : blob(id) {}

  const BlobId blob;
  std::mutex mutex;
  bool loaded = false;
  bool whole = false;
  std::unique_ptr<File> file;      // none before the first block
  std::vector<Hash32> leaves;      // empty: not known
  std::vector<bool> present;       // of a part with leaves
  std::vector<bool> found;         // those of them that were there when it was loaded
  std::uint64_t missing = 0;

  std::uint64_t offset_of(std::uint64_t index) const { return index * format::kBlockBytes; }
};

Result<std::unique_ptr<BlobFiles>> BlobFiles::open(Disk& disk, std::string folder) {
  std::unique_ptr<BlobFiles> files(new BlobFiles(disk, std::move(folder)));
  if (auto made = disk.make_folder(files->folder_); !made) return pass(made);
  if (auto synced = disk.sync_folder(parent_of(files->folder_), SyncSite::kBlobFolder); !synced) return pass(synced);
  // Names that an earlier run gave and may not have made durable count from now on.
  if (auto synced = disk.sync_folder(files->folder_, SyncSite::kBlobNamesFound); !synced) return pass(synced);
  const auto names = disk.list(files->folder_);
  if (!names) return pass(names);
  for (const auto& name : *names) {
    const auto known = parse_blob_file_name(name);
    if (!known) continue;
    auto& state = files->known_[known->blob];
    state = std::max(state, known->state);
  }
  return files;
}

BlobFiles::~BlobFiles() = default;

BlobState BlobFiles::state(const BlobId& blob) const {
  const std::scoped_lock lock(mutex_);
  return known_state(blob);
}

// Under `mutex_`.
BlobState BlobFiles::known_state(const BlobId& blob) const {
  const auto found = known_.find(blob);
  return found == known_.end() ? BlobState::kUnknown : found->second;
}

std::size_t BlobFiles::count() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(known_, [](const auto& item) { return item.second == BlobState::kWhole; }));
}

std::vector<BlobId> BlobFiles::known_after(const std::optional<BlobId>& after, std::size_t count) const {
  const std::scoped_lock lock(mutex_);
  std::vector<BlobId> out;
  for (auto at = after ? known_.upper_bound(*after) : known_.begin(); at != known_.end() && out.size() < count; ++at)
    out.push_back(at->first);
  return out;
}

void BlobFiles::set_state(const BlobId& blob, BlobState state) {
  const std::scoped_lock lock(mutex_);
  known_[blob] = state;
}

std::shared_ptr<BlobFiles::Open> BlobFiles::use(const BlobId& blob) {
  const std::scoped_lock lock(mutex_);
  const auto found = open_.find(blob);
  if (found != open_.end()) {
    found->second.at = ++clock_;
    return found->second.open;
  }
  const auto blocks = format::block_count(blob.size);
  while (open_.size() >= kOpenMax || open_blocks_ + blocks > kOpenBlocksMax)
    if (!close_one()) break;
  open_blocks_ += blocks;
  return open_.emplace(blob, Used{std::make_shared<Open>(blob), ++clock_}).first->second.open;
}

// Under `mutex_`. The longest unused; parts last, since all their blocks are hashed when they are opened again.
bool BlobFiles::close_one() {
  const auto rank = [this](const auto& item) {
    return std::pair(known_state(item.first) == BlobState::kPart, item.second.at);
  };
  auto closed = open_.end();
  for (auto at = open_.begin(); at != open_.end(); ++at)
    if (at->second.open.use_count() == 1 && (closed == open_.end() || rank(*at) < rank(*closed))) closed = at;
  if (closed == open_.end()) return false;
  open_blocks_ -= format::block_count(closed->first.size);
  open_.erase(closed);
  return true;
}

// Under the mutex of `open`, as all that follow.
Result<void> BlobFiles::load(Open& open) {
  if (open.loaded) return {};
  const auto known = state(open.blob);
  open.whole = known == BlobState::kWhole;
  if (known != BlobState::kUnknown) {
    auto file = disk_.open(open.whole ? path(open.blob) : part_path(open.blob));
    if (!file) return pass(file);
    open.file = *std::move(file);
  }
  if (auto loaded = load_leaves(open); !loaded) return loaded;
  if (!open.whole && !open.leaves.empty())
    if (auto found = find_blocks(open); !found) return found;
  open.loaded = true;
  return {};
}

Result<void> BlobFiles::load_leaves(Open& open) {
  const auto blocks = format::block_count(open.blob.size);
  if (blocks == 1) {  // its own root
    open.leaves = {open.blob.root};
    return {};
  }
  if (const auto file = disk_.open(path(open.blob) + std::string(kLeavesSuffix))) {
    const auto octets = read(**file, 0, static_cast<std::size_t>(blocks) * sizeof(Hash32::octets));
    if (!octets) return pass(octets);
    std::vector<Hash32> leaves;
    for (BytesView rest = *octets; rest.size() >= sizeof(Hash32::octets); rest.remove_prefix(sizeof(Hash32::octets)))
      leaves.push_back(*Hash32::from(rest.substr(0, sizeof(Hash32::octets))));
    if (format::verify_leaves(open.blob, leaves)) {
      open.leaves = std::move(leaves);
      return {};
    }
  }
  if (!open.whole) return {};
  std::vector<Hash32> leaves;
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const auto block = read(*open.file, open.offset_of(i), format::block_size(open.blob.size, i));
    if (!block) return pass(block);
    leaves.push_back(format::block_hash(*block));
  }
  if (!format::verify_leaves(open.blob, leaves)) return set_aside(open);
  open.leaves = std::move(leaves);
  return store_leaves(open);
}

Result<void> BlobFiles::store_leaves(const Open& open) {
  if (open.leaves.size() == 1) return {};
  const auto name = path(open.blob) + std::string(kLeavesSuffix);
  auto file = disk_.open(name);  // there already, and not right
  if (!file) file = disk_.create(name);
  if (!file) return pass(file);
  Bytes octets;
  for (const auto& leaf : open.leaves) octets += leaf.view();
  return (*file)->write_at(0, octets);
}

Result<void> BlobFiles::find_blocks(Open& open) {
  open.present.assign(open.leaves.size(), false);
  open.found = open.present;
  open.missing = open.leaves.size();
  if (!open.file) return {};
  for (std::size_t i = 0; i < open.leaves.size(); ++i) {
    const auto block = read(*open.file, open.offset_of(i), format::block_size(open.blob.size, i));
    if (!block) return pass(block);
    if (format::block_hash(*block) != open.leaves[i]) continue;
    open.present[i] = open.found[i] = true;
    --open.missing;
  }
  return open.missing == 0 ? finish(open) : Result<void>();
}

// They may be in the cache only, and marked clean there by a sync of an earlier run that failed: they are written again.
Result<void> BlobFiles::secure_found_blocks(Open& open) {
  for (std::size_t i = 0; i < open.found.size(); ++i) {
    if (!open.found[i]) continue;
    const auto block = read(*open.file, open.offset_of(i), format::block_size(open.blob.size, i));
    if (!block) return pass(block);
    if (auto written = open.file->write_at(open.offset_of(i), *block); !written) return written;
  }
  return {};
}

Result<void> BlobFiles::put_leaves(const BlobId& blob, const std::vector<Hash32>& leaves) {
  if (auto right = format::verify_leaves(blob, leaves); !right) return right;
  const auto open = use(blob);
  const std::scoped_lock lock(open->mutex);
  if (auto loaded = load(*open); !loaded) return loaded;
  if (!open->leaves.empty()) return {};
  open->leaves = leaves;
  auto stored = store_leaves(*open);
  if (stored) stored = find_blocks(*open);
  if (!stored) open->leaves.clear();
  return stored;
}

Result<BlobState> BlobFiles::put_block(const BlobId& blob, std::uint64_t index, BytesView block) {
  const auto open = use(blob);
  const std::scoped_lock lock(open->mutex);
  if (auto loaded = load(*open); !loaded) return pass(loaded);
  if (open->whole) return BlobState::kWhole;
  if (open->leaves.empty())
    return fail(kBlobLeavesMissing, "send the leaf hashes of attachment " + blob.text() + " before its blocks");
  if (index >= open->leaves.size() || block.size() != format::block_size(blob.size, index) ||
      format::block_hash(block) != open->leaves[static_cast<std::size_t>(index)])
    return fail(format::kBlockWrong,
                "block " + std::to_string(index) + " is not the one that attachment " + blob.text() + " names");
  if (!open->file) {
    auto file = disk_.create(part_path(blob));
    if (!file) return pass(file);
    open->file = *std::move(file);
    set_state(blob, BlobState::kPart);
  }
  if (!open->present[static_cast<std::size_t>(index)]) {
    if (auto written = open->file->write_at(open->offset_of(index), block); !written) return pass(written);
    open->present[static_cast<std::size_t>(index)] = true;
    --open->missing;
  }
  if (open->missing > 0) return BlobState::kPart;
  if (auto finished = finish(*open); !finished) return pass(finished);
  return BlobState::kWhole;
}

// After a failure the part is looked at again when it is next used, and its blocks are written again.
Result<void> BlobFiles::finish(Open& open) {
  const auto part = part_path(open.blob);
  auto done = secure_found_blocks(open);
  if (done) done = open.file->sync(SyncSite::kBlob);
  if (done) done = disk_.rename(part, path(open.blob));
  if (done) {
    done = disk_.sync_folder(folder_, SyncSite::kBlobName);
    if (!done) static_cast<void>(disk_.rename(path(open.blob), part));
  }
  open.loaded = done.has_value();
  open.whole = done.has_value();
  open.present.clear();
  open.found.clear();
  if (done) set_state(open.blob, BlobState::kWhole);
  return done;
}

Result<void> BlobFiles::erase(const BlobId& blob) {
  const auto open = use(blob);
  const std::scoped_lock lock(open->mutex);
  open->loaded = open->whole = false;
  open->file.reset();
  open->leaves.clear();
  open->present.clear();
  open->found.clear();
  const auto names = disk_.list(folder_);
  if (!names) return pass(names);
  for (const auto& name : {blob.text() + std::string(kLeavesSuffix), blob_part_name(blob), blob.text()})
    if (std::ranges::binary_search(*names, name))
      if (auto gone = wipe_and_remove(disk_, folder_ + "/" + name, SyncSite::kErasedBlob); !gone) return gone;
  if (auto synced = disk_.sync_folder(folder_, SyncSite::kBlobName); !synced) return synced;
  const std::scoped_lock known(mutex_);
  known_.erase(blob);
  return {};
}

Result<std::vector<BlockRange>> BlobFiles::missing(const BlobId& blob, std::size_t ranges_max) {
  if (blob.size == 0 || blob.size > format::kAttachmentBytesMax)
    return fail(format::kBlobSizeInvalid, "an attachment of " + std::to_string(blob.size) + " octets cannot be");
  // Anybody may ask, and with any id: nothing is kept of those that are not here.
  if (state(blob) == BlobState::kUnknown) return std::vector{BlockRange{0, format::block_count(blob.size)}};
  const auto open = use(blob);
  const std::scoped_lock lock(open->mutex);
  if (auto loaded = load(*open); !loaded) return pass(loaded);
  return missing_blocks(*open, ranges_max);
}

Result<Lack> BlobFiles::lacking(const BlobId& blob) {
  const auto open = use(blob);
  const std::scoped_lock lock(open->mutex);
  if (auto loaded = load(*open); !loaded) return pass(loaded);
  return Lack{!open->whole && open->leaves.empty(),
              missing_blocks(*open, static_cast<std::size_t>(format::block_count(blob.size)))};
}

std::vector<BlockRange> BlobFiles::missing_blocks(const Open& open, std::size_t ranges_max) {
  if (open.whole) return {};
  const auto blocks = format::block_count(open.blob.size);
  if (open.present.empty()) return {BlockRange{0, blocks}};
  std::vector<BlockRange> out;
  for (std::uint64_t i = 0; i < blocks; ++i) {
    if (open.present[static_cast<std::size_t>(i)]) continue;
    if (!out.empty() && out.back().first + out.back().count == i) {
      ++out.back().count;
    } else {
      if (out.size() == ranges_max) break;
      out.push_back({i, 1});
    }
  }
  return out;
}

Result<std::vector<Hash32>> BlobFiles::leaves(const BlobId& blob) {
  if (state(blob) == BlobState::kUnknown) return unknown(blob);
  const auto open = use(blob);
  const std::scoped_lock lock(open->mutex);
  if (auto loaded = load(*open); !loaded) return pass(loaded);
  if (open->leaves.empty()) return leaves_missing(blob);
  return open->leaves;
}

Result<Bytes> BlobFiles::read_leaves(const BlobId& blob, std::uint64_t first, std::uint64_t count) {
  if (state(blob) == BlobState::kUnknown) return unknown(blob);
  const auto open = use(blob);
  const std::scoped_lock lock(open->mutex);
  if (auto loaded = load(*open); !loaded) return pass(loaded);
  if (open->leaves.empty()) return leaves_missing(blob);
  Bytes octets;
  octets.reserve(static_cast<std::size_t>(count) * sizeof(Hash32::octets));
  for (std::uint64_t i = first; i < first + count; ++i) octets += open->leaves[static_cast<std::size_t>(i)].view();
  return octets;
}

Result<Bytes> BlobFiles::read_block(const BlobId& blob, std::uint64_t index) {
  if (state(blob) == BlobState::kUnknown) return unknown(blob);
  const auto open = use(blob);
  const std::scoped_lock lock(open->mutex);
  if (auto loaded = load(*open); !loaded) return pass(loaded);
  if (index >= format::block_count(blob.size))
    return fail(format::kBlockWrong, "attachment " + blob.text() + " has no block " + std::to_string(index));
  if (!open->whole && (open->present.empty() || !open->present[static_cast<std::size_t>(index)]))
    return fail(kBlockMissing, "block " + std::to_string(index) + " of attachment " + blob.text() + " has not come yet");
  auto block = read(*open->file, open->offset_of(index), format::block_size(blob.size, index));
  if (!block) return block;
  if (format::block_hash(*block) == open->leaves[static_cast<std::size_t>(index)]) return block;
  if (auto aside = set_aside(*open); !aside) return pass(aside);
  return damaged(blob);
}

// Always an error. The next use finds out what of it is still right.
Result<void> BlobFiles::set_aside(Open& open) {
  if (open.whole) {
    auto done = disk_.rename(path(open.blob), part_path(open.blob));
    if (done) done = disk_.sync_folder(folder_, SyncSite::kBlobName);
    if (!done) return done;
    set_state(open.blob, BlobState::kPart);
  }
  open.whole = false;
  open.loaded = false;
  open.file.reset();
  open.leaves.clear();
  open.present.clear();
  open.found.clear();
  return damaged(open.blob);
}

}  // namespace tamizdat::store
