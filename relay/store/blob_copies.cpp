#include "relay/store/blob_copies.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "proto/format/limits.h"
#include "relay/store/blob_files.h"
#include "relay/store/body_coding.h"
#include "relay/store/compacted_file.h"
#include "relay/store/segment_scan.h"
#include "relay/store/wipe.h"

namespace tamizdat::store {
namespace {

// Names in the folder of attachments below `store`; none if there is no such folder.
Result<std::vector<std::string>> names_below(Disk& disk, const std::string& store) {
  const auto names = disk.list(store);
  if (!names) return pass(names);
  if (!std::ranges::binary_search(*names, kBlobFolderName)) return std::vector<std::string>();
  return disk.list(store + "/" + std::string(kBlobFolderName));
}

std::string file_of(const std::string& store, std::string_view name) {
  return store + "/" + std::string(kBlobFolderName) + "/" + std::string(name);
}

// Reads all of an attachment, writing it to `copy` if there is one. False if it is not what its id says.
Result<bool> read_through(const File& file, const BlobId& blob, File* copy) {
  const auto size = file.size();
  if (!size) return pass(size);
  if (*size != blob.size || blob.size > format::kAttachmentBytesMax) return false;
  std::vector<Hash32> leaves;
  Bytes block;
  for (std::uint64_t offset = 0; offset < blob.size; offset += block.size()) {
    block.resize(format::block_size(blob.size, offset / format::kBlockBytes));
    const auto count = file.read_at(offset, block);
    if (!count) return pass(count);
    if (*count != block.size()) return false;
    leaves.push_back(format::block_hash(block));
    if (copy == nullptr) continue;
    if (auto written = copy->write_at(offset, block); !written) return pass(written);
  }
  return format::verify_leaves(blob, leaves).has_value();
}

// Under another name until it is whole and durable, as attachments are everywhere.
Result<bool> copy_blob(Disk& disk, const File& from, const BlobId& blob, const std::string& target) {
  const auto part = file_of(target, blob_part_name(blob));
  auto copy = disk.create(part);
  if (!copy && disk.remove(part)) copy = disk.create(part);  // of a backup that was cut off
  if (!copy) return pass(copy);
  const auto good = read_through(from, blob, copy->get());
  if (!good || !*good) {
    static_cast<void>(disk.remove(part));
    return good;
  }
  if (auto synced = (*copy)->sync(SyncSite::kBackup); !synced) return pass(synced);
  if (auto named = disk.rename(part, file_of(target, blob.text())); !named) return pass(named);
  return true;
}

// `target`: none to check only.
Result<BlobFindings> go_through(Disk& disk, const std::string& folder, const std::string* target) {
  BlobFindings out;
  const auto names = names_below(disk, folder);
  if (!names) return pass(names);
  const auto there = target == nullptr ? Result<std::vector<std::string>>() : names_below(disk, *target);
  if (!there) return pass(there);
  for (const auto& name : *names) {
    const auto known = parse_blob_file_name(name);
    if (!known) continue;
    if (known->state == BlobState::kPart) {
      ++out.parts;
      continue;
    }
    ++out.whole;
    out.octets += known->blob.size;
    if (std::ranges::binary_search(*there, name)) continue;
    const auto file = disk.open(file_of(folder, name));
    if (!file) return pass(file);
    const auto good = target == nullptr ? read_through(**file, known->blob, nullptr)
                                        : copy_blob(disk, **file, known->blob, *target);
    if (!good) return pass(good);
    if (!*good)
      out.faults.push_back("attachment " + name + " is damaged: a running relay fetches what is wrong of it anew");
    else if (target != nullptr)
      out.octets_copied += known->blob.size;
  }
  return out;
}

// Takes those out that the text of an entry in the store names; a key entry names for the article that it opens.
Result<void> leave_out_named(Disk& disk, const std::string& store, std::set<BlobId>& blobs) {
  std::set<EntryId> erased;
  std::vector<std::pair<EntryId, std::vector<BlobId>>> opened;
  const auto segments = find_segments(disk, store);
  if (!segments) return pass(segments);
  for (const auto& found : *segments) {
    const auto segment = open_segment(disk, store + "/" + segment_name(found.number));
    const auto octets = segment ? read_whole(*segment->file) : Result<Bytes>(pass(segment));
    if (!octets) return pass(octets);
    for (BytesView rest = BytesView(*octets).substr(std::min(kSegmentHeaderBytes, octets->size()));;) {
      const auto framed = decode_record(rest);
      if (!framed) break;
      rest.remove_prefix(framed->size);
      const EntryRecord* const entry = entry_in(framed->record);
      if (entry == nullptr) continue;
      const auto body = body_of(*entry);
      if (!body) return pass(body);
      if (entry->coding == BodyCoding::kErased) erased.insert(format::entry_id(entry->header));
      if (!*body) continue;
      erased.erase(format::entry_id(entry->header));
      auto named = format::blobs_named_by(**body);
      const auto header = format::parse_header(entry->header);
      if (header && header->kind == format::EntryKind::kEmbargoKey)
        opened.emplace_back(*header->target, std::move(named));
      else
        for (const auto& blob : named) blobs.erase(blob);
    }
  }
  for (const auto& [sealed, named] : opened)
    if (!erased.contains(sealed))
      for (const auto& blob : named) blobs.erase(blob);
  return {};
}

// Those that an earlier backup copied and nothing names any more.
Result<std::uint64_t> erase_unnamed(Disk& disk, const std::string& folder, const std::string& target) {
  const auto ours = names_below(disk, folder);
  if (!ours) return pass(ours);
  const auto theirs = names_below(disk, target);
  if (!theirs) return pass(theirs);
  std::set<BlobId> unnamed;
  for (const auto& name : *theirs) {
    const auto known = parse_blob_file_name(name);
    const bool is_ours = std::ranges::binary_search(*ours, name) || (known && std::ranges::binary_search(*ours, blob_part_name(known->blob)));
    if (known && known->state == BlobState::kWhole && !is_ours) unnamed.insert(known->blob);
  }
  if (unnamed.empty()) return std::uint64_t{0};
  if (auto left = leave_out_named(disk, target, unnamed); !left) return pass(left);
  for (const auto& blob : unnamed)
    if (auto gone = wipe_and_remove(disk, file_of(target, blob.text()), SyncSite::kErasedBlob); !gone) return pass(gone);
  return std::uint64_t{unnamed.size()};
}

}  // namespace

Result<BlobFindings> check_blobs(Disk& disk, const std::string& folder) { return go_through(disk, folder, nullptr); }

Result<BlobFindings> back_up_blobs(Disk& disk, const std::string& folder, const std::string& target) {
  const auto copies = target + "/" + std::string(kBlobFolderName);
  if (auto made = disk.make_folder(copies); !made) return pass(made);
  if (auto synced = disk.sync_folder(target, SyncSite::kBackup); !synced) return pass(synced);
  auto findings = go_through(disk, folder, &target);
  if (!findings) return findings;
  const auto erased = erase_unnamed(disk, folder, target);
  if (!erased) return pass(erased);
  findings->erased = *erased;
  if (auto synced = disk.sync_folder(copies, SyncSite::kBackup); !synced) return pass(synced);
  return findings;
}

}  // namespace tamizdat::store
