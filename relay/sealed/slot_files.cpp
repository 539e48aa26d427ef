#include "relay/sealed/slot_files.h"

namespace tamizdat::sealed {
namespace {

constexpr std::string_view kPartEnding = ".part";

constexpr std::size_t kIdDigits = 64;
constexpr std::size_t kPeerDigits = 16;

struct Name {
  Hash32 id;
  Source source;
};

std::optional<Name> parse_name(const std::string& name) {
  if (name.size() <= kIdDigits || name[kIdDigits] != '.') return std::nullopt;
  const auto octets = from_hex(name.substr(0, kIdDigits));
  const auto id = octets ? Hash32::from(*octets) : std::nullopt;
  Source source{name.substr(kIdDigits + 1)};
  const bool is_peer = source.name.size() == kPeerDigits && from_hex(source.name);
  if (!id || (!source.is_desk() && !is_peer)) return std::nullopt;
  return Name{*id, std::move(source)};
}

}  // namespace

Result<std::vector<SlotFile>> SlotFiles::open() {
  if (auto made = disk_.make_folder(folder_); !made) return pass(made);
  // Its own name, or what is acknowledged later goes with it; and names that an earlier run gave.
  if (auto synced = disk_.sync_folder(store::parent_of(folder_), store::SyncSite::kBlobFolder); !synced) return pass(synced);
  if (auto synced = disk_.sync_folder(folder_, store::SyncSite::kBlobNamesFound); !synced) return pass(synced);
  const auto names = disk_.list(folder_);
  if (!names) return tl::unexpected(names.error());
  std::vector<SlotFile> out;
  for (const auto& name : *names) {
    if (name.ends_with(kPartEnding)) {
      if (auto removed = disk_.remove(folder_ + "/" + name); !removed) return pass(removed);
      continue;
    }
    const auto parsed = parse_name(name);
    if (!parsed) continue;
    const auto file = look_at(parsed->id, parsed->source);
    if (file) out.push_back(*file);
  }
  return out;
}

Result<SlotFile> SlotFiles::look_at(const Hash32& id, const Source& source) const {
  const auto file = disk_.open(path(id, source));
  if (!file) return tl::unexpected(file.error());
  const auto size = (*file)->size();
  if (!size) return tl::unexpected(size.error());
  Bytes start(8, '\0');
  if (const auto read = (*file)->read_at(0, start); !read) return tl::unexpected(read.error());
  start.resize(static_cast<std::size_t>(*size), '\0');
  const auto ends = format::parse_slot(start);
  if (!ends) return tl::unexpected(ends.error());
  return SlotFile{id, source, *size, *ends};
}

Result<void> SlotFiles::write(const Hash32& id, const Source& source, BytesView slot) {
  const std::lock_guard lock(names_);
  const std::string part = path(id, source) + std::string(kPartEnding);
  auto file = disk_.create(part);
  if (!file) return pass(file);
  auto done = (*file)->write_at(0, slot);
  if (done) done = (*file)->sync(store::SyncSite::kBlob);
  if (done) done = disk_.rename(part, path(id, source));
  if (done) return disk_.sync_folder(folder_, store::SyncSite::kBlobName);
  // The next start removes what cannot be removed now.
  static_cast<void>(disk_.remove(part).has_value());
  return done;
}

Result<Bytes> SlotFiles::read(const Hash32& id, const Source& source) const {
  const auto file = disk_.open(path(id, source));
  if (!file) return tl::unexpected(file.error());
  const auto size = (*file)->size();
  if (!size) return tl::unexpected(size.error());
  Bytes slot(static_cast<std::size_t>(*size), '\0');
  if (const auto read = (*file)->read_at(0, slot); !read) return tl::unexpected(read.error());
  if (format::slot_id(slot) != id) return fail(format::kSlotDamaged, "a slot of the sealed pool is damaged on this disk");
  return slot;
}

Result<void> SlotFiles::remove(const Hash32& id, const Source& source) {
  const std::lock_guard lock(names_);
  return disk_.remove(path(id, source));
}

}  // namespace tamizdat::sealed
