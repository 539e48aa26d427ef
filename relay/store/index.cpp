#include "relay/store/index.h"

#include <algorithm>
#include <filesystem>

#include "proto/base/check.h"
#include "relay/store/octet_reader.h"

namespace tamizdat::store {
namespace {

enum Table : unsigned { kMeta, kCharters, kLogs, kSlots, kNodes, kIds, kBlobs, kRetractions, kErased };
const std::vector<const char*> kTableNames = {"meta", "charters", "logs", "slots", "nodes", "ids", "blobs",
                                       "retractions", "erased"};

// Raised when the layout changes: another one is made anew from the segments.
constexpr BytesView kFormat = "tamizdat index 4";
constexpr BytesView kAppliedKey = "applied";

// What LMDB calls its file; the one beside it holds nothing that outlives a process.
constexpr const char* kDataFile = "/data.mdb";

// Address space, not memory and not disk: at 90 octets an entry, 700 million entries.
constexpr std::size_t kMapBytes = std::size_t{64} << 30;

constexpr std::size_t kSlotBytes = 40;
constexpr std::size_t kBlockSlots = 100;
constexpr std::uint32_t kNoBody = std::uint32_t{1} << 31;
// Nobody can find a second entry with these octets of its id (2^96 tries); the whole id is compared all the same.
constexpr std::size_t kIdKeyBytes = 12;

tl::unexpected<Error> failed(const Error& error, const std::string& folder) {
  if (error.code == lmdb::kNoSpace) return fail(kDiskFull, "no space left to write the index in " + folder + ": free some");
  if (error.code == lmdb::kMapFull)
    return fail(kDiskFull, "the index in " + folder + " has reached the largest size of this version");
  if (error.code == lmdb::kUnusable)
    return fail(kIndexUnusable, "the index in " + folder + " is not usable: " + error.text);
  return fail(kDiskFailed, "cannot use the index in " + folder + ": " + error.text);
}

Bytes charter_key(const ProjectId& project, std::uint64_t version) {
  Bytes key(project.view());
  append_u64_be(key, version);
  return key;
}

Bytes log_key(std::uint32_t log) {
  Bytes key;
  append_u32_be(key, log);
  return key;
}

Bytes block_key(std::uint32_t log, std::uint64_t block) {
  Bytes key = log_key(log);
  append_u64_be(key, block);
  return key;
}

Bytes node_key(std::uint32_t log, const NodeKey& node) {
  Bytes key = log_key(log);
  key += static_cast<char>(node.level);
  append_u64_be(key, node.index);
  return key;
}

BytesView id_key(const EntryId& id) { return id.view().substr(0, kIdKeyBytes); }

void append_slot(Bytes& out, const Slot& slot) {
  out += slot.id.view();
  append_u32_be(out, slot.place.segment);
  append_u32_be(out, slot.place.offset | (slot.has_body ? 0 : kNoBody));
}

std::optional<Slot> slot_in(BytesView block, std::size_t position) {
  if (block.size() < (position + 1) * kSlotBytes) return std::nullopt;
  OctetReader in(block.substr(position * kSlotBytes, kSlotBytes));
  Slot slot;
  slot.id = EntryId(in.hash());
  slot.place.segment = in.u32();
  const std::uint32_t offset = in.u32();
  slot.place.offset = offset & ~kNoBody;
  slot.has_body = (offset & kNoBody) == 0;
  return slot;
}

void append_hashes(Bytes& out, std::span<const Hash32> hashes) {
  append_u32_be(out, static_cast<std::uint32_t>(hashes.size()));
  for (const Hash32& hash : hashes) out += hash.view();
}

std::vector<Hash32> read_hashes(OctetReader& in) {
  std::vector<Hash32> out(std::min<std::size_t>(in.u32(), 64));
  for (Hash32& hash : out) hash = in.hash();
  return out;
}

Bytes encode_log(const IndexedLog& log) {
  Bytes out;
  out += log.name.project.view();
  out += log.name.desk.view();
  append_u64_be(out, log.held.size());
  append_hashes(out, log.held.hashes());
  append_hashes(out, log.after);
  out += log.head;
  return out;
}

std::optional<IndexedLog> decode_log(BytesView key, BytesView octets) {
  if (key.size() != 4) return std::nullopt;
  IndexedLog log;
  log.number = read_u32_be(key);
  OctetReader in(octets);
  log.name.project = ProjectId(in.hash());
  log.name.desk = DeskId(in.hash());
  const std::uint64_t size = in.u64();
  auto held = format::CompactRange::restore(size, read_hashes(in));
  log.after = read_hashes(in);
  log.head = Bytes(in.rest());
  if (!held || !in.finished()) return std::nullopt;
  log.held = *std::move(held);
  return log;
}

// All of it is in the key, so that the entries that name one attachment, or retract one entry, stand together.
constexpr std::size_t kBlobBytes = 40;
constexpr std::size_t kPlaceBytes = 12;

Bytes place_octets(std::uint32_t log, std::uint64_t index) {
  Bytes out;
  append_u32_be(out, log);
  append_u64_be(out, index);
  return out;
}

Bytes encode_end(const GroupEnd& end) {
  Bytes out;
  append_u32_be(out, end.place.segment);
  append_u32_be(out, end.place.offset);
  append_u64_be(out, end.sequence);
  return out;
}

}  // namespace

void Index::remove(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

bool Index::exists(const std::string& folder) {
  std::error_code ignored;
  return std::filesystem::exists(folder + kDataFile, ignored);
}

Result<void> Index::replace(const std::string& folder, const std::string& fresh) {
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (!error) std::filesystem::rename(fresh + kDataFile, folder + kDataFile, error);
  if (error) return fail(kDiskFailed, "cannot put a new index into " + folder + ": " + error.message());
  remove(fresh);
  return {};
}

Result<std::unique_ptr<Index>> Index::open(const std::string& folder) {
  auto environment = lmdb::Environment::open({folder, lmdb::Form::kFolder, lmdb::Access::kWrite, lmdb::ReadAhead::kNo, kMapBytes,
                                              kTableNames, kFormat});
  if (!environment) return failed(environment.error(), folder);
  return std::unique_ptr<Index>(new Index(*std::move(environment), folder));
}

Result<Index::Contents> Index::contents() const {
  const lmdb::Snapshot snapshot(*environment_);
  Contents out;
  if (const auto applied = snapshot.get(kMeta, kAppliedKey)) {
    OctetReader in(*applied);
    out.applied.place.segment = in.u32();
    out.applied.place.offset = in.u32();
    out.applied.sequence = in.u64();
  }
  bool good = true;
  snapshot.each(kCharters, {}, [&](BytesView key, BytesView value) {
    OctetReader in(key);
    Charter charter;
    charter.project = ProjectId(in.hash());
    charter.version = in.u64();
    charter.signed_charter = Bytes(value);
    out.charters.push_back(std::move(charter));
    return good = in.finished();
  });
  snapshot.each(kLogs, {}, [&](BytesView key, BytesView value) {
    auto log = decode_log(key, value);
    good = good && log && log->number == out.logs.size();
    if (good) out.logs.push_back(*std::move(log));
    return good;
  });
  snapshot.each(kErased, {}, [&](BytesView key, BytesView value) {
    good = good && key.size() == 4 && value.size() == 8;
    if (good) out.erased_octets[read_u32_be(key)] = read_u64_be(value);
    return good;
  });
  if (auto read = snapshot.state(); !read) return failed(read.error(), folder_);
  if (!good) return fail(kIndexUnusable, "the index in " + folder_ + " holds what this program does not write");
  return out;
}

Index::View::View(const Index& index) : snapshot_(*index.environment_) {
  // It can fail only for lack of memory or with more than 126 snapshots at a time, which no caller keeps.
  TMZ_CHECK(snapshot_.state().has_value());
}

std::optional<Slot> Index::View::slot(std::uint32_t log, std::uint64_t index) const {
  const auto block = snapshot_.get(kSlots, block_key(log, index / kBlockSlots));
  if (!block) return std::nullopt;
  return slot_in(*block, static_cast<std::size_t>(index % kBlockSlots));
}

std::optional<Hash32> Index::View::node(std::uint32_t log, const NodeKey& key) const {
  const auto hash = snapshot_.get(kNodes, node_key(log, key));
  if (!hash) return std::nullopt;
  return Hash32::from(*hash);
}

std::optional<Index::View::Place> Index::View::find(const EntryId& id) const {
  const auto place = snapshot_.get(kIds, id_key(id));
  if (!place) return std::nullopt;
  OctetReader in(*place);
  Place out;
  out.log = in.u32();
  out.index = in.u64();
  return out;
}

std::vector<Index::View::Place> Index::View::places_behind(unsigned table, BytesView prefix) const {
  std::vector<Place> out;
  snapshot_.each(table, prefix, [&](BytesView key, BytesView) {
    if (key.size() != prefix.size() + kPlaceBytes || !key.starts_with(prefix)) return false;
    out.push_back({read_u32_be(key.substr(prefix.size())), read_u64_be(key.substr(prefix.size() + 4))});
    return true;
  });
  return out;
}

std::vector<Index::View::Place> Index::View::naming(const BlobId& blob) const { return places_behind(kBlobs, blob.octets()); }

std::vector<Index::View::Place> Index::View::retracting(const EntryId& target) const {
  return places_behind(kRetractions, target.view());
}

std::vector<EntryId> Index::View::retracted_after(const std::optional<EntryId>& after, std::size_t count) const {
  std::vector<EntryId> out;
  const Bytes first = after ? Bytes(after->view()) + Bytes(kPlaceBytes, '\xff') : Bytes();
  snapshot_.each(kRetractions, first, [&](BytesView key, BytesView) {
    const auto hash = Hash32::from(key.substr(0, sizeof(Hash32::octets)));
    if (!hash) return false;
    if (out.empty() || out.back().value != *hash) {
      if (out.size() == count) return false;
      out.emplace_back(*hash);
    }
    return true;
  });
  return out;
}

std::vector<BlobId> Index::View::blobs_after(const std::optional<BlobId>& after, std::size_t count) const {
  std::vector<BlobId> out;
  // No key of `after` itself is as great as this.
  const Bytes first = after ? after->octets() + Bytes(kPlaceBytes, '\xff') : Bytes();
  snapshot_.each(kBlobs, first, [&](BytesView key, BytesView) {
    OctetReader in(key);
    BlobId blob{in.hash()};
    blob.size = in.u64();
    if (out.empty() || out.back() != blob) {
      if (out.size() == count) return false;
      out.push_back(blob);
    }
    return true;
  });
  return out;
}

Index::Update::Update(Index& index) : folder_(index.folder_), update_(*index.environment_) {}

void Index::Update::put_charter(const ProjectId& project, std::uint64_t version, BytesView signed_charter) {
  update_.put(kCharters, charter_key(project, version), signed_charter);
}

void Index::Update::cut_charters(const ProjectId& project, std::uint64_t version) {
  for (;;) {
    const Bytes key = charter_key(project, ++version);
    if (!update_.get(kCharters, key)) return;
    update_.erase(kCharters, key);
  }
}

void Index::Update::put_log(const IndexedLog& log) { update_.put(kLogs, log_key(log.number), encode_log(log)); }

void Index::Update::put_slots(std::uint32_t log, std::uint64_t first, std::span<const Slot> slots) {
  while (update_.state() && !slots.empty()) {
    const Bytes key = block_key(log, first / kBlockSlots);
    const auto position = static_cast<std::size_t>(first % kBlockSlots);
    Bytes block(update_.get(kSlots, key).value_or(BytesView()));
    if (!update_.state()) return;
    const std::size_t count = std::min(slots.size(), kBlockSlots - position);
    Bytes fresh;
    for (const Slot& slot : slots.first(count)) append_slot(fresh, slot);
    TMZ_CHECK(block.size() >= position * kSlotBytes);
    block.replace(position * kSlotBytes, std::min(fresh.size(), block.size() - position * kSlotBytes), fresh);
    update_.put(kSlots, key, block);
    slots = slots.subspan(count);
    first += count;
  }
}

void Index::Update::put_node(std::uint32_t log, const NodeKey& key, const Hash32& hash) {
  update_.put(kNodes, node_key(log, key), hash.view());
}

void Index::Update::put_id(const EntryId& id, std::uint32_t log, std::uint64_t index) {
  update_.put(kIds, id_key(id), place_octets(log, index));
}

void Index::Update::put_naming(const BlobId& blob, std::uint32_t log, std::uint64_t index) {
  update_.put(kBlobs, blob.octets() + place_octets(log, index), {});
}

void Index::Update::put_retracting(const EntryId& target, std::uint32_t log, std::uint64_t index) {
  update_.put(kRetractions, Bytes(target.view()) + place_octets(log, index), {});
}

void Index::Update::put_erased(std::uint32_t segment, std::uint64_t octets) {
  Bytes key;
  append_u32_be(key, segment);
  Bytes value;
  append_u64_be(value, octets);
  update_.put(kErased, key, value);
}

Result<void> Index::Update::commit(const GroupEnd& applied) {
  update_.put(kMeta, kAppliedKey, encode_end(applied));
  if (auto done = update_.commit(); !done) return failed(done.error(), folder_);
  return {};
}

}  // namespace tamizdat::store
