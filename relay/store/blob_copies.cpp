#include "relay/store/blob_copies.h"

#include <algorithm>

#include "proto/format/limits.h"
#include "relay/store/blob_files.h"

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

}  // namespace

Result<BlobFindings> check_blobs(Disk& disk, const std::string& folder) { return go_through(disk, folder, nullptr); }

Result<BlobFindings> back_up_blobs(Disk& disk, const std::string& folder, const std::string& target) {
  const auto copies = target + "/" + std::string(kBlobFolderName);
  if (auto made = disk.make_folder(copies); !made) return pass(made);
  if (auto synced = disk.sync_folder(target, SyncSite::kBackup); !synced) return pass(synced);
  auto findings = go_through(disk, folder, &target);
  if (!findings) return findings;
  if (auto synced = disk.sync_folder(copies, SyncSite::kBackup); !synced) return pass(synced);
  return findings;
}

}  // namespace tamizdat::store
