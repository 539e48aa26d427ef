// A disk in memory that keeps only what POSIX promises. What was not synced lives in a cache: it survives the death of
// the process and may vanish when the power is cut, each sector of 512 octets and each name in a folder for itself.
// After a sync of a file that failed its cache counts as clean, and no later sync writes what it held ("fsyncgate");
// names wait for the next sync, since file systems keep those in a journal.
//
// Every operation that changes something has a number; one of them can be made to crash or to fail. A crash takes the
// process down in the middle of it: from then on every operation fails. The caller drops the store, says what became of
// the cache with kill() or cut_power(), and starts again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>

#include "relay/store/disk.h"

namespace tamizdat::tests {

class FaultDisk final : public store::Disk {
 public:
  FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;
  ~FaultDisk() override;

  // After kFailAndCrash the operation fails, and the process dies before it can do anything about it.
  enum class Fault { kCrash, kFail, kFailAndCrash };
  // The operation with this number, counted from 1 and from now on.
  void plan(std::uint64_t operation, Fault fault);
  void no_plan() { planned_ = 0; }
  std::uint64_t operations() const { return operations_; }
  bool crashed() const { return crashed_; }
  // This site's syncs say that they worked and do nothing.
  void ignore(store::SyncSite site) { ignored_ = site; }
  // What a sync that fails has written in truth: nothing (the default), or everything.
  void set_failed_sync_writes(bool everything) { failed_sync_writes_ = everything; }
  // While it is full, nothing can grow or be created.
  void set_full(bool full) { full_ = full; }
  // This one cannot be opened or created, until another is named.
  void break_file(std::string path) { broken_file_ = std::move(path); }

  // A copy in the same state, planned fault excepted. No file may be open, or it belongs to the original.
  std::unique_ptr<FaultDisk> copy() const;
  // The process died and everything it wrote is still in the cache.
  void kill();
  enum class Survivors { kNone, kAll, kSome };
  // The power was cut: what became of unsynced sectors and names.
  void cut_power(Survivors survivors, std::uint64_t seed);

  Result<void> make_folder(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Result<std::unique_ptr<store::File>> create(const std::string& path) override;
  Result<std::unique_ptr<store::File>> open(const std::string& path) override;
  Result<void> remove(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> sync_folder(const std::string& path, store::SyncSite site) override;
  Result<std::unique_ptr<store::FolderLock>> lock(const std::string& folder) override;

 private:
  class OpenFile;
  struct Change {
    bool is_size = false;
    std::uint64_t offset = 0;  // or the size
    Bytes octets;
  };
  struct Inode {
    Bytes cache;
    Bytes durable;
    std::vector<Change> pending;  // from durable to cache
  };
  struct NameChange {
    std::string path;
    std::shared_ptr<Inode> inode;  // none: removed
    std::string renamed_from = {};
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;  // a folder has an inode too, without contents

  enum class Turn { kGo, kFail, kCrash, kDead };
  Turn next_operation();
  void change(Inode& inode, Change change);
  static void apply(Bytes& octets, const Change& change);
  static void apply(Names& names, const NameChange& change);
  void change_name(NameChange change);

  Names names_;          // as the cache has them
  Names durable_names_;
  std::map<std::string, std::vector<NameChange>> pending_names_;  // by folder
  std::set<std::string> folders_;  // ever made
  std::set<std::string> locked_;
  std::uint64_t operations_ = 0;
  std::uint64_t planned_ = 0;
  Fault fault_ = Fault::kCrash;
  bool crashed_ = false;
  bool full_ = false;
  std::string broken_file_;
  bool failed_sync_writes_ = false;
  std::optional<store::SyncSite> ignored_;
  std::mt19937_64 random_{1};
};

}  // namespace tamizdat::tests
