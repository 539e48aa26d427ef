// The files of a store, behind an interface as small as the segment code needs: so that a test can be a disk that
// forgets what was not synced, tears writes, fills up and fails. Everything here blocks. A File may be read from many
// threads while one writes; the rest is the writer's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::store {

inline constexpr ErrorCode kDiskFull{"disk-full"};
inline constexpr ErrorCode kDiskFailed{"disk-failed"};
// Another process has the folder.
inline constexpr ErrorCode kFolderInUse{"folder-in-use"};

// Where in the code a sync stands. Each one is there because something acknowledged would be lost without it, and a
// test takes each one away to see that.
enum class SyncSite {
  kGroup,            // the records of a group and the size of their file
  kNewSegment,       // the name of a segment that was just begun
  kStoreFolder,      // the name of the store's folder
  kRecoveredTail,    // what the last run wrote and may not have synced, but this run has read and builds upon
  kRecoveredFolder,  // the names of the files it read them from
  kBlob,             // the octets of an attachment, before it gets its name
  kBlobName,         // its name
  kBlobNamesFound,   // names that an earlier run gave
  kBlobFolder,       // the name of the folder of attachments
  kBackup,           // a copy, not the store
  kOverwrites,       // what will be written over, before it is
  kOverwritesName,   // the name of the file that says so, when it comes and when it goes
  kOverwrittenBody,  // the zeros where an erased body stood
  kErasedBlob,       // the same of an attachment
  kAbandoned,        // zeros over a group that counts nowhere
  kCompacted,        // a segment without its zeros, before it takes the place of the other
  kCompactedName,    // that it did, before the other is wiped
  kWipedSegment,     // zeros over that other, which has no name any more
};
inline constexpr SyncSite kSegmentSyncSites[] = {SyncSite::kGroup, SyncSite::kNewSegment, SyncSite::kStoreFolder,
                                                 SyncSite::kRecoveredTail, SyncSite::kRecoveredFolder};
inline constexpr SyncSite kOverwriteSyncSites[] = {SyncSite::kOverwrites, SyncSite::kOverwritesName,
                                                   SyncSite::kOverwrittenBody};
inline constexpr SyncSite kCompactionSyncSites[] = {SyncSite::kCompacted, SyncSite::kCompactedName};
inline constexpr SyncSite kBlobSyncSites[] = {SyncSite::kBlob, SyncSite::kBlobName, SyncSite::kBlobNamesFound,
                                              SyncSite::kBlobFolder};

class File {
 public:
  virtual ~File() = default;  // closes

  // Octets read, fewer than asked for only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const = 0;
  virtual Result<void> write_at(std::uint64_t offset, BytesView bytes) = 0;
  // The contents and the size are durable when it returns. After an error nothing is known about what was written
  // since the last success, and a later success says nothing about it either.
  virtual Result<void> sync(SyncSite site) = 0;
  // Gives the file this size in blocks that are really there; what was not written reads as zero.
  virtual Result<void> preallocate(std::uint64_t size) = 0;
  virtual Result<void> truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

// Held while the object lives.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

class Disk {
 public:
  virtual ~Disk() = default;

  // No error if it exists. Its parent must.
  virtual Result<void> make_folder(const std::string& path) = 0;
  // Names of the files in it, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  // A new file; an error if there is one.
  virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;
  virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  // Within one folder; a file of the new name is replaced. All of it happens or nothing.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  // The names in the folder are durable when it returns.
  virtual Result<void> sync_folder(const std::string& path, SyncSite site) = 0;
  // Errors: kFolderInUse, kDiskFailed.
  virtual Result<std::unique_ptr<FolderLock>> lock(const std::string& folder) = 0;
};

// The folder that a folder or file lies in.
std::string parent_of(const std::string& path);

// The real one.
class PosixDisk final : public Disk {
 public:
  Result<void> make_folder(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Result<std::unique_ptr<File>> create(const std::string& path) override;
  Result<std::unique_ptr<File>> open(const std::string& path) override;
  Result<void> remove(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> sync_folder(const std::string& path, SyncSite site) override;
  Result<std::unique_ptr<FolderLock>> lock(const std::string& folder) override;
};

}  // namespace tamizdat::store
